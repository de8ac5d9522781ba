"""The tray: its pictures, what can be done with them, and until when they are kept."""

from collections.abc import Sequence

import discord

from bot.domain.tray import TRAY_KEEPS, TRAY_LIMIT, TrayChange, TrayItem
from bot.ui import buttons, colours, wording
from bot.ui.prompt import alt, escape, width
from bot.ui.texts import Texts
from bot.ui.view import static_view

#: Pictures in one gallery. Discord allows ten, but with seven or ten, one takes up a whole row;
#: nine make three rows of three.
_ROWS = 9
#: Characters of a file's name.
_NAME = 40
#: Names in a sentence.
_NAMED = 5
#: Discord's limit for a picture's URL:
#: https://docs.discord.com/developers/components/reference#unfurled-media-item
URL_LIMIT = 2048


def tray(
    items: Sequence[TrayItem],
    t: Texts,
    *,
    change: TrayChange | None = None,
    unusable: Sequence[str] = (),
) -> discord.ui.LayoutView:
    """Show what is in the tray.

    ``change``: what was just added to it; ``unusable``: files of that message that can't be.
    """
    title = f"**{t('Your references')}** · {len(items)}/{TRAY_LIMIT}"
    news = [] if change is None else _news(change, t)
    if unusable:
        names = t(", ").join(escape(name, _NAME) for name in unusable[:_NAMED])
        news.append(t("Can't be used: {names}.", names=names))
    box = discord.ui.Container[discord.ui.LayoutView](
        discord.ui.TextDisplay("\n".join((title, *news))), accent_colour=colours.PANEL
    )
    if not items:
        empty = t("None yet. Open the menu of a message with pictures → Apps → Use as reference.")
        box.add_item(discord.ui.TextDisplay(empty))
        return static_view(box)
    # Discord can show only those whose size it knows, for example no HEIC.
    seen = [
        each
        for each in items
        if each.reference.width and 0 < width(each.reference.url) <= URL_LIMIT
    ]
    for start in range(0, len(seen), _ROWS):
        gallery = discord.ui.MediaGallery[discord.ui.LayoutView]()
        for each in seen[start : start + _ROWS]:
            gallery.add_item(
                media=each.reference.url,
                description=alt(each.reference.name),
                spoiler=each.reference.spoiler,
            )
        box.add_item(gallery)
    unseen = [
        f"-# {place} · {escape(each.reference.name, _NAME)}"
        for place, each in enumerate(items, start=1)
        if each not in seen
    ]
    until = wording.since(items[0].put_at + TRAY_KEEPS)
    stay = t("Each picture stays for a day; the oldest leaves {when}.", when=until)
    box.add_item(discord.ui.TextDisplay("\n".join((*unseen, f"-# {stay}"))))
    names = [(each.name, f"{place} · {each.reference.name}") for place, each in enumerate(items, 1)]
    box.add_item(discord.ui.ActionRow(buttons.tray_remove(names, t)))
    box.add_item(discord.ui.ActionRow(buttons.tray_draw(t), buttons.tray_clear(t)))
    return static_view(box)


def _news(change: TrayChange, t: Texts) -> list[str]:
    news = list[str]()
    if change.added:
        news.append(t.plural("{n} picture added.", "{n} pictures added.", change.added))
    elif change.known and not change.turned_away:
        news.append(t("Already added."))
    if change.turned_away:
        news.append(
            t.plural(
                "No room for {n} picture; the limit is {limit}.",
                "No room for {n} pictures; the limit is {limit}.",
                change.turned_away,
                limit=TRAY_LIMIT,
            )
        )
    return news
