"""Posting a page of results: in the channel, as a direct message, on the card or as a follow-up."""

import asyncio
import io
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import discord

from bot.chat.discord_api import ORIGINAL, DiscordApi
from bot.chat.failures import creating
from bot.chat.ids import place_of
from bot.deadline import sent_before
from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import Moderated
from bot.services.shared.ports import Posted, ResultFile
from bot.ui.prompt import alt
from bot.ui.result import result_page

#: Bytes of a post's files to read before sending it. The others are read while it is sent, with a
#: call to a thread for each 64 KiB: up to 32 posts are sent at a time.
READ_BEFORE = 4_000_000


async def post(  # noqa: PLR0913 - as in the port
    api: DiscordApi,
    task: Task,
    post: Post,
    pictures: Sequence[ResultFile],
    pages: int,
    *,
    before: int,
    awaited: Sequence[int] = (),
) -> Posted:
    """Post one of ``pages``, if it can be sent ``before`` (epoch milliseconds).

    ``awaited``: positions of images that may still follow; the page says so.

    Raises:
        TooLarge: the files must be smaller.
        ChatRefused: it can't be posted this way.
        ChatUnavailable: it was not posted; try again later.
        PostUnknown: it may have been posted.
    """
    view = partial(result_page, task, page=post.number, pages=pages, awaited=awaited, way=post.way)
    with sent_before(before, api.clocks):
        try:
            return await _post(api, task, post, pictures, view, before)
        except Moderated:
            if post.way is not Way.FOLLOWUP:
                raise
            # The server's moderation blocks the prompt, though only the requester would see it.
            return await _post(api, task, post, pictures, partial(view, quoted=False), before)


async def _post(  # noqa: PLR0913, PLR0917 - the parts of a post
    api: DiscordApi,
    task: Task,
    page: Post,
    pictures: Sequence[ResultFile],
    view: Callable[[Mapping[int, str]], discord.ui.LayoutView],
    before: int,
) -> Posted:
    async with _opened(task, page, pictures) as files:
        shown = zip(pictures, files, strict=True)
        content = view({picture.result.position: file.filename for picture, file in shown})
        if page.way in {Way.CARD, Way.FOLLOWUP}:
            return await _by_token(api, task, page.way, content, files, before)
        if page.way is Way.CHANNEL:
            channel = api.channel(task.channel_id)
            pinged = _requester(task) if page.page == 0 else discord.AllowedMentions.none()
        else:
            channel = await api.direct_messages(task.requester.user)
            pinged = discord.AllowedMentions.none()
        async with creating(api.timeout, before, api.clocks):
            message = await channel.send(
                view=content, files=files, nonce=page.nonce, allowed_mentions=pinged
            )
            return place_of(message)


def name_of(page: Post, picture: ResultFile) -> str:
    """Return the name of a picture's file, by which ``lookup`` finds the page."""
    return f"{page.mark}{picture.result.position}{picture.extension}"


async def _by_token(  # noqa: PLR0913, PLR0917 - as above
    api: DiscordApi,
    task: Task,
    way: Way,
    view: discord.ui.LayoutView,
    files: Sequence[discord.File],
    before: int,
) -> Posted:
    webhook, nobody = api.webhook(task), discord.AllowedMentions.none()
    async with creating(api.timeout, before, api.clocks):
        if way is Way.CARD:
            message = await webhook.edit_message(
                ORIGINAL, view=view, attachments=files, allowed_mentions=nobody
            )
        else:
            message = await webhook.send(
                view=view, files=files, ephemeral=True, wait=True, allowed_mentions=nobody
            )
        return place_of(message)


def _requester(task: Task) -> discord.AllowedMentions:
    return discord.AllowedMentions(
        everyone=False, users=[discord.Object(task.requester.user)], roles=False, replied_user=False
    )


@asynccontextmanager
async def _opened(
    task: Task, page: Post, pictures: Sequence[ResultFile]
) -> AsyncGenerator[list[discord.File]]:
    """Open the files, and close them afterwards."""
    described = alt(task.request.prompt)
    sources = await asyncio.to_thread(_read, [picture.path for picture in pictures])
    with ExitStack() as stack:
        files = list[discord.File]()
        for picture, source in zip(pictures, sources, strict=True):
            file = discord.File(source, name_of(page, picture), description=described)
            stack.callback(file.close)
            files.append(file)
        yield files


def _read(paths: Sequence[Path]) -> list[Path | io.BytesIO]:
    """Read the first files, up to ``READ_BEFORE`` bytes; the others stay paths."""
    room, sources = READ_BEFORE, list[Path | io.BytesIO]()
    for path in paths:
        room -= path.stat().st_size
        sources.append(io.BytesIO(path.read_bytes()) if room >= 0 else path)
    return sources
