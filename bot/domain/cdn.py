"""Links to Discord's files.

https://cdn.discordapp.com/attachments/CHANNEL/ATTACHMENT/NAME?ex=…&is=…&hm=…
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

_CDN = "cdn.discordapp.com"
#: Where attachments are; the second makes them smaller where a link asks for it.
HOSTS = frozenset({_CDN, "media.discordapp.net"})
#: What is attached to a command or a form is an ephemeral attachment.
_PATH = re.compile(r"/(?:ephemeral-)?attachments/(\d+)/(\d+)/([^/]+)")
#: When a link dies, when it was made, and the seal over both:
#: https://docs.discord.com/developers/reference#signed-attachment-cdn-urls
_SIGNATURE = frozenset({"ex", "is", "hm"})


@dataclass(frozen=True, slots=True)
class FileLink:
    """What Discord's link to an attachment says; nothing proves it but fetching it."""

    channel_id: int
    attachment_id: int
    #: As it stands in the link: Discord keeps letters, digits, "_", "-" and ".".
    name: str
    is_signed: bool
    #: Whether the attachment's own bytes come, or nothing: a link that asks for anything more than
    #: its signature, a width say, brings another picture.
    is_whole: bool


def file_link(url: str) -> FileLink | None:
    """Read Discord's link to an attachment; ``None``: it is none, whatever its path is like."""
    try:
        parts = urlsplit(url)
        is_discords = parts.scheme == "https" and parts.netloc in HOSTS
    except ValueError:
        return None
    found = _PATH.fullmatch(parts.path) if is_discords else None
    if found is None:
        return None
    is_signed = parse_qs(parts.query).keys() >= _SIGNATURE
    asked = parse_qs(parts.query, keep_blank_values=True).keys()
    is_whole = parts.netloc == _CDN and asked <= _SIGNATURE
    return FileLink(int(found[1]), int(found[2]), found[3], is_signed, is_whole)


def unsigned(url: str) -> str:
    """Return a link without the signature, which is another one each time; the rest stays."""
    address, _, query = url.partition("?")
    asked = [
        part for part in query.split("&") if part and unquote(part).split("=")[0] not in _SIGNATURE
    ]
    return f"{address}?{'&'.join(asked)}" if asked else address
