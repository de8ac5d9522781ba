"""The pictures of a message, wherever they stand in it."""

from typing import Any

import discord
import pytest

from bot.chat.picking import pictures_in

CDN = "https://cdn.discordapp.com/attachments/8/9/"
PROXY = "https://images-ext-1.discordapp.net/external/hash/https/example.org/"


def attachment(name: str, kind: str | None = "image/png") -> dict[str, Any]:
    """A file of 100 bytes below a message."""
    shape = {"id": "9", "filename": name, "size": 100, "url": f"{CDN}{name}?ex=1", "proxy_url": "p"}
    return shape | ({} if kind is None else {"content_type": kind, "width": 40, "height": 30})


def own(name: str, kind: str = "image/png", signed: int = 1) -> dict[str, Any]:
    """A file of the message itself, shown by a component."""
    proxy = f"https://media.discordapp.net/attachments/8/9/{name}?ex=1&width=100"
    shape = {"url": f"{CDN}{name}?ex={signed}", "proxy_url": proxy, "attachment_id": "9"}
    return shape | {"content_type": kind, "width": 40, "height": 30}


def elsewhere(name: str, **more: Any) -> dict[str, Any]:
    """A picture from another place, which Discord shows by its proxy."""
    shape = {"url": f"https://example.org/{name}", "proxy_url": f"{PROXY}{name}"}
    return shape | {"width": 40, "height": 30, **more}


def gallery(*media: dict[str, Any]) -> dict[str, Any]:
    """A gallery."""
    return {"type": 12, "id": 1, "items": [{"media": each} for each in media]}


def section(media: dict[str, Any]) -> dict[str, Any]:
    """A text with a thumbnail beside it."""
    text = {"type": 10, "id": 2, "content": "look"}
    return {
        "type": 9,
        "id": 3,
        "components": [text],
        "accessory": {"type": 11, "id": 4, "media": media},
    }


def box(*parts: dict[str, Any]) -> dict[str, Any]:
    """A container."""
    return {"type": 17, "id": 5, "components": list(parts)}


def message(**parts: Any) -> discord.Message:
    """A message as an interaction has it."""
    client = discord.Client(intents=discord.Intents.none())
    channel = client.get_partial_messageable(21)
    author = {"id": "2", "username": "ann", "discriminator": "0", "avatar": None}
    blank = {
        "id": "22",
        "channel_id": "21",
        "type": 0,
        "author": author,
        "content": "",
        "timestamp": "2026-11-24T00:00:00+00:00",
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
    data: Any = blank | parts
    return discord.Message(state=client._connection, channel=channel, data=data)


def names(of: discord.Message) -> list[str]:
    """The pictures' names."""
    return [each.name for each in pictures_in(of)]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"attachments": [attachment("a.png"), attachment("b.jpg")]}, ["a.png", "b.jpg"]),
        ({"attachments": [attachment("a.mp4", "video/mp4"), attachment("b.png")]}, ["b.png"]),
        ({"attachments": [attachment("a.svg", "image/svg+xml")]}, []),
        ({"attachments": [attachment("IMG_1.HEIC", None)]}, ["IMG_1.HEIC"]),
        ({"attachments": [attachment("a.txt", None)]}, []),
        ({"embeds": [{"type": "rich", "image": elsewhere("c.webp")}]}, ["c.webp"]),
        ({"embeds": [{"type": "image", "thumbnail": elsewhere("d.png")}]}, ["d.png"]),
        (
            {
                "embeds": [
                    {"type": "rich", "image": elsewhere("a.png"), "thumbnail": elsewhere("b.png")}
                ]
            },
            ["a.png"],
        ),
        ({"embeds": [{"type": "rich", "image": elsewhere("draw.php")}]}, ["image"]),
        (
            {
                "embeds": [
                    {"type": "rich", "image": elsewhere("x.php", content_type="image/svg+xml")}
                ]
            },
            [],
        ),
        ({"embeds": [{"type": "rich", "image": {"url": "https://example.org/a.png"}}]}, []),
        ({"embeds": [{"type": "rich", "description": "words"}]}, []),
        ({"components": [gallery(own("a.png"), own("b.mp4", "video/mp4"))]}, ["a.png"]),
        ({"components": [box(gallery(own("a.png")), section(own("b.png")))]}, ["a.png", "b.png"]),
        ({"components": [gallery(elsewhere("e.png", content_type="image/png"))]}, ["e.png"]),
        (
            {
                "attachments": [attachment("a.png")],
                "embeds": [{"type": "rich", "image": own("a.png", signed=2)}],
            },
            ["a.png"],
        ),
        ({}, []),
    ],
)
def test_what_is_found(parts, found):
    """Pictures in the order shown, each once; nothing that is none."""
    assert names(message(**parts)) == found


def test_what_is_forwarded():
    """A forwarded message has its pictures inside."""
    inner = {
        "type": 0,
        "content": "",
        "embeds": [],
        "attachments": [attachment("f.png")],
        "timestamp": "2026-11-24T00:00:00+00:00",
        "edited_timestamp": None,
        "components": [],
    }
    (found,) = pictures_in(message(message_snapshots=[{"message": inner}]))
    assert (found.name, found.source) == ("f.png", "")


def test_where_it_is_fetched_and_found_anew():
    """A message's own file at Discord, whole; what is from elsewhere only at Discord's proxy."""
    of = message(
        attachments=[attachment("a.png")],
        embeds=[{"type": "rich", "image": elsewhere("c.png")}],
        components=[gallery(own("b.png"))],
    )
    assert [(each.url, each.source) for each in pictures_in(of)] == [
        (f"{CDN}a.png?ex=1", "message:21:22:a.png"),
        (f"{PROXY}c.png", ""),
        (f"{CDN}b.png?ex=1", "message:21:22:b.png"),
    ]
    assert {(each.width, each.height) for each in pictures_in(of)} == {(40, 30)}
