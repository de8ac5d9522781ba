"""``python -m bot`` and its commands (``--help``).

An error at startup is one sentence and an exit code.
"""

import gc

if __name__ == "__main__":
    # Imported modules stay; looking for garbage in them took a tenth of the startup time.
    gc.disable()

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

import structlog

from bot.app import run
from bot.doctor.examine import examine
from bot.errors import StartError
from bot.log import set_up
from bot.roles import EVERYTHING, Assignment
from bot.settings import Settings
from bot.store.addresses import address_of, is_postgres
from bot.store.backup import Contents, back_up, restore
from bot.store.copying import copy
from bot.store.restored_dump import note_restored

log = structlog.get_logger()

#: By name, because nothing in bot/ may import cogs.
EXTENSIONS = (
    "cogs.imagine",
    "cogs.results",
    "cogs.deletion",
    "cogs.again",
    "cogs.menus",
    "cogs.mentions",
    "cogs.tray",
    "cogs.tasks",
    "cogs.quota",
    "cogs.defaults",
    "cogs.privacy",
    "cogs.admin",
    "cogs.admin_quota",
    "cogs.overview",
    "cogs.moderation",
    "cogs.export",
    "cogs.server",
    "cogs.operator",
)


async def _main(settings: Settings, assignment: Assignment) -> None:
    stop = asyncio.Event()
    _on_signals(stop.set)
    await run(settings, EXTENSIONS, stop, assignment)


def _on_signals(stop: Callable[[], None]) -> None:
    """Stop on Ctrl-C and on SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, partial(_call_soon, loop, stop))


def _call_soon(loop: asyncio.AbstractEventLoop, stop: Callable[[], None], *_: object) -> None:
    loop.call_soon_threadsafe(stop)


async def _doctor(settings: Settings, *, verbose: bool) -> int:
    bad = 0
    async for finding in examine(settings, EXTENSIONS):
        details = finding.details if verbose else ()
        print(finding, *details, sep="\n     ")  # noqa: T201 - for the operator's terminal
        bad += finding.is_bad
    return 1 if bad else 0


def _back_up(settings: Settings, to: Path) -> int:
    found = back_up(settings.database_url, to)
    print(f"{to} has {_summary(found)}.")  # noqa: T201 - for the operator's terminal
    return 0


def _restore(settings: Settings, backup: Path | None) -> int:
    if backup is not None:
        found, kept = restore(settings.database_url, backup)
    elif is_postgres(address_of(settings.database_url)):
        found, kept = asyncio.run(note_restored(settings.database_url)), None
    else:
        raise StartError("restore: name the backup's file.", exit_code=2)
    print(f"Restored {_summary(found)}.")  # noqa: T201 - as above
    if found.waiting:
        print("Waiting tasks will be drawn, and paid for, when the bot starts.")  # noqa: T201 - as above
    if kept is not None:
        print(f"What was there before is kept as {kept}.")  # noqa: T201 - as above
    return 0


def _copy(source: str, target: str) -> int:
    rows = asyncio.run(copy(source, target))
    told = f"{sum(rows.values()):,} rows are copied and compared, {rows['task']:,} tasks among them"
    print(f"{told}. Now set DATABASE_URL to the new database.")  # noqa: T201 - as above
    return 0


def _summary(found: Contents) -> str:
    return f"{found.tasks} tasks, {found.waiting} of them waiting to be drawn"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot", description="A Discord bot that draws.")
    parser.add_argument("--role", metavar="all|gateway|worker", help="what this process does")
    parser.add_argument("--shards", metavar="0-3/16", help="those of a gateway; all by default")
    without = "replace the process that has these shards, without a gap"
    parser.add_argument("--take-over", action="store_true", help=without)
    commands = parser.add_subparsers(dest="command", metavar="command")
    doctor = commands.add_parser("doctor", help="look at everything the bot needs; say what to do")
    doctor.add_argument("--verbose", action="store_true", help="say more, with the log")
    out = commands.add_parser("backup", help="copy the database to a new file; the bot may run")
    back = commands.add_parser("restore", help="put a backup in the database's place")
    out.add_argument("file", type=Path)
    back.add_argument("file", type=Path, nargs="?", help="none: after PostgreSQL's pg_restore")
    move = commands.add_parser("copy", help="move to PostgreSQL or back; the bot is stopped")
    for each in ("FROM", "TO"):
        move.add_argument(each, help="as in DATABASE_URL")
    return parser.parse_args()


def main() -> int:
    """Run until told to stop; return the exit code."""
    gc.freeze()
    gc.enable()
    arguments = _arguments()
    try:
        settings = Settings.read()
        set_up(_log_level(arguments, settings), settings.log_format, settings.secrets)
        for sentence in Settings.unknown():
            log.warning(sentence)
        return _do(arguments, settings)
    except StartError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201 - the log may not be set up yet
        return error.exit_code
    except Exception:
        # Python's own traceback would show secrets; the log redacts them.
        log.exception("the bot ends by an error of its own")
        return 1


def _log_level(arguments: argparse.Namespace, settings: Settings) -> str:
    """The doctor itself reports what would be warnings in the log."""
    return (
        "ERROR" if arguments.command == "doctor" and not arguments.verbose else settings.log_level
    )


def _do(arguments: argparse.Namespace, settings: Settings) -> int:
    match arguments.command:
        case "doctor":
            return asyncio.run(_doctor(settings, verbose=arguments.verbose))
        case "backup":
            return _back_up(settings, arguments.file)
        case "restore":
            return _restore(settings, arguments.file)
        case "copy":
            return _copy(arguments.FROM, arguments.TO)
        case _:
            asyncio.run(_main(settings, _assignment(arguments, settings)))
            return 0


def _assignment(arguments: argparse.Namespace, settings: Settings) -> Assignment:
    takes_over = arguments.take_over
    assignment = Assignment.read(arguments.role, arguments.shards, takes_over=takes_over)
    if assignment != EVERYTHING and not is_postgres(address_of(settings.database_url)):
        option = "--take-over" if takes_over else "--role"
        raise StartError(f"{option}: several processes need PostgreSQL; set DATABASE_URL.")
    return assignment


def _exit(code: int) -> NoReturn:
    """End the process with exactly this exit code.

    If a thread of the object store's library is still inside Python when that shuts down, it aborts
    the process with code 134: https://github.com/PyO3/pyo3-async-runtimes/issues/40.
    """
    if "obstore" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    _exit(main())
