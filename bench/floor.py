"""The least a bot can cost: a task's calls, made with discord.py, and nothing stored.

It answers with a card, fetches attachments and passes them on, submits, polls until the task is
done, downloads, posts and deletes the card: the bot's own calls, in the same order, at the same
pace, with messages of the same shape. It has no database, no checks, no picture decoding and no
retries; a kill loses everything under way. ``bench.floor_keeping`` is the same with a database.
"""

import asyncio
import io
import os
from time import monotonic
from typing import Any

import aiohttp
import discord
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override
from yarl import URL

#: Seconds between polls: minimum, maximum, and share of the time elapsed, as in the bot.
FLOOR, CEILING, SHARE = 2.5, 20.0, 0.07
#: Seconds between edits of a waiting card.
EDITS = 5.0


class Nothing:
    """Stores nothing."""

    async def begin(self, task: int) -> None:
        """Commit a new task; a power cut mustn't undo it."""

    async def step(self, task: int, *, lasting: bool = False) -> None:
        """Commit a transition; a power cut may undo it, unless it is ``lasting``."""

    async def look(self, task: int) -> None:
        """Read a task."""

    async def picture(self, task: int, data: bytes) -> bytes:
        """Store a result, decode it, and read it back for posting."""
        del task
        return data


class Floor(discord.Client):
    """The client; ``evolink`` is the address of its API."""

    http_session: aiohttp.ClientSession

    def __init__(self, evolink: str, kept: Nothing) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.evolink, self.kept = evolink, kept
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(app_commands.Command(name="imagine", description="-", callback=draw))

    @override
    async def setup_hook(self) -> None:
        """Register the command."""
        self.http_session = aiohttp.ClientSession()
        await self.tree.sync()


async def draw(
    interaction: discord.Interaction[Any],
    prompt: str,
    image: discord.Attachment | None = None,
    image2: discord.Attachment | None = None,
) -> None:
    """Run a whole task."""
    floor = interaction.client
    assert isinstance(floor, Floor)
    http, api = floor.http_session, floor.evolink
    kept, task_id = floor.kept, interaction.id
    channel = interaction.channel
    assert isinstance(channel, discord.TextChannel)
    await kept.look(task_id)  # the user's defaults
    await kept.begin(task_id)
    await interaction.response.send_message(view=_card(task_id, prompt, "Waiting"))
    await kept.step(task_id, lasting=True)  # shown
    await kept.look(task_id)  # what is due
    await kept.step(task_id)  # its turn
    await kept.look(task_id)  # who is blocked
    stored = [await _handed_on(http, api, each.url) for each in (image, image2) if each]
    links = [file["file_url"] for file in stored]
    await kept.step(task_id, lasting=True)  # submitting
    order = {"model": "doubao-seedream-4.5", "prompt": prompt, "n": 1, "image_urls": links}
    async with http.post(f"{api}/v1/images/generations", json=order) as response:
        task = await response.json()
    await kept.step(task_id, lasting=True)  # Evolink's id
    await kept.step(task_id)  # running
    await interaction.edit_original_response(view=_card(task_id, prompt, "Drawing"))
    task = await _finished(interaction, prompt, http, api, task)
    await kept.step(task_id)  # read
    await kept.look(task_id)  # what is known of results and pages
    await kept.step(task_id)  # ready
    async with http.get(task["results"][0]) as response:
        picture = await response.read()
    picture = await kept.picture(task_id, picture)
    await kept.step(task_id)  # downloaded
    await kept.step(task_id, lasting=True)  # about to post
    file = discord.File(io.BytesIO(picture), f"imagine-{task_id}.jpg")
    view = _page(task_id, prompt, interaction.user.id)
    await channel.send(view=view, file=file, nonce=f"{task_id}.0")
    await kept.step(task_id, lasting=True)  # delivered
    await interaction.delete_original_response()
    await kept.step(task_id)  # closed
    for each in stored:
        async with http.delete(f"{api}/api/v1/files/{each['file_id']}") as response:
            await response.read()


async def _handed_on(http: aiohttp.ClientSession, api: str, link: str) -> dict[str, str]:
    async with http.get(link) as response:
        data = await response.read()
    form = aiohttp.FormData()
    form.add_field("file", data, filename="a.jpg", content_type="image/jpeg")
    async with http.post(f"{api}/api/v1/files/upload/stream", data=form) as response:
        return (await response.json())["data"]


async def _finished(
    interaction: discord.Interaction[Any],
    prompt: str,
    http: aiohttp.ClientSession,
    api: str,
    task: dict[str, Any],
) -> dict[str, Any]:
    began = edited = monotonic()
    await asyncio.sleep(max(FLOOR, task["task_info"]["estimated_time"] / 2))
    while True:
        async with http.get(f"{api}/v1/tasks/{task['id']}") as response:
            task = await response.json()
        if task["status"] == "completed":
            return task
        now = monotonic()
        if edited == began or now - edited > EDITS:
            edited = now
            await interaction.edit_original_response(
                view=_card(interaction.id, prompt, f"{task['progress']} %")
            )
        await asyncio.sleep(min(CEILING, max(FLOOR, (now - began) * SHARE)))


def _card(number: int, prompt: str, said: str) -> ui.LayoutView:
    stop = ui.Button[Any](label="Cancel", custom_id=f"task:{number}:stop")
    inside = ui.Container[Any](
        ui.TextDisplay(f"> {prompt}"),
        ui.Separator(),
        ui.TextDisplay(f"**{said}**"),
        ui.ActionRow(stop),
    )
    return _view(inside)


def _page(number: int, prompt: str, user: int) -> ui.LayoutView:
    buttons = [
        ui.Button[Any](label=name, custom_id=f"task:{number}:{name}")
        for name in ("again", "edit", "more")
    ]
    shown = discord.MediaGalleryItem(f"attachment://imagine-{number}.jpg", description=prompt)
    return _view(
        ui.TextDisplay(f"<@{user}>\n> {prompt}"),
        ui.MediaGallery(shown),
        ui.TextDisplay("-# automatic size"),
        ui.ActionRow(*buttons),
    )


def _view(*items: ui.Item[Any]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    # Tell discord.py not to remember the view: nobody presses its buttons.
    view.stop()
    return view


def run(kept: Nothing) -> None:
    """Run until killed, with the bot's own settings."""
    settings = os.environ
    Route.BASE = settings["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(settings["DISCORD_GATEWAY_URL"])
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    Floor(settings["EVOLINK_API_URL"], kept).run(settings["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    run(Nothing())
