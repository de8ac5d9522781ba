"""A user's own defaults for the options of ``/imagine`` that they leave out."""

from dataclasses import dataclass, replace
from typing import Self

from bot.domain.draft import Draft
from bot.domain.models import Model, Quality
from bot.domain.request import AUTO, Request, is_pixels, spelled


@dataclass(frozen=True, kw_only=True, slots=True)
class Defaults:
    """The same in all servers; ``None``: the model's default."""

    size: str | None = None
    quality: str | None = None
    count: int | None = None
    private: bool = False

    @classmethod
    def from_request(cls, request: Request, *, private: bool) -> Self:
        """Return the options of a request as defaults."""
        return cls(
            size=None if request.size.text == AUTO else request.size.text,
            quality=None if request.quality is None else request.quality.value,
            count=None if request.count == 1 else request.count,
            private=private,
        )

    def checked(self, model: Model) -> Self:
        """Check them like a request's options; return them in Evolink's spelling.

        Raises:
            InvalidRequest: the model doesn't accept them together.
        """
        Request.parse("?", size=self.size, quality=self.quality, count=self.count, model=model)
        return replace(
            self,
            size=None if self.size is None else spelled(self.size),
            quality=None if self.quality is None else Quality.parse(self.quality).value,
        )

    def under(self, draft: Draft, model: Model) -> Draft:
        """Fill in what a draft leaves out, as far as it fits the rest.

        Exact pixels exclude a quality, whoever chose them, and references leave room for fewer
        images.
        """
        size, quality = draft.size, draft.quality
        if size is None and not (quality and is_pixels(self.size)):
            size = self.size
        if quality is None and not is_pixels(size):
            quality = self.quality
        count = draft.count
        if count is None and self.count is not None:
            room = model.images_and_references - len(draft.references)
            count = max(1, min(self.count, room))
        return replace(draft, size=size, quality=quality, count=count)
