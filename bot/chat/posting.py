"""Posting one page of results, by each of the ways there are."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager

import discord

from bot.chat.discord_api import ORIGINAL, DiscordApi
from bot.chat.failures import creating
from bot.chat.ids import place_of
from bot.deadline import sent_before
from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import Moderated
from bot.services.shared.ports import Picture, Posted
from bot.ui.prompt import alt
from bot.ui.result import result_page


async def post(  # noqa: PLR0913 - as its port has it
    link: DiscordApi,
    task: Task,
    page: Post,
    pictures: Sequence[Picture],
    of: int,
    *,
    before: int,
    awaited: Sequence[int] = (),
) -> Posted:
    """Post a page by its way, if it can leave before a time; ``of`` pages in all.

    ``awaited`` are images that may still come; the page says so.

    Raises:
        TooLarge: the files must be smaller.
        ChatRefused: this way is closed.
        ChatUnavailable: it was not posted, and may be later.
        PostUnknown: it may have been posted.
    """
    told = (page.number, of, awaited)
    with sent_before(before):
        try:
            return await _post(link, task, page, pictures, told, before, quoted=True)
        except Moderated:
            if page.way is not Way.FOLLOWUP:
                raise
            # What the server's moderation blocks is the prompt: only the requester would see it.
            return await _post(link, task, page, pictures, told, before, quoted=False)


async def _post(  # noqa: PLR0913, PLR0917 - as above
    link: DiscordApi,
    task: Task,
    page: Post,
    pictures: Sequence[Picture],
    told: tuple[int, int, Sequence[int]],
    before: int,
    *,
    quoted: bool,
) -> Posted:
    number, of, awaited = told
    with _opened(task, page, pictures) as files:
        names = [file.filename for file in files]
        view = result_page(
            task, names, page=number, of=of, awaited=awaited, way=page.way, quoted=quoted
        )
        if page.way in {Way.CARD, Way.FOLLOWUP}:
            return await _by_token(link, task, page.way, view, files, before)
        if page.way is Way.CHANNEL:
            channel = link.channel(task.channel_id)
            pinged = _requester(task) if page.page == 0 else discord.AllowedMentions.none()
        else:
            channel = await link.direct(task.user_id)
            pinged = discord.AllowedMentions.none()
        async with creating(link.timeout, before):
            message = await channel.send(
                view=view, files=files, nonce=page.nonce, allowed_mentions=pinged
            )
            return place_of(message)


def name_of(page: Post, picture: Picture) -> str:
    """Return the name of a picture's file, by which the page is found again."""
    return f"{page.mark}{picture.result.position}.{picture.ending}"


async def _by_token(  # noqa: PLR0913, PLR0917 - as above
    link: DiscordApi,
    task: Task,
    way: Way,
    view: discord.ui.LayoutView,
    files: Sequence[discord.File],
    before: int,
) -> Posted:
    webhook, nobody = link.webhook(task), discord.AllowedMentions.none()
    async with creating(link.timeout, before):
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
        everyone=False, users=[discord.Object(task.user_id)], roles=False, replied_user=False
    )


@contextmanager
def _opened(task: Task, page: Post, pictures: Sequence[Picture]) -> Generator[list[discord.File]]:
    """Open the files, and close them whatever happens."""
    described = alt(task.request.prompt)
    with ExitStack() as stack:
        files = list[discord.File]()
        for picture in pictures:
            file = discord.File(picture.path, name_of(page, picture), description=described)
            stack.callback(file.close)
            files.append(file)
        yield files
