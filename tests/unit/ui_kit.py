"""Tasks to show, and what a message shows."""

from typing import Any

import discord

from bot.domain.ids import ServerId, UserId
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.task import Task
from bot.ui.prompt import width

NOW = 1_800_000_000_000
SERVER, ANN = ServerId(11), UserId(13)


def task(**changes: Any) -> Task:
    """A task for two images that has just been asked for."""
    values: dict[str, Any] = {
        "id": 7,
        "requester": Requester(SERVER, ANN),
        "channel_id": 12,
        "locale": "en-GB",
        "interaction_id": 14,
        "application_id": 15,
        "token": "secret-token",
        "card_id": 16,
        "request": request(),
        "reserved": 2,
        "upload_limit": 10 << 20,
        "created_at": NOW,
    }
    return Task(**(values | changes))


def request(prompt: str = "A cat", count: int = 2, size: str = "16:9") -> Request:
    """Return a request."""
    return Request.parse(prompt, count=count, size=size)


def shown(view: discord.ui.LayoutView) -> list[str]:
    """Every text and every button's label, in the order in which they are read."""
    found = list[str]()
    for item in view.walk_children():
        if isinstance(item, discord.ui.TextDisplay):
            found.extend(item.content.split("\n"))
        elif isinstance(item, discord.ui.Button):
            found.append(f"[{item.label}]{'' if not item.disabled else ' off'}")
    return found


def fits(view: discord.ui.LayoutView) -> bool:
    """Return whether Discord accepts it: texts below 4000, 40 components, alt texts of 1024."""
    items = list(view.walk_children())
    texts = [item.content for item in items if isinstance(item, discord.ui.TextDisplay)]
    alts = [
        picture.description or ""
        for item in items
        if isinstance(item, discord.ui.MediaGallery)
        for picture in item.items
    ]
    return (
        sum(map(width, texts)) < 4000
        and all(texts)
        and len(items) <= 40
        and all(width(described) <= 1024 for described in alts)
    )
