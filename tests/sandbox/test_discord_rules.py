"""What Discord takes as a message, a command and a modal, and what it refuses."""

from typing import Any

import aiohttp
import pytest

from sandbox.discord.places import Channel
from sandbox.discord.server import Discord
from tests.kit.pictures import png
from tests.sandbox.discord_kit import callback, form, opened, told

V2 = 1 << 15


def messages(channel: Channel) -> str:
    """Return where a channel's messages are."""
    return f"channels/{channel.id}/messages"


def _row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def _button(**changes: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "x", "custom_id": "x", **changes}


def _text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def _select(**changes: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}], **changes}


def _gallery(*urls: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, 50006),
        ({"content": ""}, 50006),
        ({"content": "x" * 2001}, 50035),
        ({"embeds": [{"description": "x" * 4096}, {"description": "x" * 1905}]}, 50035),
        ({"embeds": [{"title": "x" * 257}]}, 50035),
        ({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}, 50035),
        ({"embeds": [{}] * 11}, 50035),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"content": "x", "attachments": [{"id": 0}]}, 50035),
        ({"content": "x", "components": [_text("x")]}, 50035),
        ({"content": "x", "components": [_row()]}, 50035),
        (
            {"content": "x", "components": [_row(*[_button(custom_id=i) for i in "abcdef"])]},
            50035,
        ),
        ({"content": "x", "components": [_row(_button(), _button())]}, 50035),
        ({"content": "x", "components": [_row(_button(label="x" * 81))]}, 50035),
        ({"content": "x", "components": [_row(_button(custom_id="x" * 101))]}, 50035),
        ({"content": "x", "components": [_row(_button(label=None))]}, 50035),
        ({"content": "x", "components": [_row(_button(style=5))]}, 50035),
        ({"content": "x", "components": [_row(_select(), _button())]}, 50035),
        ({"content": "x", "components": [_row(_select(options=[]))]}, 50035),
        (
            {
                "content": "x",
                "components": [
                    _row(_select(options=[{"label": "a", "value": str(i)} for i in range(26)]))
                ],
            },
            50035,
        ),
        ({"flags": V2, "content": "x", "components": [_text("x")]}, 50035),
        ({"flags": V2, "embeds": [{"title": "x"}], "components": [_text("x")]}, 50035),
        ({"flags": V2, "components": []}, 50035),
        ({"flags": V2, "components": [_text("x" * 2001), _text("x" * 2000)]}, 50035),
        ({"flags": V2, "components": [_text("x")] * 41}, 50035),
        (
            {"flags": V2, "components": [{"type": 17, "components": [_text("x")] * 40}]},
            50035,
        ),
        ({"flags": V2, "components": [_gallery("attachment://none.png")]}, 50035),
        ({"flags": V2, "components": [_gallery()]}, 50035),
        ({"flags": V2, "components": [_gallery(*["https://x.y/z.png"] * 11)]}, 50035),
        ({"flags": V2, "components": [{"type": 13, "file": {"url": "https://x.y"}}]}, 50035),
        ({"flags": V2, "components": [{"type": 9, "components": [_text("x")]}]}, 50035),
        (
            {
                "flags": V2,
                "components": [{"type": 9, "components": [_text("x")] * 4, "accessory": _button()}],
            },
            50035,
        ),
        (
            {"flags": V2, "components": [{"type": 17, "components": [{"type": 17}]}]},
            50035,
        ),
    ],
)
async def test_message_is_refused(
    discord_server: Discord, http: aiohttp.ClientSession, payload: dict[str, Any], code: int
):
    """A message that breaks a rule is refused with 400, and nothing appears."""
    answer = await http.post(messages(discord_server.world.general), json=payload)
    assert await told(answer) == (400, code)
    assert discord_server.world.general.messages() == []
    assert bool(discord_server.books.violations) == (code == 50035)


async def test_error_names_its_place(discord_server: Discord, http: aiohttp.ClientSession):
    """A 50035 says where the error is, nested as in the form."""
    payload = {"content": "x", "components": [_row(_button(label="x" * 81))]}
    answer = await http.post(messages(discord_server.world.general), json=payload)
    errors = (await answer.json())["errors"]
    assert errors["components"]["0"]["components"]["0"]["label"]["_errors"][0]["code"]


async def test_v2_cannot_be_undone(discord_server: Discord, http: aiohttp.ClientSession):
    """A components V2 message can't have content any more; its files are shown by components."""
    payload = {"flags": V2, "components": [_gallery("attachment://a_b.png")]}
    there = messages(discord_server.world.general)
    made = await (await http.post(there, data=form(payload, ("a b.png", png(4, 3))))).json()
    media = made["components"][0]["items"][0]["media"]
    assert (media["width"], media["height"], media["content_type"]) == (4, 3, "image/png")
    assert made["attachments"] == []
    assert media["proxy_url"] == media["url"]
    one = f"{there}/{made['id']}"
    refused = await http.patch(one, json={"content": "x", "flags": 0})
    assert await told(refused) == (400, 50035)
    kept = {"components": [_text("more"), _gallery("attachment://a_b.png")]}
    edited = await (await http.patch(one, json=kept)).json()
    assert edited["flags"] == V2
    message = discord_server.world.general.messages()[0]
    assert [(body.text, len(body.images)) for body in message.edits] == [("", 1), ("more", 1)]
    both = await http.patch(one, json={"attachments": [], **kept})
    assert await told(both) == (400, 50035)


