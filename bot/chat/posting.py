"""Posting one page of results, by each of the ways there are."""

import json
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import aiohttp
import discord

from bot.chat.discord_api import ORIGINAL, DiscordApi
from bot.chat.failures import creating
from bot.chat.ids import place_of, snowflake
from bot.deadline import sent_before
from bot.domain.result import Post, Way
from bot.domain.task import Task
from bot.errors import Moderated
from bot.services.shared.ports import Picture, Posted
from bot.ui.prompt import alt
from bot.ui.result import result_page

_EPHEMERAL, _COMPONENTS_V2 = 1 << 6, 1 << 15
_SUCCESS = range(200, 300)


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
        if page.way is Way.FOLLOWUP:
            return await _follow_up(link, task, view, files, before)
        if page.way is Way.CARD:
            return await _edit_card(link, task, view, files, before)
        if page.way is Way.CHANNEL:
            channel = link.channel(task.channel_id)
            pinged = _requester(task) if page.page == 0 else discord.AllowedMentions.none()
        else:
            channel = await link.direct(task.user_id)
            pinged = discord.AllowedMentions.none()
        async with creating(link.timeout, before):
            # discord.py repeats it after a 502 by itself: the nonce keeps that from posting twice.
            message = await channel.send(
                view=view, files=files, nonce=page.nonce, allowed_mentions=pinged
            )
            return place_of(message)


def name_of(page: Post, picture: Picture) -> str:
    """Return the name of a picture's file, by which the page is found again."""
    return f"{page.mark}{picture.result.position}.{picture.ending}"


async def _edit_card(
    link: DiscordApi,
    task: Task,
    view: discord.ui.LayoutView,
    files: Sequence[discord.File],
    before: int,
) -> Posted:
    webhook = link.webhook(task)
    async with creating(link.timeout, before):
        message = await webhook.edit_message(
            ORIGINAL,
            view=view,
            attachments=files,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        return place_of(message)


async def _follow_up(
    link: DiscordApi,
    task: Task,
    view: discord.ui.LayoutView,
    files: Sequence[discord.File],
    before: int,
) -> Posted:
    """Send it as a message that is shown to the requester alone.

    Follow-ups know no nonce, and discord.py repeats theirs after any 5xx: up to five messages for
    one. So this request is sent here, once.
    """
    url = f"{link.api_url}/webhooks/{task.application_id}/{link.token(task)}"
    async with (
        creating(link.timeout, before),
        link.session.post(
            url,
            params={"wait": "true"},
            data=_form(view, files),
            # Discord asks for one of this form, and Cloudflare may refuse others.
            headers={"User-Agent": link.client.http.user_agent},
            allow_redirects=False,
        ) as response,
    ):
        text = await response.text()
        if response.status not in _SUCCESS:
            raise discord.HTTPException(response, _told(text))
        message = json.loads(text)
        return Posted(snowflake(int(message["channel_id"])), snowflake(int(message["id"])))


def _told(text: str) -> Any:  # noqa: ANN401 - as discord.py takes it: an object of JSON, or a text
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else text


def _form(view: discord.ui.LayoutView, files: Sequence[discord.File]) -> aiohttp.FormData:
    payload = {
        "flags": _EPHEMERAL | _COMPONENTS_V2,
        "components": view.to_components(),
        "allowed_mentions": {"parse": list[str]()},
        "attachments": [
            {"id": str(index), "filename": file.filename, "description": file.description}
            for index, file in enumerate(files)
        ],
    }
    # Unquoted, since Discord reads "files[0]" only as it is.
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(payload), content_type="application/json")
    for index, file in enumerate(files):
        form.add_field(
            f"files[{index}]",
            file.fp,
            filename=file.filename,
            content_type="application/octet-stream",
        )
    return form


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
