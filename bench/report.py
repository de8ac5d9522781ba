"""Writes docs/performance.md."""

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from math import log10
from pathlib import Path

from bench import plots
from bench.plan import Plan
from bench.results import BOT, FLOOR, Results, Row

ROOT = Path(__file__).parent.parent
#: Smaller values are measured too coarsely for a ratio.
LEAST = 0.01
#: The page shows the calls made with this many tasks at once.
AT_ONCE = 10
PAGE = ROOT / "docs/performance.md"

_TEXT = """\
# Performance

Written by `make bench`; `make bench ARGS=quick` takes under five minutes and does less.

**{plan}** on {date}: {cores} cores of {model}, {system}, Python {python}, discord.py {discord};
load {load} before it began. {medians}

The *floor* (`bench/floor.py`) is the least bot on discord.py that makes the same calls to Discord
and Evolink for a task, and keeps nothing: no database, no checks, no second try. *Keeping all of
it* (`bench/floor_keeping.py`), the floor commits each step to SQLite, stores its picture and
decodes it, as often as the bot does, though nothing reads any of it again. Each runs as a process
of its own, one after the other on the same machine, against stand-ins that check nothing
(`bench/discord.py`, `bench/evolink.py`). Numbers are taken from outside: processor time and memory
from the kernel, moments from the stand-ins' side. Only stalls, statements and SQLite's steps (a
hundred instructions each) are counted inside, by `bench/probe.py`, and not where processor time
beside the floor is measured. Milliseconds depend on the machine and on what else it does; ratios
and counts do not, or much less. [profile.md](profile.md) says where a task's time goes, and what
was tried to make it less.

## Beside the floor

{floor}

## With past tasks

The same bot with a database of {few} and of {many} past tasks (`bench/past.py`), asked by a user
who has half of them.

{past}

## Calls a task

Ten at once.

{calls}
"""


def write(results: Results, plan: Plan, load: float, *, repetitions: int) -> None:
    """Write the page; ``load`` is the load average before the start."""
    few, many = (f"{number:,}" for number in plan.past)
    times = f"Medians of {repetitions} repetitions, in turn." if repetitions > 1 else ""
    text = _TEXT.format(
        plan=plan.name,
        date=datetime.now(UTC).strftime("%d %B %Y"),
        cores=_cores(),
        model=_model(),
        system=platform.system(),
        python=platform.python_version(),
        discord=version("discord.py"),
        load=f"{load:.1f}",
        medians=times or "Each measured once: take a full run for anything that is to be believed.",
        few=few,
        many=many,
        floor=_table(results.medians(FLOOR, BOT), (FLOOR, BOT)) + plots.draw(results),
        past=_table(results.medians(few, many), (few, many)),
        calls=_calls(results),
    )
    PAGE.write_text(text)


def _cores() -> int:
    return sum(1 for line in _cpuinfo() if line.startswith("processor"))


def _model() -> str:
    names = (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name"))
    return next(names, platform.machine())


def _cpuinfo() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []


def _table(rows: Mapping[Row, Mapping[str, float]], sides: tuple[str, str]) -> str:
    first, second = sides
    lines = [f"| | {first} | {second} | ratio | to reach |", "|---|---:|---:|---:|---|"]
    for row, values in rows.items():
        low, high = values.get(first), values.get(second)
        ratio = f"**{high / low:.1f}**" if low and low >= LEAST and high is not None else ""
        lines.append(
            f"| {row.name} | {_number(low, row.unit)} | {_number(high, row.unit)} | {ratio} "
            f"| {row.goal} |"
        )
    return "\n".join(lines)


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    # Three significant digits.
    digits = 0 if value == round(value) else max(0, 2 - int(log10(max(abs(value), 1))))
    return f"{value:,.{digits}f} {unit}".strip()


def _calls(results: Results) -> str:
    chosen = {side: calls for (number, side), calls in results.calls.items() if number == AT_ONCE}
    sides = list(chosen)
    kinds = sorted({kind for calls in chosen.values() for kind in calls})
    lines = ["| | " + " | ".join(sides) + " |", "|---|" + "---:|" * len(sides)]
    for kind in kinds:
        cells = (chosen[side].get(kind) for side in sides)
        told = " | ".join("" if cell is None else f"{cell:.2g}" for cell in cells)
        lines.append(f"| {kind} | {told} |")
    return "\n".join(lines)
