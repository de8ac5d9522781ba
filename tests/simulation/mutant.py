"""What a mutant is: the engine broken on purpose, without one of the rules of ARCHITECTURE.md."""

from dataclasses import dataclass

from tests.simulation.engine import Engine

#: The promise of a scenario itself, where nobody is killed.
AS_EXPECTED = "it ends as the scenario says"


@dataclass(frozen=True)
class Mutant:
    """A broken engine, where it shows, and by which broken promise."""

    engine: Engine
    lacks: str
    scenario: str
    promise: str
    #: Whether it takes a frozen process to see it; else it shows by itself or when one is killed.
    frozen: bool = False


@dataclass(frozen=True)
class Walking:
    """A broken engine that walks of chance find out, and by which broken promise."""

    engine: Engine
    lacks: str
    promise: str
    #: Whether it takes several processes to see it.
    several: bool = False
