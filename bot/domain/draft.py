"""A draft: a request as the user typed it, before it is checked."""

from dataclasses import dataclass
from typing import Self

from bot.domain import reference
from bot.domain.ids import ChannelId, MessageId, TaskId
from bot.domain.models import Model
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.text import sendable


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """Unchecked input. A refused draft is kept for a day, so that its author can correct it.

    Only characters that neither Discord nor a database accepts are removed.
    """

    prompt: str
    size: str | None = None
    quality: str | None = None
    count: int | None = None
    references: tuple[Reference, ...] = ()
    private: bool = False
    #: The task that it is based on.
    parent_id: TaskId | None = None
    #: As in ``Request``.
    instruction: str = ""
    made_from: tuple[ChannelId, MessageId] | None = None

    def __post_init__(self) -> None:
        for name in ("prompt", "size", "quality"):
            typed = getattr(self, name)
            if typed is not None:
                object.__setattr__(self, name, sendable(typed))

    @classmethod
    def like(
        cls, request: Request, *, private: bool = False, parent_id: TaskId | None = None
    ) -> Self:
        """Return the draft of an earlier request."""
        return cls(
            prompt=request.prompt,
            size=request.size.text,
            quality=None if request.quality is None else request.quality.value,
            count=request.count,
            references=request.references,
            private=private,
            parent_id=parent_id,
            instruction=request.instruction,
            made_from=request.made_from,
        )

    def request(self, model: Model) -> Request:
        """Return the draft as a request to ``model``.

        Raises:
            InvalidRequest: the model doesn't accept it.
            BadReference: one of the pictures can't be used.
        """
        for position, one in enumerate(self.references):
            # Discord doesn't describe our own results, and we can make all of them fit.
            if not one.source.startswith("result:"):
                reference.check(position, one, model)
        return Request.parse(
            self.prompt,
            size=self.size,
            quality=self.quality,
            count=self.count,
            references=self.references,
            model=model,
            instruction=self.instruction,
            made_from=self.made_from,
        )
