"""``python -m bot``: settings, logging, run; ``python -m bot doctor`` looks at what it needs.

A start-up error is one sentence and an exit code.
"""

import argparse
import asyncio
import signal
import sys

import structlog

from bot.app import run
from bot.doctor import examine
from bot.errors import StartError
from bot.log import set_up
from bot.settings import Settings

log = structlog.get_logger()

#: Loaded by name: nothing in bot/ imports what stands above it.
EXTENSIONS = (
    "cogs.imagine",
    "cogs.results",
    "cogs.forms",
    "cogs.menus",
    "cogs.tray",
    "cogs.tasks",
    "cogs.quota",
    "cogs.admin",
)


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run(settings, EXTENSIONS, stop)


async def _doctor(settings: Settings) -> int:
    bad = 0
    async for finding in examine(settings, EXTENSIONS):
        print(finding)  # noqa: T201 - for the operator's terminal
        bad += bool(finding.advice)
    return 1 if bad else 0


def main() -> int:
    """Run until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="A Discord bot that draws.")
    parser.add_argument(
        "command", nargs="?", choices=["doctor"], help="look at everything the bot needs"
    )
    command = parser.parse_args().command
    try:
        settings = Settings.read()
        secrets = settings.discord_token, settings.evolink_api_key
        set_up(
            settings.log_level,
            settings.log_format,
            [secret.get_secret_value() for secret in secrets],
        )
        for sentence in Settings.unknown():
            log.warning(sentence)
        if command == "doctor":
            return asyncio.run(_doctor(settings))
        asyncio.run(_main(settings))
    except StartError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201 - the log may not be set up yet
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
