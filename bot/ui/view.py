"""Messages are drawn, not listened to."""

from typing import Any

import discord


def static_view(*items: "discord.ui.Item[Any]") -> discord.ui.LayoutView:
    """Return a view of these items that discord.py sends and then forgets.

    A stopped view is sent like any other (its ``to_components`` does not ask), but it is not put
    into the view store (``not view.is_finished()`` stands before every ``store_view`` of 2.7.1).
    Presses are answered by dynamic items, which know everything from the ``custom_id``, also
    after a restart. Outside of a running loop nothing can be stopped, nor sent.
    """
    view = discord.ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def with_thumbnail(
    text: str, thumbnail: str | None, description: str | None, *, spoiler: bool = False
) -> "discord.ui.Item[Any]":
    """Return a text, with the attachment of this name as a small picture at its side."""
    shown = discord.ui.TextDisplay[Any](text)
    if thumbnail is None:
        return shown
    picture = discord.ui.Thumbnail[Any](
        f"attachment://{thumbnail}", description=description, spoiler=spoiler
    )
    return discord.ui.Section(shown, accessory=picture)
