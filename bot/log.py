"""The log: one line an event, with task and user; secrets never.

structlog everywhere; what libraries log through the standard library takes the same way.
"""

import logging
import re
import sys
from collections.abc import Sequence

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: An interaction's token is in the path of every webhook request, and libraries log those.
_WEBHOOK = re.compile(r"(/webhooks/\d+/|/interactions/\d+/)[\w.-]{20,}")


#: Characters of a secret at least; Discord's tokens have 70, Evolink's keys 40 and more.
SHORTEST = 8


class Secrets:
    """Blots the operator's secrets out, and interaction tokens."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # A shorter one would blot out parts of ordinary words, and is no secret.
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST]

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Clean every text of an event, as structlog's processors do."""
        return {key: self._clean(value) for key, value in event.items()}

    def _clean(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        for secret in self._secrets:
            value = value.replace(secret, "[secret]")
        return _WEBHOOK.sub(r"\1[token]", value)


def set_up(level: str, style: str, secrets: Sequence[str]) -> None:
    """Write logs to standard error, ``style`` "console" or "json"."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.PositionalArgumentsFormatter(),
        Secrets(secrets),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in ("discord", "alembic", "aiosqlite", "PIL"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
