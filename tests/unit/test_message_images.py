"""The pictures of a message, wherever they stand in it."""

from typing import Any

import discord
import pytest

from bot.domain.ids import ChannelId, MessageId
from bot.domain.source import FromMessage, source_of
from bot.interactions.message_images import pictures_in, unusable_in

CDN = "https://cdn.discordapp.com/attachments/8/"
SIGNATURE = "?ex=1&is=1&hm=1"
PROXY = "https://images-ext-1.discordapp.net/external/hash/https/example.org/"


def number(name: str) -> int:
    """The id of the file of a name."""
    return int.from_bytes(name.encode())


def attachment(
    name: str, kind: str | None = "image/png", attachment_id: int | None = None
) -> dict[str, Any]:
    """A file of 100 bytes below a message."""
    own = attachment_id or number(name)
    url = f"{CDN}{own}/{name}{SIGNATURE}"
    shape = {"id": str(own), "filename": name, "size": 100, "url": url, "proxy_url": "p"}
    return shape | ({} if kind is None else {"content_type": kind, "width": 40, "height": 30})


def own(name: str, kind: str = "image/png", signed: int = 1) -> dict[str, Any]:
    """A file of the message itself, shown by a component."""
    path = f"{number(name)}/{name}?ex={signed}&is=1&hm=1"
    proxy = f"https://media.discordapp.net/attachments/8/{path}&width=100"
    shape = {"url": f"{CDN}{path}", "proxy_url": proxy, "attachment_id": str(number(name))}
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
    """Pictures in the order shown, each once, and nothing else."""
    assert names(message(**parts)) == found


def forward(**parts: Any) -> dict[str, Any]:
    """A message inside another one."""
    inner = {
        "type": 0,
        "content": "",
        "embeds": [],
        "attachments": [],
        "timestamp": "2026-11-24T00:00:00+00:00",
        "edited_timestamp": None,
        "components": [],
    }
    original = {"type": 1, "channel_id": "31", "message_id": "32"}
    return {"message_snapshots": [{"message": inner | parts}], "message_reference": original}


def test_what_is_forwarded():
    """A forwarded message has its pictures inside; they are files of the original."""
    (found,) = pictures_in(message(**forward(attachments=[attachment("f.png")])))
    assert (found.name, found.source) == ("f.png", "message:31:32")
    assert source_of(found) == FromMessage(ChannelId(31), MessageId(32), number("f.png"))


def test_where_it_is_fetched_and_found_anew():
    """A message's own file whole, from Discord; anything else only from Discord's proxy."""
    of = message(
        attachments=[attachment("a.png")],
        embeds=[{"type": "rich", "image": elsewhere("c.png")}],
        components=[gallery(own("b.png"))],
    )
    assert [(each.url, each.source) for each in pictures_in(of)] == [
        (f"{CDN}{number('a.png')}/a.png{SIGNATURE}", "message:21:22"),
        (f"{PROXY}c.png", ""),
        (f"{CDN}{number('b.png')}/b.png{SIGNATURE}", "message:21:22"),
    ]
    assert {(each.width, each.height) for each in pictures_in(of)} == {(40, 30)}


def test_pictures_of_one_name():
    """Clients call every pasted picture image.png, but each is a separate one."""
    of = message(attachments=[attachment("image.png", attachment_id=each) for each in (1, 2, 3)])
    found = pictures_in(of)
    assert [each.attachment_id for each in found] == [1, 2, 3]
    assert [source_of(each) for each in found] == [
        FromMessage(ChannelId(21), MessageId(22), n) for n in (1, 2, 3)
    ]
    assert len({each.key for each in found}) == 3


@pytest.mark.parametrize(
    "host", ["example.org", "cdn.discordapp.com.example.org", "cdn.discordapp.com@example.org"]
)
def test_a_path_like_discords(host):
    """Even with such a path, another host is elsewhere: Discord's proxy shows it."""
    url = f"https://{host}/attachments/1/2/x.png{SIGNATURE}"
    proxy = f"{PROXY}attachments/1/2/x.png"
    (found,) = pictures_in(
        message(embeds=[{"type": "image", "thumbnail": {"url": url, "proxy_url": proxy}}])
    )
    assert (found.url, found.source, found.attachment_id) == (proxy, "", None)
    assert found.key == proxy


@pytest.mark.parametrize("missing", ["ex", "is", "hm"])
def test_a_pasted_link_without_its_signature(missing):
    """Everybody sees the picture through Discord's proxy; the link alone opens nothing."""
    signature = SIGNATURE.replace(f"{missing}=", "x=")
    url = f"{CDN}2/x.png{signature}"
    proxy = f"https://media.discordapp.net/attachments/8/2/x.png{SIGNATURE}"
    for part in (
        {"embeds": [{"type": "image", "thumbnail": {"url": url, "proxy_url": proxy}}]},
        {"components": [gallery({"url": url, "proxy_url": proxy, "content_type": "image/png"})]},
    ):
        (found,) = pictures_in(message(**part))
        assert (found.url, found.source) == (proxy, "")


def test_a_link_to_a_file_of_another_message():
    """It is fetched whole, but can't be found again through this message."""
    url = f"{CDN}2/x.png{SIGNATURE}"
    embed = {"type": "image", "thumbnail": {"url": url, "proxy_url": "p"}}
    (found,) = pictures_in(message(embeds=[embed]))
    assert (found.url, found.source, found.attachment_id) == (url, "", None)
    assert found.key == "attachment:2"


def test_stickers():
    """Pictures count; one made of vectors is named instead."""
    kinds = {"still": 1, "moving": 2, "drawn": 3, "film": 4}
    stickers = [
        {"id": str(number), "name": name, "format_type": number} for name, number in kinds.items()
    ]
    sent = message(sticker_items=stickers, attachments=[attachment("clip.mp4", "video/mp4")])

    assert [each.name for each in pictures_in(sent)] == ["still.png", "moving.png", "film.gif"]
    assert [each.url for each in pictures_in(sent)] == [
        "https://cdn.discordapp.com/stickers/1.png",
        "https://cdn.discordapp.com/stickers/2.png",
        "https://media.discordapp.net/stickers/4.gif",
    ]
    assert unusable_in(sent) == ("clip.mp4", "drawn")
