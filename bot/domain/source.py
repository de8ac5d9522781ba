"""Where a reference lives on after its link has died: a result of ours, or a picture in a message.

It is kept as a text beside the link, since a request is kept as JSON: "result:TASK:POSITION" or
"message:CHANNEL:MESSAGE". Before 0006 the latter ended in the file's name, which tells nothing:
clients call every pasted picture "image.png".
"""

import re
from dataclasses import dataclass

from typing_extensions import override

from bot.domain.cdn import file_link
from bot.domain.reference import Reference
from bot.domain.result import Result

_RESULT = re.compile(r"result:(\d+):(\d+)")
_MESSAGE = re.compile(r"message:(\d+):(\d+)(?::.+)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FromResult:
    """A result of ours: its original, or what was posted of it."""

    task_id: int
    position: int

    @override
    def __str__(self) -> str:
        return f"result:{self.task_id}:{self.position}"


@dataclass(frozen=True, slots=True)
class FromMessage:
    """An attachment of a message, which the bot may be able to read."""

    channel_id: int
    message_id: int
    attachment_id: int


def in_message(channel_id: int, message_id: int) -> str:
    """Return the source of the attachments of a message."""
    return f"message:{channel_id}:{message_id}"


def source_of(reference: Reference) -> FromResult | FromMessage | None:
    """Return where a reference lives on; ``None``: nowhere."""
    result = _RESULT.fullmatch(reference.source)
    if result is not None:
        return FromResult(int(result[1]), int(result[2]))
    message = _MESSAGE.fullmatch(reference.source)
    link = file_link(reference.url)
    attachment_id = reference.attachment_id or (link.attachment_id if link else None)
    if message is not None and attachment_id is not None:
        return FromMessage(int(message[1]), int(message[2]), attachment_id)
    return None


def reference_to(result: Result, *, spoiler: bool = False) -> Reference:
    """Return a result of ours as a reference."""
    return Reference(
        url="",
        name=f"imagine-{result.task_id}-{result.position + 1}",
        bytes=result.bytes or 0,
        width=result.width,
        height=result.height,
        source=str(FromResult(result.task_id, result.position)),
        spoiler=spoiler,
    )
