"""What the stand-in enforces, and for how long."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

MIB = 1024 * 1024


@dataclass
class Behaviour:
    """Discord's numbers; a test may change them while it runs."""

    #: Whether requests are counted, and answered 429 when there are too many.
    rate_limits: bool = True
    #: Real seconds to answer an interaction, at any speed: they measure the bot's machine.
    ack_seconds: float = 3.0
    #: Sandbox seconds that an interaction's token is valid.
    token_seconds: float = 15 * 60.0
    #: Sandbox seconds that a CDN link is valid.
    link_seconds: float = 24 * 3600.0
    #: Sandbox seconds that Discord keeps what was attached to a command or form.
    ephemeral_seconds: float = 24 * 3600.0
    #: Whether links can be refreshed, which Discord does not document.
    refreshes_links: bool = True
    #: Sandbox seconds in which a nonce finds its message again ("the past few minutes").
    nonce_seconds: float = 5 * 60.0
    #: Whether the nonce of a deleted message gets 10008 instead of the message as it was.
    deleted_nonce_is_refused: bool = True
    #: The largest request, in bytes.
    request_bytes: int = 25 * MIB
    #: Whether clients respect ``file_types``; older ones don't know it.
    heeds_file_types: bool = True
    #: Fields of interactions that are left out: "channel", "channel_id", "member.permissions".
    omitted: frozenset[str] = frozenset()
    #: Texts that AutoMod blocks.
    blocked_words: list[str] = field(default_factory=list[str])
    #: Changes a JSON answer before it leaves, into odd JSON (``oddities``) or into bytes; the
    #: request takes effect all the same.
    twist: Callable[[web.Request, Any], object] | None = None
