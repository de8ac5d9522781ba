"""Refusals as Discord words them: https://docs.discord.com/developers/topics/opcodes-and-status-codes."""

from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord.wire import Json, answer


class Refusal(Exception):
    """An error response: HTTP status, Discord's JSON code, its message."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message} {errors or ''}".rstrip())
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def response(self) -> web.Response:
        """Return the response's body as Discord would send it."""
        body: Json = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return answer(body, self.status)


def unauthorized() -> Refusal:
    """The bot's token is missing or wrong."""
    return Refusal(401, 0, "401: Unauthorized")


def unknown_channel() -> Refusal:
    """The channel does not exist or was deleted."""
    return Refusal(404, 10003, "Unknown Channel")


def unknown_guild() -> Refusal:
    """The server does not exist, or the bot is not in it."""
    return Refusal(404, 10004, "Unknown Guild")


def unknown_member() -> Refusal:
    """The person is not in that server."""
    return Refusal(404, 10007, "Unknown Member")


def unknown_message() -> Refusal:
    """The message does not exist, was deleted, or is ephemeral and sought in its channel."""
    return Refusal(404, 10008, "Unknown Message")


def unknown_user() -> Refusal:
    """No such account."""
    return Refusal(404, 10013, "Unknown User")


def unknown_webhook() -> Refusal:
    """The token was never issued, or its interaction has no answer yet."""
    return Refusal(404, 10015, "Unknown Webhook")


def dead_token() -> Refusal:
    """The interaction's fifteen minutes are over."""
    return Refusal(401, 50027, "Invalid Webhook Token")


def unknown_interaction() -> Refusal:
    """The interaction does not exist, or its three seconds are over."""
    return Refusal(404, 10062, "Unknown interaction")


def already_acknowledged() -> Refusal:
    """The interaction was already answered."""
    return Refusal(400, 40060, "Interaction has already been acknowledged.")


def too_large() -> Refusal:
    """A file is over its limit, or the request over 25 MiB."""
    return Refusal(413, 40005, "Request entity too large")


def missing_access() -> Refusal:
    """The bot cannot see the channel."""
    return Refusal(403, 50001, "Missing Access")


def other_author() -> Refusal:
    """Only your own messages can be edited."""
    return Refusal(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> Refusal:
    """A message needs content, an embed, a file or components."""
    return Refusal(400, 50006, "Cannot send an empty message")


def closed_dms() -> Refusal:
    """The person doesn't accept direct messages."""
    return Refusal(403, 50007, "Cannot send messages to this user")


def missing_permissions() -> Refusal:
    """The bot sees the channel, but lacks a permission in it."""
    return Refusal(403, 50013, "Missing Permissions")


def moderated() -> Refusal:
    """The server's AutoMod blocks the message's text."""
    return Refusal(400, 200000, "Message was blocked by automatic moderation")


def archived_thread() -> Refusal:
    """The thread is archived (for posting: archived and locked)."""
    return Refusal(400, 50083, "Thread is archived")


def too_many_follow_ups() -> Refusal:
    """An app that only the user installed gets five follow-ups."""
    return Refusal(400, 40094, "Max follow-up messages reached for this interaction")


@dataclass
class Complaints:
    """The errors of a request body by their paths: Discord's 50035."""

    errors: Json = field(default_factory=Json)

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """Record an error at ``path``."""
        place = self.errors
        for key in path:
            place = place.setdefault(str(key), {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: tuple[str | int, ...], value: object, low: int, high: int) -> None:
        """Check the length of a text or list, unless it is ``None``."""
        if value is None:
            return
        size = len(value) if isinstance(value, str | list | tuple) else -1
        if not low <= size <= high:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def required(self, path: tuple[str | int, ...], value: object) -> None:
        """Check that a field is present and not empty."""
        if value is None or value == "":
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def settle(self) -> None:
        """Raise a :class:`Refusal` if any error was recorded."""
        if self.errors:
            raise Refusal(400, 50035, "Invalid Form Body", self.errors)


def invalid(path: tuple[str | int, ...], code: str, message: str) -> Refusal:
    """Return a 50035 with one error."""
    complaints = Complaints()
    complaints.add(path, code, message)
    return Refusal(400, 50035, "Invalid Form Body", complaints.errors)
