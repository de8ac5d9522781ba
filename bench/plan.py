"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """One kind of run."""

    name: str
    repetitions: int
    #: Seconds that a drawing takes, and that Evolink says it takes.
    drawing: tuple[float, int]
    #: How many tasks at once, and how many times, without references and with two.
    at_once: tuple[tuple[int, int], ...]
    at_once_with_references: tuple[tuple[int, int], ...]
    bursts: tuple[int, ...]
    in_flight: int
    #: Running tasks that a restart finds.
    restarted: int
    #: Seconds to watch an idle process.
    idle: float
    past: tuple[int, int]
    #: Whether to measure peak memory with fourteen photographs of 30 megapixels.
    photographs: bool


QUICK = Plan(
    name="quick",
    repetitions=1,
    drawing=(3.0, 5),
    at_once=((1, 2), (10, 1), (100, 1)),
    at_once_with_references=((10, 1),),
    bursts=(50, 200),
    in_flight=100,
    restarted=1_000,
    idle=6,
    past=(1_000, 100_000),
    photographs=False,
)
FULL = Plan(
    name="full",
    repetitions=3,
    drawing=(20.0, 20),
    at_once=((1, 2), (10, 2), (100, 1)),
    at_once_with_references=((1, 2), (10, 2), (100, 1)),
    bursts=(50, 200, 1_000),
    in_flight=1_000,
    restarted=10_000,
    idle=30,
    past=(1_000, 1_000_000),
    photographs=True,
)
