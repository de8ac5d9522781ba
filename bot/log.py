"""Logging: one line per event, without secrets, and only one line about a full disk.

structlog throughout; libraries that use the standard ``logging`` end up in the same log.
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

#: Interaction tokens: in the path of webhook requests, in the repr of a task or payload, and
#: anywhere else by their first characters ("interaction:" in Base64).
_TOKENS = (
    re.compile(r"(/webhooks/\d+/|/interactions/\d+/)[\w.-]{20,}"),
    re.compile(r"""(token\\?["']?\s*[:=]\s*\\?["'])[\w.=-]{20,}"""),
    re.compile(r"()aW50ZXJhY3Rpb246[\w=+/-]*"),
)
#: Messages of SQLITE_FULL, ENOSPC and EDQUOT, with the prefixes of exceptions, SQLAlchemy and
#: PostgreSQL; not inside text that somebody has typed.
_FULL = re.compile(
    r"""(?:\w+\()?["']?(?:\([\w.]+\)\ |<class\ \\?'[\w.]+\\?'>:\ )?(?:\[Errno\ \d+\]\ |\d+,\ )?["']?
    (?:could\ not\ [^:]{1,200}:\ )?
    (?:database\ or\ disk\ is\ full|No\ space\ left\ on\ device|Disk\ quota\ exceeded)""",
    re.VERBOSE,
)
#: Seconds between two lines about a full disk.
QUIET = 600.0

#: Shortest secret to redact, in characters; Discord's tokens have 70, Evolink's keys at least 40.
SHORTEST = 8


class Redaction:
    """Redacts secrets and interaction tokens from a line."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # Redacting a shorter one would hit parts of ordinary words.
        long = [secret for secret in secrets if len(secret) >= SHORTEST]
        # A line may hold it escaped, as JSON or Python would.
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
    """Lets one line about a full disk through; otherwise every failed write logs a traceback."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._quiet_until = float("-inf")

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Replace the first such event with one line and drop the rest (a structlog processor)."""
        found = next((text for value in event.values() for text in _texts(value)), None)
        if found is None:
            return event
        if not self._due():
            raise structlog.DropEvent
        kept = {key: value for key, value in event.items() if key.startswith("_")}
        return {**kept, "event": "the disk is full: nothing can be written", "error": found}

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Drop a library's record, or let it through without its traceback."""
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
    """Yield messages about a full disk, following an exception's causes."""
    if value is True:
        value = sys.exc_info()
    if isinstance(value, tuple):
        # What sys.exc_info() returns.
        value = next((each for each in cast("tuple[Any, ...]", value) if _is_error(each)), None)
    seen = set[int]()
    while _is_error(value) and id(value) not in seen:
        seen.add(id(value))
        yield from _texts(str(value))
        value = value.__cause__ or value.__context__
    if isinstance(value, str) and _FULL.match(value):
        yield value


def _is_error(value: object) -> TypeIs[BaseException]:
    return isinstance(value, BaseException)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line."""

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
