"""Converting requests and drafts to JSON, and back."""

from dataclasses import asdict, fields
from typing import Any

from bot.domain.draft import Draft
from bot.domain.ids import ChannelId, MessageId
from bot.domain.models import Model, Quality
from bot.domain.reference import Reference
from bot.domain.request import Request, Size

#: Version of the format, written to each row so that a later one can tell them apart.
FORM = 1


def encode(request: Request) -> dict[str, Any]:
    """Return a request as JSON. Empty fields are left out, because rows stay for years."""
    optional: dict[str, Any] = {
        "references": [asdict(reference) for reference in request.references],
        "instruction": request.instruction,
        "made_from": request.made_from,
    }
    return {
        "v": FORM,
        "prompt": request.prompt,
        "size": request.size.text,
        "quality": None if request.quality is None else request.quality.value,
        "count": request.count,
        "added_words": request.added_words,
        **{name: value for name, value in optional.items() if value},
    }


def decode(stored: dict[str, Any], model: Model) -> Request:
    """Rebuild a stored request without checking it.

    The limits may have become stricter since, and a task that was paid for must stay readable.
    """
    quality, count = stored["quality"], stored["count"]
    # Before these words were stored, they were Chinese for every prompt.
    words = model.several_images_chinese.format(n=count) if count > 1 else ""
    return Request(
        prompt=stored["prompt"],
        size=Size(stored["size"]),
        quality=None if quality is None else Quality(quality),
        count=count,
        references=tuple(map(decode_reference, stored.get("references", ()))),
        model=model,
        instruction=stored.get("instruction", ""),
        added_words=stored.get("added_words", words),
        made_from=_place(stored.get("made_from")),
    )


def encode_draft(draft: Draft) -> dict[str, Any]:
    """Return a draft as JSON."""
    return asdict(draft)


def decode_draft(stored: dict[str, Any]) -> Draft:
    """Rebuild a draft; it lives for a day, so there are no older formats."""
    values: dict[str, Any] = {
        **stored,
        "references": tuple(map(decode_reference, stored["references"])),
        "made_from": _place(stored.get("made_from")),
    }
    return Draft(**values)


def _place(stored: list[int] | None) -> tuple[ChannelId, MessageId] | None:
    """Rebuild a channel and a message, which JSON stores as a list."""
    return None if stored is None else (ChannelId(stored[0]), MessageId(stored[1]))


def decode_reference(stored: dict[str, Any]) -> Reference:
    """Rebuild a reference."""
    # Fields that were added later are missing in older rows and get their defaults.
    names = {field.name for field in fields(Reference)}
    return Reference(**{name: value for name, value in stored.items() if name in names})
