"""Links to files on Discord's CDN.

https://cdn.discordapp.com/attachments/CHANNEL/ATTACHMENT/NAME?ex=…&is=…&hm=…
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from bot.domain.ids import ChannelId

_CDN = "cdn.discordapp.com"
#: Hosts of attachments; the second resizes them if the link asks for it.
HOSTS = frozenset({_CDN, "media.discordapp.net"})
#: Files attached to a command or a form are ephemeral attachments.
_PATH = re.compile(r"/(?:ephemeral-)?attachments/(\d+)/(\d+)/([^/]+)")
#: When the link expires, when it was issued, and the signature over both:
#: https://docs.discord.com/developers/reference#signed-attachment-cdn-urls
_SIGNATURE = frozenset({"ex", "is", "hm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """A parsed link to an attachment. Only a download proves that what it says is true."""

    channel_id: ChannelId
    attachment_id: int
    #: As the link spells it: Discord keeps letters, digits, "_", "-" and ".".
    name: str
    is_signed: bool
    #: Whether the link can only lead to the attachment's own bytes. With any parameter besides its
    #: signature, such as a width, it leads to a different picture.
    is_whole: bool


def file_link(url: str) -> FileLink | None:
    """Parse a link to an attachment; ``None`` for any other link, even one with such a path."""
    try:
        parts = urlsplit(url)
        is_discords = parts.scheme == "https" and parts.netloc in HOSTS
    except ValueError:
        return None
    path = _PATH.fullmatch(parts.path) if is_discords else None
    if path is None:
        return None
    parameters = parse_qs(parts.query, keep_blank_values=True).keys()
    return FileLink(
        channel_id=ChannelId(int(path[1])),
        attachment_id=int(path[2]),
        name=path[3],
        is_signed=parse_qs(parts.query).keys() >= _SIGNATURE,
        is_whole=parts.netloc == _CDN and parameters <= _SIGNATURE,
    )


def unsigned(url: str) -> str:
    """Return a link without its signature, which changes from one message to the next."""
    address, _, query = url.partition("?")
    kept = [
        part for part in query.split("&") if part and unquote(part).split("=")[0] not in _SIGNATURE
    ]
    return f"{address}?{'&'.join(kept)}" if kept else address
