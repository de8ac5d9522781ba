"""A draft is what somebody asked for, as they typed it; it becomes a request, or is refused."""

from dataclasses import dataclass

from bot.domain import reference
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.text import sendable


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """It may be anything: a refused one is kept as it is, to be mended by whoever typed it.

    Only what cannot be sent to anybody is left out.
    """

    prompt: str
    size: str | None = None
    quality: str | None = None
    count: int | None = None
    references: tuple[Reference, ...] = ()
    private: bool = False
    #: The task that it came from.
    parent_id: int | None = None

    def __post_init__(self) -> None:
        for name in ("prompt", "size", "quality"):
            typed = getattr(self, name)
            if typed is not None:
                object.__setattr__(self, name, sendable(typed))

    @classmethod
    def like(
        cls, request: Request, *, private: bool = False, parent_id: int | None = None
    ) -> "Draft":
        """Return the draft for what was asked for before."""
        return cls(
            prompt=request.prompt,
            size=request.size.text,
            quality=None if request.quality is None else request.quality.value,
            count=request.count,
            references=request.references,
            private=private,
            parent_id=parent_id,
        )

    def request(self) -> Request:
        """Understand it.

        Raises:
            InvalidRequest: Seedream 4.5 does not take it.
            BadReference: one of the pictures cannot be used.
        """
        for position, one in enumerate(self.references):
            # Of a result of ours, Discord has said nothing; what is wrong with it can be mended.
            if not one.source.startswith("result:"):
                reference.check(position, one)
        return Request.parse(
            self.prompt,
            size=self.size,
            quality=self.quality,
            count=self.count,
            references=self.references,
        )
