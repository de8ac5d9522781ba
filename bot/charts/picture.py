"""Draws images by day: JSON on standard input, a PNG on standard output.

It runs as a process of its own (``bot/charts/drawing.py``), by its path, so it imports nothing of
the bot.
"""

import json
import sys
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

#: Inches, and pixels per inch. A phone shows the 1000 pixels on about 6 cm, so 16 points are 2 mm.
SIZE, RESOLUTION = (8.0, 4.8), 125
FONT = 16
#: Discord's dark theme.
BACKGROUND, TEXT, GRID = "#2b2d31", "#dbdee1", "#45474d"
#: Colour-blind people can tell these apart, too: https://jfly.uni-koeln.de/color/
COLOURS = ("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00")
#: For all series beyond these.
OTHERS = "#8a8f98"
#: Days from one label to the next.
EVERY = 7


def draw(days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> bytes:
    """Return a PNG: a bar for each day, stacked by the series, with their names as a legend.

    ``series``: names and values; those beyond ``COLOURS`` are grey.
    """
    figure: Any = Figure(figsize=SIZE, dpi=RESOLUTION, facecolor=BACKGROUND, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=BACKGROUND)
    places, below = range(len(days)), [0] * len(days)
    for number, (name, values) in enumerate(series):
        colour = COLOURS[number] if number < len(COLOURS) else OTHERS
        axes.bar(places, values, bottom=below, width=0.86, color=colour, label=name)
        below = [low + value for low, value in zip(below, values, strict=True)]
    named = places[::-EVERY]
    axes.set_xticks(named, [days[place] for place in named])
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.set_ylim(0, max(1, *below) * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.tick_params(colors=TEXT, labelsize=FONT, length=0)
    axes.spines[:].set_visible(False)
    if len(series) > 1:
        figure.legend(
            loc="outside upper center",
            ncols=len(series),
            fontsize=FONT,
            labelcolor=TEXT,
            frameon=False,
            handlelength=0.9,
            handletextpad=0.4,
            columnspacing=1.2,
        )
    written = BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    sys.stdout.buffer.write(draw(asked["days"], asked["series"]))
