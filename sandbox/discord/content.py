"""Which messages an application can read, through the gateway and through REST.

Without the message content intent, what others wrote arrives empty, except in direct messages
with the bot, where it is mentioned, and as the target of a message command:
https://docs.discord.com/developers/events/gateway#message-content-intent
"""

from sandbox.discord import wire
from sandbox.discord.wire import Json

_BLANK: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def readable(shape: Json, bot_id: int, *, direct: bool, intent: bool) -> Json:
    """Return a message object as the application receives it."""
    replied = shape.get("referenced_message")
    if isinstance(replied, dict):
        inside = readable(replied, bot_id, direct=direct, intent=intent)
        shape = {**shape, "referenced_message": inside}
    author = wire.part(shape, "author").get("id")
    mentioned = any(each.get("id") == str(bot_id) for each in wire.parts(shape, "mentions"))
    if intent or direct or mentioned or author in {None, str(bot_id)}:
        return shape
    blank = {**shape, **_BLANK}
    if "message_snapshots" in shape:
        inner = [each["message"] for each in wire.parts(shape, "message_snapshots")]
        blank["message_snapshots"] = [{"message": {**each, **_BLANK}} for each in inner]
    return blank
