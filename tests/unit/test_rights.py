"""Who may do what: Discord's word on the presser counts, and only where they press."""

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.client import operators_of
from bot.interactions.permissions import managed_server, moderates_here
from bot.refusals import NotAllowed
from tests.unit.ui_kit import task

MODERATOR = discord.Permissions(manage_messages=True)


def pressed(guild: int | None, channel: int, rights: discord.Permissions) -> Any:
    """What Discord tells of somebody who presses."""
    return cast(Any, SimpleNamespace(guild_id=guild, channel_id=channel, permissions=rights))


@pytest.mark.parametrize(
    ("guild", "channel", "rights", "may"),
    [
        (11, 12, MODERATOR, True),
        (11, 99, MODERATOR, False),
        (None, 12, MODERATOR, False),
        (11, 12, discord.Permissions(send_messages=True), False),
    ],
)
def test_who_moderates(guild, channel, rights, may):
    """Only moderators of the channel where it was asked for, and only from there."""
    assert moderates_here(pressed(guild, channel, rights), task()) is may


async def test_who_manages_the_server():
    """Everybody with Manage Server, in a server; direct messages have no admins."""
    nobody = cast(Any, None)
    manager = discord.Permissions(manage_guild=True)
    assert await managed_server(pressed(11, 12, manager), nobody) == 11
    with pytest.raises(NotAllowed):
        await managed_server(pressed(None, 12, discord.Permissions.all()), nobody)


def test_who_operates_the_bot():
    """The owner; in a team, members who may change the application."""
    states, roles = discord.TeamMembershipState, discord.TeamMemberRole
    members = [
        SimpleNamespace(id=number, membership_state=state, role=role)
        for number, (state, role) in enumerate(
            (
                (states.accepted, roles.admin),
                (states.accepted, roles.developer),
                (states.invited, roles.admin),
                (states.accepted, roles.read_only),
            )
        )
    ]
    owner = SimpleNamespace(id=9)
    alone: Any = SimpleNamespace(team=None, owner=owner)
    team: Any = SimpleNamespace(team=SimpleNamespace(members=members), owner=owner)
    assert operators_of(alone) == {9}
    assert operators_of(team) == {0, 1}
