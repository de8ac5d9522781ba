"""Errors that the bot logs: an engine that had to survive its own fault is at fault."""

from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog


@dataclass
class Log:
    """Errors since it was cleared."""

    errors: list[str] = field(default_factory=list[str])

    def _note(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
        self.errors.append(str(event))
        raise structlog.DropEvent


@contextmanager
def listening() -> Generator[Log]:
    """Listen for a while, and keep all else quiet."""
    before = structlog.get_config()
    log = Log()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(40),
        processors=[structlog.processors.format_exc_info, log._note],
    )
    try:
        yield log
    finally:
        structlog.configure(**before)
