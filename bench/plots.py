"""The plots of docs/performance.md."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.results import BOT, FLOOR, Results

FOLDER = Path(__file__).parent.parent / "docs/pictures"
COST, ANSWERS = "performance-cost.svg", "performance-answers.svg"
_COLOURS = {FLOOR: "#8c8c8c", BOT: "#3b6fb6"}


def draw(results: Results) -> str:
    """Draw the plots; return the Markdown that shows them."""
    matplotlib: Any = import_module("matplotlib")
    # Make the files reproducible.
    with matplotlib.rc_context({"svg.hashsalt": "bench", "font.size": 9}):
        _cost(results)
        _answers(results)
    return (
        f"\n\n![Processor time a task](pictures/{COST})\n\n"
        f"![How fast bursts are answered](pictures/{ANSWERS})"
    )


def _cost(results: Results) -> None:
    rows = {
        row.name.removeprefix("processor time a task, "): values
        for row, values in results.medians(FLOOR, BOT).items()
        if row.name.startswith("processor time a task")
    }
    figure = _figure(7, 0.6 + 0.55 * len(rows))
    axes = figure.subplots()
    for place, (side, colour) in enumerate(_COLOURS.items()):
        bars = axes.barh(
            [number + 0.38 * place for number in range(len(rows))],
            [values.get(side, 0) for values in rows.values()],
            height=0.36,
            color=colour,
            label=side,
        )
        axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.set_yticks([number + 0.19 for number in range(len(rows))], list(rows))
    axes.invert_yaxis()
    axes.set_xlabel("processor time a task, ms")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FOLDER / COST, metadata={"Date": None})


def _answers(results: Results) -> None:
    figure = _figure(7, 3)
    axes = figure.subplots()
    shades: Sequence[float] = (1.0, 0.6, 0.35)
    for (number, side), waited in sorted(results.answers.items()):
        sizes = sorted({size for size, _ in results.answers})
        axes.ecdf(
            [1000 * each for each in waited],
            color=_COLOURS[side],
            alpha=shades[sizes.index(number) % len(shades)],
            label=f"{side}, {number} at once",
        )
    axes.set_xscale("log")
    axes.set_xlabel("answered after, ms")
    axes.set_ylabel("share of `/imagine`")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(FOLDER / ANSWERS, metadata={"Date": None})


def _figure(width: float, height: float) -> Any:  # noqa: ANN401 - matplotlib has types of its own
    figure = import_module("matplotlib.figure").Figure
    return figure(figsize=(width, height), layout="constrained")
