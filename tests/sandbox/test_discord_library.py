"""discord.py 2.7.1, unmodified, against the sandbox."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import discord
import discord.gateway
import discord.http
import pytest
import yarl
from discord import app_commands, ui
from discord.ext import commands
from typing_extensions import override

from sandbox.discord.server import Discord
from sandbox.person import InteractionFailed, Person, Refused, Upload
from tests.kit.patience import PATIENCE, until
from tests.kit.pictures import png


class Again(ui.DynamicItem[ui.Button[Any]], template=r"again:(?P<task>\d+)"):
    """A button that survives restarts."""

    def __init__(self, task: int) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"again:{task}"))
        self.task = task

    @override
    @classmethod
    async def from_custom_id(cls, interaction, item, match: re.Match[str], /):
        return cls(int(match["task"]))

    @override
    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"again {self.task}", ephemeral=True)


class Form(ui.Modal, title="Edit"):
    """A form with a text and a file."""

    prompt = ui.Label(text="Prompt", component=ui.TextInput(custom_id="prompt", max_length=50))
    picture = ui.Label(
        text="Picture", component=ui.FileUpload(custom_id="picture", required=False, min_values=0)
    )

    @override
    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        assert isinstance(self.prompt.component, ui.TextInput)
        assert isinstance(self.picture.component, ui.FileUpload)
        sizes = [file.size for file in self.picture.component.values]
        await interaction.response.send_message(f"{self.prompt.component.value} {sizes}")


def card(task: int, name: str | None = None) -> ui.LayoutView:
    """Return a card with a button, and a picture if named."""
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(ui.TextDisplay(f"task {task}"))
    if name:
        box.add_item(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{name}")))
    box.add_item(ui.ActionRow[Any](Again(task)))
    view.add_item(box)
    return view


def add_commands(bot: commands.AutoShardedBot) -> None:
    """Give the bot one command of each kind."""
    tree = bot.tree

    @tree.command(description="Draw")
    @app_commands.rename(number="count")
    async def imagine(
        interaction: discord.Interaction,
        prompt: str,
        number: app_commands.Range[int, 1, 4] = 1,
        image: discord.Attachment | None = None,
    ) -> None:
        await interaction.response.defer(thinking=True)
        data = await image.read() if image else png()
        size = f"{image.width}x{image.height}" if image else "none"
        await interaction.edit_original_response(
            content=f"{prompt} x{number} {size} {interaction.filesize_limit}",
            attachments=[discord.File(io.BytesIO(data), "out.png")],
        )

    @imagine.autocomplete("number")
    async def offer(_: discord.Interaction, typed: str):
        return [app_commands.Choice(name=f"{typed} left", value=4)]

    @tree.command(name="card", description="A card")
    async def show(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(view=card(7))
        await interaction.edit_original_response(
            view=card(7, "out.png"), attachments=[discord.File(io.BytesIO(png()), "out.png")]
        )

    @tree.command(description="A form")
    async def form(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form())

    @tree.command(description="Never answers")
    async def sleep(_: discord.Interaction) -> None:
        return

    @tree.command(description="Says it to one")
    async def secret(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.delete_original_response()
        await interaction.followup.send("only you", ephemeral=True)

    @tree.context_menu(name="Edit with Imagine")
    async def edit(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"editing {message.content}", ephemeral=True)

    group = app_commands.Group(
        name="imagine-admin",
        description="Admin",
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )
    quota = app_commands.Group(name="quota", description="Quotas", parent=group)

    @quota.command(name="user", description="For a user")
    async def quota_user(
        interaction: discord.Interaction, user: discord.Member, images: int
    ) -> None:
        await interaction.response.send_message(f"{user.display_name} {images}", ephemeral=True)

    tree.add_command(group)


@pytest.fixture
def pointed(discord_server: Discord, monkeypatch: pytest.MonkeyPatch) -> Discord:
    """The sandbox, with discord.py pointed at it."""
    monkeypatch.setattr(discord.http.Route, "BASE", discord_server.api_url)
    monkeypatch.setattr(
        discord.gateway.DiscordWebSocket,
        "DEFAULT_GATEWAY",
        yarl.URL(discord_server.gateway_url),
    )
    return discord_server


@pytest.fixture
async def bot(pointed: Discord) -> AsyncIterator[commands.AutoShardedBot]:
    """A bot that is ready."""
    made = commands.AutoShardedBot(
        "!",
        intents=discord.Intents(guilds=True),
        chunk_guilds_at_startup=False,
        max_messages=None,
        member_cache_flags=discord.MemberCacheFlags.none(),
        allowed_mentions=discord.AllowedMentions.none(),
        guild_ready_timeout=0.02,
        max_ratelimit_timeout=30,
    )
    made.before_identify_hook = _at_once  # the library sleeps 5 s there
    add_commands(made)
    made.add_dynamic_items(Again)
    async with made:
        await made.login(pointed.token)
        await made.tree.sync()
        running = asyncio.create_task(made.connect())
        await asyncio.wait_for(made.wait_until_ready(), PATIENCE)
        yield made
        await made.close()
        await running


async def _at_once(shard_id: int | None, *, initial: bool = False) -> None:
    pass


@pytest.mark.usefixtures("bot")
async def test_deferred_answer_with_picture(ann: Person):
    """A slash command is deferred, then edited to text and a file whose link works."""
    shown = await ann.slash(
        "imagine", prompt="a fox", count=2, image=Upload("a b.png", png(20, 10))
    )
    message = await shown.answered()
    assert message is not None
    assert message.text == "a fox x2 20x10 10485760"
    assert [(file.name, file.width, file.height) for file in message.images] == [
        ("out.png", 20, 10)
    ]
    assert [body.text for body in message.edits] == ["", "a fox x2 20x10 10485760"]
    assert ann.channel_messages() == [message]


@pytest.mark.usefixtures("bot")
async def test_v2_card_and_button(ann: Person):
    """A Components V2 card gets a gallery by edit; its dynamic button answers the presser alone."""
    message = (await ann.slash("card")).message
    assert message is not None
    await ann.slash("card")
    await bot_done(lambda: bool(message.images))
    assert (message.text, message.buttons) == ("task 7", ["Again"])
    assert message.images[0].read() == png()
    pressed = await ann.press(message, "Again")
    assert pressed.message is not None
    assert (pressed.message.text, pressed.ephemeral) == ("again 7", True)


async def bot_done(look) -> None:
    """Wait until the bot has reacted."""
    await until(look, every=0.005)


@pytest.mark.usefixtures("bot")
async def test_modal(ann: Person):
    """A modal opens, takes text and a file, and is answered."""
    shown = await ann.slash("form")
    sent = await ann.fill(shown.modal, Prompt="a hat", picture=[Upload("a.png", b"1234")])
    assert sent.message is not None
    assert sent.message.text == "a hat [4]"
    with pytest.raises(Refused, match="characters"):
        await ann.fill(shown.modal, Prompt="x" * 51)


@pytest.mark.usefixtures("bot")
async def test_autocomplete(ann: Person):
    """Choices come back while typing."""
    choices = await ann.autocomplete("imagine", "count", "4", prompt="x")
    assert choices == [{"name": "4 left", "value": 4}]


@pytest.mark.usefixtures("bot")
async def test_context_menu_and_group(discord_server: Discord, ann: Person):
    """A message's menu works; a subcommand resolves a member, needs permission, is named whole."""
    said = ann.say("hello")
    shown = await ann.menu("Edit with Imagine", said)
    assert shown.message is not None
    assert shown.message.text == "editing hello"
    world = discord_server.world
    admin = Person(discord_server, world.admin, world.general)
    done = await admin.slash("imagine-admin quota user", user=world.bob, images=5)
    assert done.message is not None
    assert done.message.text == "bob 5"
    assert done.message.metadata is not None
    assert done.message.metadata["name"] == "imagine-admin quota user"
    with pytest.raises(Refused, match="permissions"):
        await ann.slash("imagine-admin quota user", user=world.bob, images=5)
    assert "imagine-admin" not in ann.offers()


