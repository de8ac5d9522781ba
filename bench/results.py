"""What was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

FLOOR, BOT = "floor", "bot"


@dataclass(frozen=True)
class Row:
    """Something that was measured; ``goal`` is a sentence, or empty."""

    name: str
    unit: str
    goal: str = ""


@dataclass
class Results:
    """The values of each row on each side, one per repetition.

    A side is the floor, the bot, or a number of past tasks.
    """

    rows: dict[Row, dict[str, list[float]]] = field(
        default_factory=dict[Row, dict[str, list[float]]]
    )
    #: All answer times of a burst in seconds, for the plot; by its size and side.
    answers: dict[tuple[int, str], list[float]] = field(
        default_factory=dict[tuple[int, str], list[float]]
    )
    #: Calls per task by kind; by how many tasks there were at once, and the side.
    calls: dict[tuple[int, str], dict[str, float]] = field(
        default_factory=dict[tuple[int, str], dict[str, float]]
    )

    def add(self, row: Row, side: str, value: float) -> None:
        """Note a value."""
        self.rows.setdefault(row, {}).setdefault(side, []).append(value)

    def medians(self, *sides: str) -> Mapping[Row, Mapping[str, float]]:
        """Return the medians of the rows that some of these sides have."""
        medians = {
            row: {side: median(values[side]) for side in sides if side in values}
            for row, values in self.rows.items()
        }
        return {row: values for row, values in medians.items() if values}


def share(values: Sequence[float], part: float) -> float:
    """Return the value that this share of them does not exceed."""
    return sorted(values)[max(0, min(len(values) - 1, round(part * len(values)) - 1))]
