"""What must hold where somebody asks for pictures, before anything is spent."""

from typing import Any

import discord

from bot.chat.reading import home
from bot.errors import NotAllowed

#: What the bot needs in a server; the invite link asks for these.
NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    # To look for a post whose answer was lost, so that none is posted twice.
    read_message_history=True,
)


def check_asker(interaction: discord.Interaction[Any]) -> None:
    """Let only those ask for pictures who may use commands here.

    Discord asks for that before it shows a command, but not before a button is pressed.

    Raises:
        NotAllowed: whoever asks may not.
    """
    if home(interaction) and not interaction.permissions.use_application_commands:
        raise NotAllowed("commands")


def missing_permissions(permissions: discord.Permissions, *, thread: bool) -> tuple[str, ...]:
    """Name the permissions that are needed and missing, as discord.py spells them."""
    elsewhere = "send_messages" if thread else "send_messages_in_threads"
    return tuple(
        name
        for name, needed in NEEDED
        if needed and name != elsewhere and not getattr(permissions, name)
    )


def upload_limit(interaction: discord.Interaction[Any]) -> int:
    """Return the bytes that one file may have here: by interaction and as a message of the bot.

    The interaction's own limit rises with its user's Nitro, a message of the bot only with the
    server's boosts: https://docs.discord.com/developers/reference#uploading-files
    """
    guild = interaction.guild
    here = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit
    return min(interaction.filesize_limit, here)
