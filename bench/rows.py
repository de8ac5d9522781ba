"""The measurements: each runs one process once, and notes what it saw."""

import asyncio
from statistics import mean
from time import monotonic

from bench import process
from bench.http import Calls, free_port
from bench.pictures import Pictures
from bench.plan import Plan
from bench.process import Meter
from bench.results import BOT, FLOOR, Results, Row, share
from bench.stage import Stage, opened

#: Seconds that Discord waits for an answer.
PATIENCE = 3.0
COUNTED = {
    "statements": "SQL statements",
    "writes": "write transactions",
    "hops": "calls between threads",
}
MODULES = {BOT: process.BOT, FLOOR: process.FLOOR}
KEEPING = ("bench.floor_keeping",)


async def cpu(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure CPU time per task with tiny pictures and no references; also start and idle."""
    async with opened(module=MODULES[side], picture=pictures.tiny) as stage:
        stage.evolink.seconds, stage.evolink.estimate = plan.drawing
        await stage.start()
        results.add(Row("start, processor time", "s", "< 1.5 s"), side, stage.process.cpu_seconds())
        await stage.quiet()
        results.add(
            Row("memory after the start", "MiB"), side, stage.process.resident_bytes() / 2**20
        )
        with Meter(stage.process) as meter:
            await asyncio.sleep(plan.idle)
        results.add(
            Row("idle, share of a core", "%", "≤ 0.3 %"), side, 100 * meter.cpu / meter.seconds
        )
        await _cpu(results, side, stage, plan.at_once, 0)


async def cpu_keeping(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure CPU time per task of the floor that commits as often as the bot.

    For the bot itself, ``cpu`` measures it.
    """
    if side == BOT:
        return
    async with opened(module=KEEPING, picture=pictures.tiny) as stage:
        stage.evolink.seconds, stage.evolink.estimate = plan.drawing
        await stage.start()
        await _warm_up(stage, 0)
        for number, times in plan.at_once:
            spent, _ = await _spent(stage, number, times, 0)
            results.add(_beside_keeping(number), FLOOR, spent)


def _beside_keeping(number: int) -> Row:
    return Row(f"processor time a task, {number} at once, the floor keeping all of it", "ms")


async def cpu_with_references(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure CPU time per task with two references; all pictures are 2K."""
    async with opened(module=MODULES[side], picture=pictures.large) as stage:
        stage.evolink.seconds, stage.evolink.estimate = plan.drawing
        await stage.start()
        await _cpu(results, side, stage, plan.at_once_with_references, 2)


async def _cpu(
    results: Results, side: str, stage: Stage, at_once: tuple[tuple[int, int], ...], references: int
) -> None:
    await _warm_up(stage, references)
    kind = f"{references} references, 2K" if references else "no references, tiny"
    for number, times in at_once:
        spent, calls = await _spent(stage, number, times, references)
        row = Row(f"processor time a task, {number} at once ({kind})", "ms", "ratio ≤ 3, better 2")
        results.add(row, side, spent)
        results.calls[number, f"{side} ({kind})"] = calls
        if side == BOT and not references:
            results.add(_beside_keeping(number), BOT, spent)


async def _warm_up(stage: Stage, references: int) -> None:
    await stage.until(await stage.imagine(3, references=references), "closed")
    await stage.quiet()


async def _spent(
    stage: Stage, number: int, times: int, references: int
) -> tuple[float, dict[str, float]]:
    """Run ``number`` tasks at once, ``times`` times; return milliseconds and calls per task."""
    before = Calls(stage.discord.calls + stage.evolink.calls)
    with Meter(stage.process) as meter:
        for _ in range(times):
            tasks = await stage.imagine(number, references=references)
            await stage.until(tasks, "closed")
        await stage.quiet()
    made = number * times
    calls = Calls(stage.discord.calls + stage.evolink.calls).since(before)
    each = {name: count / made for name, count in sorted(calls.items()) if count}
    return 1000 * meter.cpu / made, each


async def bursts(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure how fast many simultaneous commands are answered."""
    goals = {50: "< 400 ms", 200: "< 1,000 ms", 1_000: "all within 3 s"}
    async with opened(module=MODULES[side], picture=pictures.tiny, watched="stalls") as stage:
        stage.evolink.seconds, stage.evolink.estimate = plan.drawing
        await stage.start()
        await _warm_up(stage, 0)
        if side == BOT:
            await _counts(results, stage)
        for number in plan.bursts:
            began = monotonic()
            tasks = await stage.imagine(number)
            await stage.until(tasks, "answered")
            waited = [each.answered - each.sent for each in tasks]
            name = f"{number} `/imagine` at once"
            results.answers[number, side] = waited
            results.add(Row(f"{name}, answer p50", "ms"), side, 1000 * share(waited, 0.5))
            results.add(
                Row(f"{name}, answer p99", "ms", goals[number]), side, 1000 * share(waited, 0.99)
            )
            late = sum(each > PATIENCE for each in waited)
            results.add(Row(f"{name}, later than 3 s", "", "0"), side, late)
            await stage.until(tasks, "closed", 600)
            await stage.quiet()
            row = Row(f"{name}, longest stall of the loop", "ms", "< 50 ms")
            results.add(row, side, stage.process.worst_stall(began))
        results.add(Row("told that something went wrong", "", "0"), side, stage.discord.failed)
        peak = stage.process.peak_bytes() / 2**20
        results.add(Row("memory, peak of the bursts", "MiB"), side, peak)


async def _counts(results: Results, stage: Stage) -> None:
    number, before = 3, stage.process.counts()
    for _ in range(number):
        await stage.until(await stage.imagine(1), "closed")
    await stage.quiet()
    after = stage.process.counts()
    for name, said in COUNTED.items():
        results.add(Row(f"{said} a task", ""), BOT, (after[name] - before[name]) / number)


async def in_flight(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure how fast two commands a second are answered while many tasks are being drawn."""
    name = f"{plan.in_flight:,} in flight"
    async with opened(module=MODULES[side], picture=pictures.tiny, watched="stalls") as stage:
        # The drawings outlast the measurement.
        stage.evolink.seconds, stage.evolink.estimate = 3600, 20
        await stage.start()
        for _ in range(plan.in_flight // 20):
            await stage.until(await stage.imagine(20), "submitted")
        await asyncio.sleep(10)
        began, waited = monotonic(), list[float]()
        with Meter(stage.process) as meter:
            for _ in range(40):
                tasks = await stage.imagine(1)
                await asyncio.sleep(0.5)
                await stage.until(tasks, "answered")
                waited += [each.answered - each.sent for each in tasks]
        results.add(Row(f"{name}, answer p99", "ms", "< 100 ms"), side, 1000 * share(waited, 0.99))
        results.add(
            Row(f"{name}, share of a core", "%", "< 50 %"), side, 100 * meter.cpu / meter.seconds
        )
        stall = stage.process.worst_stall(began)
        results.add(Row(f"{name}, longest stall of the loop", "ms", "< 50 ms"), side, stall)
        memory = stage.process.resident_bytes() / 2**20
        results.add(Row(f"{name}, memory", "MiB"), side, memory)


async def lateness(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure how long finished images wait until they are posted."""
    del plan
    async with opened(module=MODULES[side], picture=pictures.tiny) as stage:
        row = Row("completed → visible, polling (mean)", "s", "no worse than 1.24 s")
        results.add(row, side, await _lateness(stage))


async def lateness_by_callback(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure ``lateness`` where Evolink calls back; the floor takes no callbacks."""
    del plan
    if side == FLOOR:
        return
    port = str(free_port())
    called = {
        "WEB_PORT": port,
        "WEB_HOST": "127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    async with opened(picture=pictures.tiny, settings=called) as stage:
        row = Row("completed → visible, callback (mean)", "s", "no worse than 0.125 s")
        results.add(row, side, await _lateness(stage))


async def _lateness(stage: Stage) -> float:
    await stage.start()
    await stage.until(await stage.imagine(1), "closed")
    stage.evolink.seconds, stage.evolink.more, stage.evolink.estimate = 4, 6, 8
    tasks = list(await stage.imagine(1))
    for _ in range(19):
        await asyncio.sleep(0.4)
        tasks += await stage.imagine(1)
    await stage.until(tasks, "visible")
    return mean(each.visible - each.completed for each in tasks)


async def photographs(results: Results, side: str, plan: Plan, pictures: Pictures) -> None:
    """Measure the memory that fourteen photographs of 30 megapixels take."""
    if side == FLOOR or not plan.photographs:
        return
    async with opened(picture=pictures.large) as stage:
        stage.discord.reference = pictures.photograph()
        await stage.start()
        await stage.until(await stage.imagine(1, references=14), "closed", 300)
        row = Row("memory, peak of 14 photographs of 30 megapixels", "MiB", "< 400 MiB")
        results.add(row, side, stage.process.peak_bytes() / 2**20)
