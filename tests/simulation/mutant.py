"""A mutant is the engine broken on purpose: it lacks one of the rules of ARCHITECTURE.md."""

from dataclasses import dataclass

from tests.simulation.engine import Engine

#: The scenario's own promise, if nobody is killed.
AS_EXPECTED = "it ends as the scenario says"


@dataclass(frozen=True)
class Mutant:
    """A broken engine, the scenario that shows it, and the promise that it breaks."""

    engine: Engine
    lacks: str
    scenario: str
    promise: str
    #: Whether only a frozen process shows it; otherwise it shows without a freeze, or after a kill.
    frozen: bool = False


@dataclass(frozen=True)
class Walking:
    """A broken engine that random walks find, and the promise that it breaks."""

    engine: Engine
    lacks: str
    promise: str
    #: Whether it shows only with several processes.
    several: bool = False
