"""The pictures of a message: what is attached, embedded, shown in its components, or forwarded."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Protocol

import discord
from yarl import URL

from bot.chat.reading import OWN_FILE, reference_of
from bot.domain.reference import ENDINGS, Reference, is_picture
from bot.domain.source import FromMessage


class _Media(Protocol):
    """A picture of an embed or of a component, as discord.py has it."""

    @property
    def url(self) -> str | None: ...
    @property
    def proxy_url(self) -> str | None: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...


def pictures_in(message: discord.Message) -> tuple[Reference, ...]:
    """Return what can be drawn from, in the order shown, each once.

    Pictures from elsewhere are taken from Discord's proxy, so only Discord is ever asked for them.
    """
    found = dict[str, Reference]()
    for one in _pictures(message):
        if is_picture(one):
            found.setdefault(one.key, one)
    return tuple(found.values())


def _pictures(message: discord.Message) -> Iterator[Reference]:
    yield from (_lasting(one, message) for one in _of(message))
    for forwarded in message.message_snapshots:
        # Its own message may be anywhere: what is known of it is the link.
        yield from _of(forwarded)


def _of(message: discord.Message | discord.MessageSnapshot) -> Iterator[Reference]:
    yield from map(reference_of, message.attachments)
    for embed in message.embeds:
        # A link to a picture has it as thumbnail, and so has a page that is linked to.
        picture = embed.image or embed.thumbnail
        if picture:
            yield from _shown(picture)
    for media in _media(message.components):
        yield from _shown(media)


def _media(components: Iterable[Any]) -> Iterator[discord.UnfurledMediaItem]:
    for part in components:
        if isinstance(part, discord.MediaGalleryComponent):
            yield from (item.media for item in part.items)
        elif isinstance(part, discord.ThumbnailComponent | discord.FileComponent):
            yield part.media
        elif isinstance(part, discord.SectionComponent):
            yield from _media([part.accessory])
        else:
            yield from _media(getattr(part, "children", ()))


def _shown(media: _Media) -> Iterator[Reference]:
    own = OWN_FILE.fullmatch(URL(media.url).path) if media.url else None
    # Discord's link to a file has all of its bytes, its proxy may make a picture smaller.
    url = media.url if own is not None else media.proxy_url
    if url:
        yield Reference(
            url=url,
            name=_name(url),
            content_type=getattr(media, "content_type", None),
            bytes=0,
            width=media.width or None,
            height=media.height or None,
        )


def _name(url: str) -> str:
    """Return a file's name; of pages that make pictures, which have any ending, "image"."""
    name = URL(url).name
    return name if PurePosixPath(name.lower()).suffix in ENDINGS else "image"


def _lasting(reference: Reference, message: discord.Message) -> Reference:
    """Note where it can be found anew, once its link has died."""
    if OWN_FILE.fullmatch(URL(reference.url).path) is None:
        return reference
    source = FromMessage(message.channel.id, message.id, URL(reference.url).name)
    return replace(reference, source=str(source))
