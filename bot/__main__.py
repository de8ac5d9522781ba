"""``python -m bot``: settings, logging, run. A start-up error is one sentence and an exit code."""

import asyncio
import signal
import sys

from bot.app import run
from bot.errors import StartError
from bot.log import set_up
from bot.settings import Settings

#: Loaded by name: nothing in bot/ imports what stands above it.
EXTENSIONS = ("cogs.imagine", "cogs.tasks", "cogs.quota", "cogs.admin")


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run(settings, EXTENSIONS, stop)


def main() -> int:
    """Run until told to stop; return the exit code."""
    try:
        settings = Settings.read()
        secrets = settings.discord_token, settings.evolink_api_key
        set_up(
            settings.log_level,
            settings.log_format,
            [secret.get_secret_value() for secret in secrets],
        )
        asyncio.run(_main(settings))
    except StartError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201 - the log may not be set up yet
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
