"""Floods of large pictures, through the wire: refused before they wait, by every door."""

import sqlite3
from contextlib import closing
from io import BytesIO

import pillow_heif
from PIL import Image

from sandbox.person import Upload
from tests.acceptance.results_kit import answered, opened_form, posted
from tests.acceptance.studio import picture

#: Discord measures no HEIC, so it counts with the most that is decoded.
UNMEASURED = {
    f"image{number if number > 1 else ''}": Upload(f"{number}.heic", b"?")
    for number in range(1, 15)
}
SAYS = "large pictures in the last 10 minutes"


async def test_a_flood_of_large_pictures(studio):
    """By command, form and tray; without pictures, by others, or ten minutes later one draws."""
    bob = studio.person(studio.world.bob)
    for _ in range(3):
        shown = await answered(studio, await studio.ann.slash("imagine", prompt="x", **UNMEASURED))
        await studio.until(lambda shown=shown: "Couldn't draw this" in shown.text)
    refused = await studio.reads(
        await studio.ann.slash("imagine", prompt="a patient fox", image=picture()), SAYS
    )
    assert refused.ephemeral
    assert "a patient fox" in refused.text
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    again = await studio.reads(await studio.ann.fill(form), SAYS)
    menu = await studio.ann.menu("Use as reference", bob.say("look", files=[picture()]))
    tray = await answered(studio, menu)
    form = await opened_form(studio, await studio.ann.press(tray, "Draw with these…"))
    await studio.reads(await studio.ann.fill(form, Prompt="a collected fox"), SAYS)
    await studio.reads(await studio.ann.slash("quota"), "20 left")

    await studio.ann.slash("imagine", prompt="a fox of words")
    await posted(studio, "a fox of words")
    await bob.slash("imagine", prompt="bob's fox", image=picture())
    await posted(studio, "bob's fox")
    with closing(sqlite3.connect(studio.folder / "data" / "imagine.db", timeout=5)) as rows, rows:
        rows.execute("UPDATE task SET created_at = created_at - 600000")
    form = await opened_form(studio, await studio.ann.press(again, "Edit and resend"))
    await studio.ann.fill(form)
    await posted(studio, "a patient fox")


async def test_what_was_looked_at_counts_as_it_is(studio):
    """Many small pictures that Discord does not measure are no flood, once their bytes came."""
    out = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "teal")).save(out)
    small = {name: Upload(f"{name}.heic", out.getvalue()) for name in UNMEASURED}
    for number in range(5):
        await studio.ann.slash("imagine", prompt=f"fox {number}", **small)
        await posted(studio, f"fox {number}")
