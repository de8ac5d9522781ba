"""``python -m bot doctor``: looks at everything the bot needs, and says what to do.

It changes nothing at Discord or Evolink; the database is migrated as at a start.
"""

import shutil
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
import discord
from typing_extensions import override

from bot.app import App, build, invite_link
from bot.chat.preflight import NEEDED
from bot.errors import EvolinkError, KeyRefused, StartError
from bot.settings import Settings

#: Bytes: below this, results soon fill the disk (a 4K picture has up to 50 MB).
LITTLE_SPACE = 2_000_000_000
#: Seconds: interactions have 3 s to be answered, and their age is told by our clock.
WRONG_CLOCK = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what to do about it; ``advice`` is empty where all is well."""

    subject: str
    text: str
    advice: str = ""

    @override
    def __str__(self) -> str:
        """One line for the terminal."""
        mark = "ok " if not self.advice else "BAD"
        return f"{mark}  {self.subject}: {self.text}" + (f" → {self.advice}" if self.advice else "")


async def examine(settings: Settings, extensions: Sequence[str]) -> AsyncIterator[Finding]:
    """Look at database, disk, Evolink, Discord, its servers and the clock, in this order."""
    try:
        async with build(settings, extensions) as app:
            yield Finding("database", f"opens, {len(await app.store.tasks.waiting())} tasks wait")
            yield _disk(settings)
            yield await _evolink(app)
            async for finding in _discord(app, settings):
                yield finding
    except StartError as error:
        yield Finding("start", error.sentence, "mend this first")
    yield await _clock(settings)


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    told = f"{free / 1e9:.1f} GB free at {settings.data_dir}"
    if free >= LITTLE_SPACE:
        return Finding("disk", told)
    return Finding("disk", told, "free some space, or lower RESULT_DAYS and RESULT_DISK_GB")


async def _evolink(app: App) -> Finding:
    try:
        credits_left = await app.evolink.credits()
    except KeyRefused:
        return Finding("Evolink", "refuses the key", "set EVOLINK_API_KEY anew")
    except EvolinkError as error:
        return Finding("Evolink", f"does not answer ({error!r})", "try again later")
    if credits_left is None:
        return Finding("Evolink", "the key works, credits without limit")
    if credits_left <= 0:
        return Finding("Evolink", "no credits left", "top the account up")
    return Finding("Evolink", f"the key works, {credits_left:g} credits left")


async def _discord(app: App, settings: Settings) -> AsyncIterator[Finding]:
    bot = app.bot
    try:
        await bot.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure:
        yield Finding("Discord", "refuses the token", "set DISCORD_TOKEN anew")
        return
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        yield Finding("Discord", f"cannot be reached ({error!r})", "is the network up?")
        return
    yield Finding("Discord", f"the token works, the bot is {bot.user}")
    servers = [guild async for guild in bot.fetch_guilds()]
    if not servers:
        yield Finding("servers", "none", f"invite the bot: {invite_link(bot)}")
    for server in servers:
        yield await _server(bot, server.id)


async def _server(bot: discord.Client, guild_id: int) -> Finding:
    assert bot.user is not None
    guild = await bot.fetch_guild(guild_id)
    me = await guild.fetch_member(bot.user.id)
    missing = [
        name for name, needed in NEEDED if needed and not getattr(me.guild_permissions, name)
    ]
    subject = f"server {guild.name}"
    if missing:
        return Finding(subject, f"misses {', '.join(missing)}", "grant them to the bot's role")
    return Finding(subject, "all permissions (a channel may still take some away)")


async def _clock(settings: Settings) -> Finding:
    """Compare our clock with Discord's, as its answers tell it (to the second)."""
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{settings.discord_api_url}/gateway") as response,
        ):
            theirs = parsedate_to_datetime(response.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError) as error:
        return Finding("clock", f"could not be compared ({error!r})", "is the network up?")
    off = abs((datetime.fromtimestamp(time.time(), UTC) - theirs).total_seconds() - 0.5)
    if off > WRONG_CLOCK:
        return Finding("clock", f"{off:.0f} s off Discord's", "synchronise it (NTP)")
    return Finding("clock", "agrees with Discord's")
