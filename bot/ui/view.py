"""Builds views that discord.py does not keep."""

from typing import Any

import discord


def static_view(*items: "discord.ui.Item[Any]") -> discord.ui.LayoutView:
    """Return a view of these items that discord.py sends and doesn't keep.

    A stopped view is sent like any other, but not stored: in 2.7.1, every ``store_view`` comes
    after a ``not view.is_finished()``. Dynamic items answer presses from the ``custom_id`` alone,
    so also after a restart. Stopping a view needs a running event loop.
    """
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def with_thumbnail(
    text: str, thumbnail: str | None, description: str | None, *, spoiler: bool = False
) -> "discord.ui.Item[Any]":
    """Return a text beside a thumbnail, which is the attachment of this name."""
    shown = discord.ui.TextDisplay[Any](text)
    if thumbnail is None:
        return shown
    picture = discord.ui.Thumbnail[Any](
        f"attachment://{thumbnail}", description=description, spoiler=spoiler
    )
    return discord.ui.Section(shown, accessory=picture)