async def test_switch_to_v2_needs_a_clean_message(
    discord_server: Discord, http: aiohttp.ClientSession
):
    """An edit to version 2 must take content and embeds away."""
    there = messages(discord_server.world.general)
    made = await (await http.post(there, json={"content": "old"})).json()
    change: dict[str, Any] = {"flags": V2, "components": [_text("new")]}
    one = f"{there}/{made['id']}"
    assert await told(await http.patch(one, json=change)) == (400, 50035)
    clean = await http.patch(one, json={**change, "content": None, "embeds": []})
    assert clean.status == 200


def _attaching(file_types: list[str]) -> dict[str, Any]:
    option = {"type": 11, "name": "a", "description": "x", "file_types": file_types}
    return {"options": [option]}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Big"},
        {"name": "two words"},
        {"name": "x" * 33},
        {"description": ""},
        {"description": "x" * 101},
        {"description_localizations": {"xx": "y"}},
        {"options": [{"type": 3, "name": f"o{i}", "description": "x"} for i in range(26)]},
        {"options": [{"type": 3, "name": "o", "description": "x"}] * 2},
        {
            "options": [
                {"type": 3, "name": "a", "description": "x"},
                {"type": 3, "name": "b", "description": "x", "required": True},
            ]
        },
        {"options": [{"type": 4, "name": "a", "description": "x", "max_value": 2**64}]},
        _attaching([]),
        _attaching(["pictures"]),
        _attaching(["png"]),
        _attaching(["image/png"]),
        _attaching([".a", ".b", ".c", ".d", ".e", ".f", ".g", ".h", ".i", ".j", ".k"]),
        {
            "options": [
                {
                    "type": 3,
                    "name": f"o{o}",
                    "description": "x" * 100,
                    "choices": [{"name": f"{c}" + "n" * 80, "value": f"{c}"} for c in range(25)],
                }
                for o in range(4)
            ]
        },
    ],
)
async def test_command_is_refused(
    discord_server: Discord, http: aiohttp.ClientSession, change: dict[str, Any]
):
    """If Discord would refuse one command, none is registered."""
    path = f"applications/{discord_server.world.application_id}/commands"
    command = {"name": "imagine", "description": "Draw", **change}
    assert await told(await http.put(path, json=[command])) == (400, 50035)
    assert await (await http.get(path)).json() == []


async def test_command_keeps_its_id(discord_server: Discord, http: aiohttp.ClientSession):
    """Registered again, a command of the same name has the same id."""
    path = f"applications/{discord_server.world.application_id}/commands"
    command = {"name": "imagine", "description": "Draw"}
    first = await (await http.put(path, json=[command])).json()
    second = await (await http.put(path, json=[{**command, "description": "New"}])).json()
    assert first[0]["id"] == second[0]["id"]


def _labelled(**field: Any) -> dict[str, Any]:
    part = {"type": 18, "label": "x", "component": {"custom_id": "a", **field}}
    return {"components": [part]}


def _options(number: int) -> list[dict[str, str]]:
    return [{"label": f"{n}", "value": f"{n}"} for n in range(number)]


@pytest.mark.parametrize(
    "data",
    [
        _labelled(type=4, style=1, label="x"),
        _labelled(type=3, options=_options(2), disabled=True),
        _labelled(type=3, options=_options(2), min_values=0),
        _labelled(type=3, options=_options(2), min_values=0, required=True),
        _labelled(type=19, min_values=0),
        _labelled(type=19, file_types=["png"]),
        _labelled(type=19, file_types=[f".{letter}" for letter in "abcdefghijk"]),
        _labelled(type=21, options=_options(1)),
        _labelled(type=21, options=_options(11)),
        {"title": "x" * 46},
        {"custom_id": ""},
        {"components": []},
        {"components": [_row(_button())]},
        {"components": [{"type": 18, "label": "x" * 46, "component": {"type": 4, "style": 1}}]},
        {
            "components": [
                {"type": 18, "label": "x", "component": {"type": 4, "style": 3, "custom_id": "a"}}
            ]
        },
        {
            "components": [
                {
                    "type": 18,
                    "label": "x",
                    "component": {"type": 19, "custom_id": "a", "max_values": 11},
                }
            ]
        },
    ],
)
async def test_modal_is_refused(
    discord_server: Discord, http: aiohttp.ClientSession, data: dict[str, Any]
):
    """A modal that Discord would not show is refused, and the interaction still waits."""
    good: dict[str, Any] = {
        "title": "x",
        "custom_id": "x",
        "components": [
            {"type": 18, "label": "x", "component": {"type": 4, "style": 1, "custom_id": "a"}}
        ],
    }
    made = opened(discord_server)
    refused = await http.post(callback(made), json={"type": 9, "data": {**good, **data}})
    assert await told(refused) == (400, 50035)
    assert (await http.post(callback(made), json={"type": 9, "data": good})).status == 200
