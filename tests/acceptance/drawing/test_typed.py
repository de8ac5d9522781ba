"""Habits from other bots: flags and links in the prompt, sizes that can't be drawn."""
# ruff: noqa: RUF001 - pixels have a multiplication sign

from tests.acceptance.results_kit import answered, left, opened_form, order, posted
from tests.acceptance.studio import picture


async def test_flags_at_the_end(studio):
    """They become options: shown as such, and not sent with the prompt."""
    await studio.ann.slash("imagine", prompt="a fox on skis --ar 16:9 --q 4k --n 2")
    result = await posted(studio, "a fox on skis")

    assert "16:9 · 4K · 5504×3040 · 2 images" in result.text
    assert "--" not in result.text
    assert "--" not in order(studio, "a fox on skis").prompt


async def test_flags_that_mean_nothing(studio):
    """The user is told before anything is drawn; one press sends the rest."""
    had = await left(studio)
    refused = await answered(studio, await studio.ann.slash("imagine", prompt="a skater --v 6"))
    assert "I don't know" in refused.text
    assert refused.buttons == ["Send without it (uses 1)", "Edit and resend"]
    assert await left(studio) == had
    await studio.ann.press(refused, "Send without it (uses 1)")
    await posted(studio, "a skater")

    assert order(studio, "a skater").prompt == "a skater"
    assert await left(studio) == had - 1


async def test_nothing_that_was_typed_after_a_flag_is_lost(studio):
    """The form opens with all of it; without the flag, all other words are drawn."""
    typed = "--style anime a girl in a red dress"
    refused = await answered(studio, await studio.ann.slash("imagine", prompt=typed))
    assert "--style anime”" in refused.text
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    assert typed in str(form.data)
    await studio.ann.press(refused, "Send without it (uses 1)")
    await posted(studio, "a girl in a red dress")

    assert order(studio, "a girl").prompt == "a girl in a red dress"


async def test_a_picture_elsewhere(studio):
    """The bot doesn't open it, and nothing is charged; the form takes the picture itself."""
    had = await left(studio)
    typed = "https://i.imgur.com/cat.png as a sailor"
    refused = await answered(studio, await studio.ann.slash("imagine", prompt=typed))
    assert "Attach the picture instead" in refused.text
    assert await left(studio) == had
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    await studio.ann.fill(form, **{"More pictures": picture(width=64)})
    await posted(studio, "as a sailor")

    assert order(studio, "as a sailor").prompt == "as a sailor"
    assert [each.width for each in order(studio, "as a sailor").references] == [64]


async def test_a_size_that_cannot_be_drawn(studio):
    """The nearest size is offered while typing, and by a button."""
    (choice,) = await studio.ann.autocomplete("imagine", "size", "1920x1080", prompt="a fox")
    assert choice["value"] == "2560x1440"
    assert choice["name"] == "2560x1440 · nearest to 1920×1080"
    refused = await answered(
        studio, await studio.ann.slash("imagine", prompt="a small fox", size="1920x1080")
    )
    assert "Nearest: 2560x1440." in refused.text
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    assert "2560x1440" in str(form.data)
    await studio.ann.press(refused, "Use 2560x1440 (uses 1)")
    await posted(studio, "a small fox")

    assert order(studio, "a small fox").payload["size"] == "2560x1440"


async def test_the_nearest_size_has_no_quality(studio):
    """Exact pixels rule out a quality: with one, the button would only be refused again."""
    refused = await answered(
        studio,
        await studio.ann.slash("imagine", prompt="a sharp fox", size="1920x1080", quality="4K"),
    )
    await studio.ann.press(refused, "Use 2560x1440 (uses 1)")
    await posted(studio, "a sharp fox")

    assert order(studio, "a sharp fox").payload["size"] == "2560x1440"


async def test_sizes_as_people_write_them(studio):
    """What looks like a ratio counts as one."""
    (first, *_) = await studio.ann.autocomplete("imagine", "size", "16/9", prompt="a fox")
    assert first["value"] == "16:9"
    await studio.ann.slash("imagine", prompt="a wide fox", size="16x9")
    assert "16:9 · 2K" in (await posted(studio, "a wide fox")).text
    await studio.ann.slash("imagine", prompt="a tall fox --ar portrait")
    assert "9:16 · 2K" in (await posted(studio, "a tall fox")).text


async def test_people_channels_and_emoji_go_out_by_name(studio):
    """Their ids mean something only to Discord."""
    world = studio.world
    typed = f"<@{world.bob.id}> in <#{world.art.id}> with <a:party_hat:123> and <@99>, mentioned"
    await studio.ann.slash("imagine", prompt=typed)
    result = await posted(studio, "mentioned")

    assert order(studio, world.bob.name).prompt == (
        f"{world.bob.name} in {world.art.name} with party hat and , mentioned"
    )
    assert world.bob.name in result.text


async def test_a_name_is_no_option(studio):
    """People choose their names, but not what others who name them draw and pay."""
    world, had = studio.world, await left(studio)
    for number, name in enumerate(("Eve --n 15 --q 4k", "Eve \u2014n 15", "http://eve.png x")):
        eve = world.add_person(name)
        world.join(world.studio, eve)
        await studio.ann.slash("imagine", prompt=f"<@{eve.id}> in a named boat {number}")
        result = await posted(studio, f"in a named boat {number}")
        assert "4K" not in result.text
        assert len(result.images) == 1
        # Nor when it is sent again.
        await studio.ann.press(result, "Again (uses 1)")
        assert len((await posted(studio, f"in a named boat {number}", 2)).images) == 1
    assert await left(studio) == had - 6


async def test_references_are_numbered(studio):
    """The card counts them as the model does, and so does what is sent."""
    card = await studio.ann.slash(
        "imagine",
        prompt="put image 2 on image 5",
        image2=picture("cat.png", width=61),
        image5=picture("sofa.png", width=62),
    )
    await posted(studio, "put image 1 on image 2")

    assert card.message is not None
    assert any("1 cat.png · 2 sofa.png" in body.text for body in card.message.edits)
    assert [each.width for each in order(studio, "put image 1").references] == [61, 62]


async def test_pictures_of_a_message_are_chosen(studio):
    """Of several, only those that are kept are used."""
    said = studio.ann.say("look", files=[picture(f"{n}.png", width=60 + n) for n in range(3)])
    form = await opened_form(studio, await studio.ann.menu("Edit with Imagine", said))
    await studio.ann.fill(form, prompt="only two of three", keep=["0", "2"])
    await posted(studio, "only two of three")

    assert [each.width for each in order(studio, "only two").references] == [60, 62]


async def test_pictures_are_called_by_the_numbers_of_the_form(studio):
    """The model gets only those that are kept, and numbers them itself."""
    said = studio.ann.say("look", files=[picture(f"{n}.png", width=60 + n) for n in range(3)])
    form = await opened_form(studio, await studio.ann.menu("Edit with Imagine", said))
    assert "3 · 2.png" in str(form.data)
    await studio.ann.fill(form, prompt="put image 1 on image 3 --n 2", keep=["0", "2"])
    result = await posted(studio, "put image 1 on image 2")

    assert [each.width for each in order(studio, "put image 1").references] == [60, 62]
    assert len(result.images) == 2