@pytest.mark.usefixtures("bot")
async def test_silent_command_fails(discord_server: Discord, ann: Person):
    """An unanswered command fails for the person once the time to acknowledge is over."""
    discord_server.behaviour.ack_seconds = 0.05
    with pytest.raises(InteractionFailed):
        await ann.slash("sleep")


@pytest.mark.usefixtures("bot")
async def test_client_refuses_wrong_options(ann: Person):
    """What Discord's client would not send is not sent."""
    for values in ({}, {"prompt": "x", "count": 5}, {"prompt": "x", "nope": 1}, {"prompt": 3}):
        with pytest.raises(Refused):
            await ann.slash("imagine", **values)


@pytest.mark.usefixtures("bot")
async def test_delete_then_ephemeral_follow_up(discord_server: Discord, ann: Person):
    """After the public "thinking" is deleted, an ephemeral follow-up is a message of its own."""
    shown = await ann.slash("secret")
    await shown.pulse.until(lambda: shown.followups, 3)
    assert shown.message is not None
    assert shown.message.deleted
    assert [(m.text, m.ephemeral) for m in shown.followups] == [("only you", True)]
    bob = Person(discord_server, discord_server.world.bob, ann.channel)
    assert bob.channel_messages() == []
    assert ann.channel_messages() == shown.followups


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("how", ["reconnect", "drop", "close"])
async def test_resume_replays_missed_interaction(discord_server: Discord, ann: Person, how: str):
    """However the gateway breaks, the session resumes and a missed command is delivered."""
    gateway = discord_server.gateway
    if how == "close":
        await gateway.close(4000)
    else:
        {"reconnect": gateway.reconnect, "drop": gateway.drop}[how]()
    shown = await ann.slash("imagine", prompt="late")
    assert await shown.answered() is not None
    await bot_done(lambda: gateway.resumes == 1)
    assert gateway.identifies == 1


