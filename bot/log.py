"""The log: one line an event, with task and user; secrets never; a full disk once.

structlog everywhere; what libraries log through the standard library takes the same way.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import TypeIs, override

#: An interaction's token: in the path of every webhook request, in what a task or a payload shows
#: of itself, and anywhere else by how it begins ("interaction:" in Base64).
_TOKENS = (
    re.compile(r"(/webhooks/\d+/|/interactions/\d+/)[\w.-]{20,}"),
    re.compile(r"""(token\\?["']?\s*[:=]\s*\\?["'])[\w.=-]{20,}"""),
    re.compile(r"()aW50ZXJhY3Rpb246[\w=+/-]*"),
)
#: What errors say where nothing can be written (SQLite's FULL, ENOSPC, EDQUOT).
_FULL = ("database or disk is full", "No space left on device", "Disk quota exceeded")
#: Seconds in which a full disk is told once.
QUIET = 600.0

#: Characters of a secret at least; Discord's tokens have 70, Evolink's keys 40 and more.
SHORTEST = 8


class Redaction:
    """Redacts secrets and interaction tokens from a line, whatever they were part of."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # A shorter one would blot out parts of ordinary words, and is no secret.
        long = [secret for secret in secrets if len(secret) >= SHORTEST]
        # In the line it may be quoted, as JSON or Python do.
        forms = {form for each in long for form in (each, json.dumps(each)[1:-1], repr(each)[1:-1])}
        self._secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, line: str) -> str:
        """Return the line without them."""
        for secret in self._secrets:
            line = line.replace(secret, "[secret]")
        for token in _TOKENS:
            line = token.sub(r"\1[token]", line)
        return line


class FullDisk(logging.Filter):
    """Lets one line through of a full disk: every write fails then, with a trace for each."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._quiet_until = float("-inf")

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Drop an event of ours, or make it the one line (a processor of structlog's)."""
        found = next((text for value in event.values() for text in _texts(value)), None)
        if found is None:
            return event
        if not self._due():
            raise structlog.DropEvent
        kept = {key: value for key, value in event.items() if key.startswith("_")}
        return {**kept, "event": "the disk is full: nothing can be written", "error": found}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Drop a record of a library's, or let it through without its trace."""
        if isinstance(record.msg, dict) or not any(True for _ in _texts(record.exc_info)):
            return True
        record.exc_info = None
        return self._due()

    def _due(self) -> bool:
        now = self._clock()
        if now < self._quiet_until:
            return False
        self._quiet_until = now + QUIET
        return True


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever an event holds
    """Yield what of it tells of a full disk, through the causes of an exception."""
    if value is True:
        value = sys.exc_info()
    if isinstance(value, tuple):
        # As sys.exc_info has it.
        value = next((each for each in cast("tuple[Any, ...]", value) if _is_error(each)), None)
    seen = set[int]()
    while _is_error(value) and id(value) not in seen:
        seen.add(id(value))
        yield from _texts(str(value))
        value = value.__cause__ or value.__context__
    if isinstance(value, str) and any(text in value for text in _FULL):
        yield value


def _is_error(value: object) -> TypeIs[BaseException]:
    return isinstance(value, BaseException)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """The last thing that happens to a line is that it is redacted."""

    def __init__(self, redact: Redaction, **options: Any) -> None:  # noqa: ANN401 - structlog's own
        super().__init__(**options)
        self._redact = redact

    @override
    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def set_up(level: str, style: str, secrets: Sequence[str]) -> None:
    """Write logs to standard error, ``style`` "console" or "json"."""
    full = FullDisk()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(full)
    handler.setFormatter(
        _Formatter(
            Redaction(secrets),
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in ("discord", "alembic", "aiosqlite", "PIL"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.root.level))
    structlog.configure(
        processors=[full, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
