"""Where a reference remains available after its link has expired: in a result or a message.

Requests are stored as JSON, so this is stored as text beside the link: "result:TASK:POSITION" or
"message:CHANNEL:MESSAGE". Before migration 0006 the latter also had the file's name, which
identifies nothing: clients name every pasted picture "image.png".
"""

import re
from dataclasses import dataclass

from typing_extensions import override

from bot.domain.cdn import file_link
from bot.domain.ids import ChannelId, MessageId, TaskId
from bot.domain.reference import Reference
from bot.domain.result import Result

_RESULT = re.compile(r"result:(\d+):(\d+)")
_MESSAGE = re.compile(r"message:(\d+):(\d+)(?::.+)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FromResult:
    """One of our results: its original, or the copy that was posted."""

    task_id: TaskId
    position: int

    @override
    def __str__(self) -> str:
        return f"result:{self.task_id}:{self.position}"


@dataclass(frozen=True, slots=True)
class FromMessage:
    """An attachment of a message, which the bot may or may not be able to read."""

    channel_id: ChannelId
    message_id: MessageId
    attachment_id: int


def in_message(channel_id: ChannelId, message_id: MessageId) -> str:
    """Return the source of a message's attachments."""
    return f"message:{channel_id}:{message_id}"


def source_of(reference: Reference) -> FromResult | FromMessage | None:
    """Parse a reference's source; ``None`` if it has none."""
    result = _RESULT.fullmatch(reference.source)
    if result is not None:
        return FromResult(TaskId(int(result[1])), int(result[2]))
    message = _MESSAGE.fullmatch(reference.source)
    link = file_link(reference.url)
    attachment_id = reference.attachment_id or (link.attachment_id if link else None)
    if message is not None and attachment_id is not None:
        return FromMessage(ChannelId(int(message[1])), MessageId(int(message[2])), attachment_id)
    return None


def reference_to(result: Result, *, spoiler: bool = False) -> Reference:
    """Return one of our results as a reference."""
    return Reference(
        url="",
        name=f"imagine-{result.task_id}-{result.position + 1}",
        bytes=result.bytes or 0,
        width=result.width,
        height=result.height,
        source=str(FromResult(result.task_id, result.position)),
        spoiler=spoiler,
    )
