"""What somebody hid stays hidden: hidden in, hidden out."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.discord.messages import Message
from sandbox.person import Upload
from tests.acceptance.results_kit import answered
from tests.kit.pictures import png


def hidden(message: Message) -> list[bool]:
    """Tell of each picture that components show whether it is hidden."""
    return [bool(part.get("spoiler")) for part in _shown(message.components)]


def _shown(parts: Any) -> Iterator[Any]:
    for part in parts:
        if "media" in part:
            yield part
        for inner in ("items", "components"):
            yield from _shown(part.get(inner, ()))
        if "accessory" in part:
            yield from _shown([part["accessory"]])


@pytest.mark.parametrize("name", ["SPOILER_a.png", "a.png"])
async def test_hidden_in_hidden_out(studio, name):
    """The result, its menu, /tasks, the original, and what is drawn from it."""
    hides = name.startswith("SPOILER_")
    await studio.slash("imagine", prompt="a fox", image=Upload(name, png()))
    (result,) = await studio.results()
    assert hidden(result) == [hides]

    await studio.quiet()
    menu = await answered(studio, await studio.ann.press(result, "More…"))
    assert hidden(menu) == [hides]
    original = await answered(studio, await studio.ann.press(menu, "Original file"))
    assert original.images[0].name.startswith("SPOILER_") is hides
    assert hidden(await studio.slash("tasks")) == [hides]
    tray = await answered(studio, await studio.ann.menu("Use as reference", result))
    assert hidden(tray) == [hides]
    await studio.ann.press(menu, "4K (uses 1)" if "4K (uses 1)" in menu.buttons else "Redraw in 4K")
    again = (await studio.results(2))[1]
    assert hidden(again) == [hides]