@pytest.mark.usefixtures("bot")
async def test_invalid_session_identifies_anew(discord_server: Discord, ann: Person):
    """After op 9 the bot identifies again and works."""
    discord_server.gateway.invalid_session(resumable=False)
    await bot_done(lambda: discord_server.gateway.identifies == 2)
    assert await (await ann.slash("imagine", prompt="x")).answered() is not None


@pytest.mark.usefixtures("bot")
async def test_hundred_at_once(discord_server: Discord):
    """A hundred commands at the same time are all answered."""
    world = discord_server.world
    people = [Person(discord_server, world.ann, world.general) for _ in range(100)]
    shown = await asyncio.gather(*(p.slash("imagine", prompt=str(i)) for i, p in enumerate(people)))
    answers = await asyncio.gather(*(one.answered() for one in shown))
    assert {m.text.split()[0] for m in answers if m} == {str(i) for i in range(100)}


async def test_world_changes_reach_the_bot(bot, discord_server: Discord):
    """New and deleted channels, archived threads and kicks arrive as events."""
    world = discord_server.world
    made = world.add_channel(world.studio, "new")
    thread = world.add_thread(world.art, "sketches")
    await bot_done(lambda: bot.get_channel(made.id) and bot.get_channel(thread.id))
    world.delete_channel(made)
    world.archive(thread)
    await bot_done(lambda: not bot.get_channel(made.id))
    world.kick_bot(world.studio)
    await bot_done(lambda: not bot.guilds)


async def test_nonce_posts_once(bot, discord_server: Discord):
    """The same nonce gives the same message."""
    channel = bot.get_partial_messageable(discord_server.world.general.id)
    first = await channel.send(
        "once", nonce="task-1-0", file=discord.File(io.BytesIO(png()), "a.png")
    )
    second = await channel.send("once", nonce="task-1-0")
    assert first.id == second.id
    assert len(discord_server.world.general.messages()) == 1
    assert [m.id async for m in channel.history(limit=5)] == [first.id]
    assert await first.attachments[0].read() == png()


async def test_pings_are_what_allowed_mentions_allow(bot, discord_server: Discord):
    """Only the allowed person is pinged, whoever else is named."""
    world = discord_server.world
    channel = bot.get_partial_messageable(world.general.id)
    text = f"{world.ann.mention} {world.bob.mention}"
    await channel.send(text)
    allowed = discord.AllowedMentions(users=[discord.Object(world.ann.id)])
    await channel.send(text, allowed_mentions=allowed)
    assert [m.mentions() for m in world.general.messages()] == [set(), {world.ann.id}]


async def test_closed_direct_messages(bot, discord_server: Discord):
    """Someone who takes no direct messages gets none: 50007."""
    world = discord_server.world
    user = await bot.fetch_user(world.bob.id)
    await user.send("hello")
    world.bob.takes_dms = False
    with pytest.raises(discord.Forbidden) as refused:
        await user.send("hello again")
    assert refused.value.code == 50007
    person = Person(discord_server, world.bob, world.general)
    assert [m.text for m in person.direct_messages()] == ["hello"]


@pytest.mark.usefixtures("pointed")
async def test_wrong_token():
    """A wrong token is refused at login."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.login("wrong")
