"""Discord's objects, as far as discord.py needs them."""

from bench.http import Json

APPLICATION, BOT, OWNER, GUILD = 101, 101, 102, 103
CHANNELS = range(200, 220)
#: All permissions.
EVERYTHING = str((1 << 50) - 1)
_STAMP = "2026-01-01T00:00:00.000000+00:00"


def interaction(  # noqa: PLR0913 - an interaction has that many properties
    *, number: int, kind: int, token: str, user_id: int, data: Json, channel_id: int
) -> Json:
    """Return an interaction, as the gateway sends it."""
    member: Json = {
        "user": user(user_id, f"person{user_id}"),
        "roles": [],
        "joined_at": _STAMP,
        "permissions": EVERYTHING,
        "flags": 0,
        "deaf": False,
        "mute": False,
    }
    return {
        "id": str(number),
        "application_id": str(APPLICATION),
        "type": kind,
        "data": data,
        "token": token,
        "version": 1,
        "channel_id": str(channel_id),
        "channel": channel(channel_id) | {"permissions": EVERYTHING},
        "locale": "en-US",
        "guild_locale": "en-US",
        "guild_id": str(GUILD),
        "guild": {"id": str(GUILD), "locale": "en-US", "features": []},
        "app_permissions": EVERYTHING,
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(GUILD)},
        "context": 0,
        "attachment_size_limit": 10 * 1024 * 1024,
        "member": member,
    }


def message(number: int, channel_id: int) -> Json:
    """Return a message of the bot's; nobody looks at what it says."""
    return {
        "id": str(number),
        "channel_id": str(channel_id),
        "type": 0,
        "author": user(BOT, "bot", bot=True),
        "content": "",
        "timestamp": _STAMP,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
    }


def application() -> Json:
    """Return the bot's application."""
    return {
        "id": str(APPLICATION),
        "name": "bench",
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "owner": user(OWNER, "owner"),
        "team": None,
        "items": [],
    }


def command(name: str, options: list[Json]) -> Json:
    """Return a command as it was typed."""
    # The id doesn't matter: a bot started on an old database registers nothing and goes by name.
    return {"id": "1", "name": name, "type": 1, "options": options}


def user(number: int, name: str, *, bot: bool = False) -> Json:
    """Return an account."""
    return {
        "id": str(number),
        "username": name,
        "discriminator": "0",
        "global_name": name,
        "avatar": None,
        "bot": bot,
    }


def channel(number: int) -> Json:
    """Return a text channel."""
    return {
        "id": str(number),
        "type": 0,
        "guild_id": str(GUILD),
        "name": f"room-{number}",
        "position": 0,
        "permission_overwrites": [],
        "parent_id": None,
        "topic": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "flags": 0,
    }


def guild() -> Json:
    """Return the server, as the gateway sends it."""
    everyone = {
        "id": str(GUILD),
        "name": "@everyone",
        "color": 0,
        "hoist": False,
        "position": 0,
        "permissions": EVERYTHING,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    me: Json = {"user": user(BOT, "bot", bot=True), "roles": [], "joined_at": _STAMP, "flags": 0}
    empty = ("emojis", "stickers", "features", "voice_states", "presences", "stage_instances")
    more = ("guild_scheduled_events", "soundboard_sounds", "threads")
    return {
        "id": str(GUILD),
        "name": "bench",
        "owner_id": str(OWNER),
        "preferred_locale": "en-US",
        "member_count": 100,
        "roles": [everyone],
        "channels": [channel(each) for each in CHANNELS],
        "members": [me | {"deaf": False, "mute": False}],
        "premium_tier": 0,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "system_channel_flags": 0,
        "afk_timeout": 0,
        **dict.fromkeys((*empty, *more), ()),
    }
