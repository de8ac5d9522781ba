"""The pictures of a message: attached, embedded, in its components, or forwarded."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Protocol

import discord
from yarl import URL

from bot.domain.cdn import file_link
from bot.domain.ids import ChannelId, MessageId
from bot.domain.reference import ENDINGS, Reference, is_picture
from bot.domain.source import in_message
from bot.interactions.convert import reference_of


class _Media(Protocol):
    """A picture of an embed or component, as in discord.py."""

    @property
    def url(self) -> str | None: ...
    @property
    def proxy_url(self) -> str | None: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...


def pictures_in(message: discord.Message) -> tuple[Reference, ...]:
    """Return the pictures that can be references, in the order shown, each once.

    External pictures come from Discord's proxy, so we only ever fetch files from Discord.
    """
    found = dict[str, Reference]()
    for one in _pictures(message):
        if is_picture(one):
            found.setdefault(one.key, one)
    return tuple(found.values())


def unusable_in(message: discord.Message) -> tuple[str, ...]:
    """Return the names of a message's files and stickers that can't be references."""
    named = list[str]()
    for one in (message, *message.message_snapshots):
        attached = map(reference_of, one.attachments)
        named += [each.name for each in attached if not is_picture(each)]
        # Discord's clients draw these from vectors.
        is_drawn = discord.StickerFormatType.lottie
        named += [each.name for each in one.stickers if each.format is is_drawn]
    return tuple(named)


def _pictures(message: discord.Message) -> Iterator[Reference]:
    yield from _of(message, in_message(ChannelId(message.channel.id), MessageId(message.id)))
    there = message.reference
    source = ""
    if there is not None and there.message_id is not None:
        source = in_message(ChannelId(there.channel_id), MessageId(there.message_id))
    for forwarded in message.message_snapshots:
        yield from _of(forwarded, source)


def _of(message: discord.Message | discord.MessageSnapshot, source: str) -> Iterator[Reference]:
    for attachment in message.attachments:
        yield replace(reference_of(attachment), source=source)
    for embed in message.embeds:
        # The embed of a link has its picture as a thumbnail.
        picture = embed.image or embed.thumbnail
        if picture:
            yield from _shown(picture)
    for sticker in message.stickers:
        if sticker.format is not discord.StickerFormatType.lottie:
            yield Reference(url=sticker.url, name=_sticker_name(sticker), bytes=0)
    for media, hidden in _media(message.components):
        own = media.attachment_id
        for one in _shown(media, own, source="" if own is None else source):
            yield replace(one, spoiler=hidden)


def _media(components: Iterable[Any]) -> Iterator[tuple[discord.UnfurledMediaItem, bool]]:
    """Yield what components show, and whether it is hidden as a spoiler."""
    for part in components:
        if isinstance(part, discord.MediaGalleryComponent):
            yield from ((item.media, item.spoiler) for item in part.items)
        elif isinstance(part, discord.ThumbnailComponent | discord.FileComponent):
            yield part.media, part.spoiler
        elif isinstance(part, discord.SectionComponent):
            yield from _media([part.accessory])
        else:
            yield from _media(getattr(part, "children", ()))


def _shown(
    media: _Media, attachment_id: int | None = None, source: str = ""
) -> Iterator[Reference]:
    """Yield a picture with a working link; ``attachment_id``: of a file of the message itself."""
    link = file_link(media.url or "")
    # Discord's own link leads to the whole file; its proxy may shrink it. A pasted link without a
    # signature leads nowhere, while its proxy's works.
    is_whole = attachment_id is not None or (link is not None and link.is_signed)
    url = media.url if is_whole else media.proxy_url
    if url:
        yield Reference(
            url=url,
            name=_name(url),
            content_type=getattr(media, "content_type", None),
            bytes=0,
            width=media.width or None,
            height=media.height or None,
            source=source,
            attachment_id=attachment_id,
        )


def _sticker_name(sticker: discord.StickerItem) -> str:
    return f"{sticker.name}{PurePosixPath(URL(sticker.url).path).suffix}"


def _name(url: str) -> str:
    """Return a file's name; "image" if its ending is not a picture's, as with generated ones."""
    name = URL(url).name
    return name if PurePosixPath(name.lower()).suffix in ENDINGS else "image"
