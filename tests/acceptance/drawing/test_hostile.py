"""Bad and hostile input through the wire: it changes nothing for anybody else, and is answered."""

from dataclasses import replace

import pytest

from sandbox.person import InteractionFailed, Upload
from tests.acceptance.results_kit import answered, number_of
from tests.acceptance.trouble import DELIVERED, Story, ends, not_drawn
from tests.kit.patience import PATIENCE
from tests.kit.pictures import bomb, png

ACTIONS = ("stop", "fetch", "again", "details", "more")


def _forged(message, custom_id: str):
    """Put another ``custom_id`` onto a message's first button, behind the bot's back."""

    def swap(part):
        if isinstance(part, dict):
            return {
                key: custom_id if key == "custom_id" else swap(value) for key, value in part.items()
            }
        return [swap(one) for one in part] if isinstance(part, list | tuple) else part

    message.become(replace(message.body, components=tuple(swap(message.body.components))))
    return message


async def test_somebody_elses_private_task(studio):
    """Its number reveals nothing and does nothing, whichever button it is forged onto."""
    card = await studio.slash("imagine", prompt="a secret", private=True)
    await studio.until(lambda: card.images)
    (number,) = {image.name.split("-")[1] for image in card.images}
    bob = studio.person(studio.world.bob)
    await bob.slash("imagine", prompt="a cat")
    (result,) = await studio.results()
    for action in ACTIONS:
        custom_id = f"task:{number}:{action}"
        answer = await bob.press(_forged(result, custom_id), custom_id)
        shown = [answer.message, *answer.followups]
        await studio.until(lambda shown=answer: shown.followups or not shown.loading)
        assert all(message.ephemeral for message in shown if message)
        assert not any("secret" in message.text or message.images for message in shown if message)

    assert card.images
    assert len(studio.evolink.books.submissions) == 2
    assert "19 left" in (await studio.slash("quota")).text
    assert "19 left" in (await studio.reads(await bob.slash("quota"), "left")).text


async def test_a_number_of_another_server(studio):
    """Somebody else's task is known only in its own server."""
    world = studio.world
    await studio.ann.slash("imagine", prompt="at home")
    (result,) = await studio.results()
    number = result.images[0].name.split("-")[1]
    guild = world.add_guild("Elsewhere", (world.ann, world.bob))
    elsewhere = world.add_channel(guild, "general")
    ann, bob = studio.person(world.ann, elsewhere), studio.person(world.bob, elsewhere)
    await ann.slash("imagine", prompt="away")
    (other,) = await studio.results(channel=elsewhere)
    custom_id = f"task:{number}:again"
    answer = await bob.press(_forged(other, custom_id), custom_id)

    assert "at home" not in (await studio.reads(answer, "task")).text
    assert len(studio.evolink.books.submissions) == 2


async def test_images_that_were_never_posted(studio):
    """Only their requester sees anything of images that wait to be collected."""
    studio.evolink.behaviour.unfinished = True
    card = await studio.ann.slash("imagine", prompt="not now")
    await studio.until(lambda: "Stop waiting" in card.message.buttons)
    await studio.ann.press(card.message, "Stop waiting")
    studio.evolink.behaviour.unfinished = False
    listed = await studio.slash_until(
        "tasks", lambda answer: {"Get images", "More…"} <= set(answer.buttons)
    )
    anns = await studio.reads(await studio.ann.press(listed, "More…"), "Image 1")
    assert anns.images
    bob = studio.person(studio.world.bob)
    await bob.slash("imagine", prompt="a cat")
    (result,) = await studio.results()
    number = number_of(listed)
    for action in ("task:{}:more", "task:{}:edit", "result:{}:0:original", "result:{}:0:use"):
        custom_id = action.format(number)
        answer = await bob.press(_forged(result, custom_id), custom_id)
        said = await studio.reads(answer, "isn't yours")
        assert not said.images


async def test_buttons_that_never_were(studio):
    """Nonsense is not answered, and the bot goes on."""
    await studio.ann.slash("imagine", prompt="a fox")
    (result,) = await studio.results()
    studio.discord.behaviour.ack_seconds = 0.5
    nonsense = ("task:x:stop", "task:-1:stop", "task:1:drop", f"task:{10**19}:stop", "x" * 100)
    for custom_id in nonsense:
        with pytest.raises(InteractionFailed):
            await studio.ann.press(_forged(result, custom_id), custom_id)
    studio.discord.behaviour.ack_seconds = PATIENCE

    assert "19 left" in (await studio.slash("quota")).text
    assert "Traceback" not in studio.log()


#: Buttons of panels and lists, which only the person who opened them sees.
PANELS = (
    "task:{}:panel", "result:{}:0:panel", "task:{}:delete", "result:{}:0:delete", "tasks:1:all:",
    "tray:clear", "defaults:reset", "privacy:show",
)  # fmt: skip


async def test_buttons_of_panels_on_what_everybody_sees(studio):
    """The answer comes separately: nobody replaces a public result with their own panel or list."""
    await studio.ann.slash("imagine", prompt="a fox")
    (result,) = await studio.results()
    text, number = result.text, number_of(result)
    bob = studio.person(studio.world.bob)
    for action in PANELS:
        custom_id = action.format(number)
        answer = await answered(studio, await bob.press(_forged(result, custom_id), custom_id))
        assert answer.ephemeral, action
        assert (result.text, len(result.images)) == (text, 1), action


async def test_attachments_that_lie(studio):
    """A file that is no picture ends its task with a sentence; no bomb is ever decoded."""
    lies = {
        "a bomb": Upload("a.png", bomb(20_000)),
        "a page": Upload("b.png", b"<html><script>alert(1)</script></html>" * 100),
        "only a header": Upload("c.png", png(400, 400)[:40]),
        "no pixels": Upload("c.png", bomb(0)),
        "a torn picture": Upload("c.png", png(400, 400)[:200]),
        "without its last bytes": Upload("c.png", png(400, 400)[:-30]),
        "nothing": Upload("d.png", b""),
    }
    before = studio.bot.peak_bytes()

    async def live(story, lie):
        await story.ask(image=lie["upload"])

    found = await ends(studio, {name: {"upload": lie} for name, lie in lies.items()}, live)
    unreadable = "Picture 1 can't be read; the file may be damaged. Save it again and re-attach it."
    no_picture = (
        "Picture 1 isn't a supported format. Use JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF."
    )
    assert found == {
        "a bomb": not_drawn("Picture 1 has too many pixels (limit 64 megapixels)."),
        "a page": not_drawn(no_picture),
        "only a header": not_drawn(unreadable),
        "no pixels": not_drawn(unreadable),
        # Every browser shows the part that is there.
        "a torn picture": DELIVERED,
        "without its last bytes": DELIVERED,
        "nothing": not_drawn(no_picture),
    }
    assert studio.bot.peak_bytes() - before < 100_000_000


async def test_an_attachment_that_is_too_large(studio):
    """50 MB are the most; it is refused before it is fetched, and nothing is held."""
    # The highest tier: Discord's client lets 100 MB through.
    studio.world.studio.tier = 3
    refused = await studio.ann.slash(
        "imagine", prompt="a fox", image=Upload("big.png", png() + bytes(50_100_000))
    )

    assert (await studio.reads(refused, "50 MB", "a fox")).ephemeral
    assert not studio.discord.books.downloads
    assert "20 left" in (await studio.slash("quota")).text


async def test_a_prompt_full_of_mentions_and_markdown(studio):
    """Nobody but the requester is ever pinged, and no link, heading or spoiler comes to life."""
    world = studio.world
    prompt = (
        f"@everyone @here {world.bob.mention} <@&{world.studio.id}> <#{world.general.id}>\n"
        "# heading\n-# small\n> quote\n||spoiler|| [click](https://evil.example) ```py\nx``` `y`"
    )
    await studio.ann.slash("imagine", prompt=prompt)
    (result,) = await studio.results()
    menu = await answered(studio, await studio.ann.press(result, "More…"))
    await answered(studio, await studio.ann.press(menu, "Details"))
    await studio.slash("tasks")
    await studio.ann.slash("imagine", prompt=prompt, size="huge")
    await studio.quiet()

    (order,) = studio.evolink.books.submissions
    assert order.prompt.splitlines()[0] == "@everyone @here bob @everyone general"
    assert order.prompt.splitlines()[1:] == prompt.splitlines()[1:]
    assert result.pinged == {world.ann.id}
    for message in studio.discord.books.messages:
        assert message.pinged <= {world.ann.id}
    for text in ("@everyone", "](https://evil", "||spoiler||", "\n# heading", world.bob.mention):
        assert text not in result.text


async def test_odd_unicode(studio):
    """Whatever can be typed is drawn as it was typed, and posted once.

    Only what nothing else accepts is left out: NUL and other control characters.
    """
    prompts = {
        "right to left": "a \u202efox\u202c of \u05d0\u05d1\u05d2",
        "a tower of accents": "fo" + "\u0301" * 300 + "x",
        "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467 in the snow",
        "control signs": "a\x00fox\x1b[31m\x07",
        "beyond the plane": "\U0010ffff\U000e0001fox",
        "wide": "\uff20everyone \uff0a\uff0abold",
    }

    async def live(story, how):
        story.prompt = f"{story.prompt} {how['text']}"
        await story.ask()
        story.prompt = story.prompt.translate(str.maketrans("", "", "\x00\x07\x1b"))

    found = await ends(studio, {name: {"text": text} for name, text in prompts.items()}, live)
    assert found == dict.fromkeys(prompts, DELIVERED)


async def test_prompts_that_nobody_sees(studio):
    """A prompt of nothing but invisible characters is empty: nothing is drawn or charged."""
    unseen = ("\u2003 \u00a0", "\u3164\u2800", "\u200b\ufeff", "\x00\x07", "\U000e0041\u00ad")
    for prompt in unseen:
        refused = await studio.ann.slash("imagine", prompt=prompt)
        shown = await studio.reads(refused, "The prompt is empty")
        assert shown.ephemeral
        assert "> \u2026" in shown.text
    await studio.quiet()

    assert not studio.evolink.books.submissions
    assert not studio.posted()
    assert "20 left" in (await studio.slash("quota")).text


@pytest.mark.parametrize("base", ["https://10.0.0.1", "http://8.8.8.8", "https://[::ffff:7f00:1]"])
async def test_results_at_private_addresses(studio, base):
    """Links into the operator's network, or without TLS, are not followed; the task is refunded."""
    results = studio.evolink._results
    home = results.base
    results.base = base
    try:
        story = Story(studio, "inside")
        await story.ask()
        end = await story.end()
    finally:
        results.base = home

    why = "The images were drawn but couldn't be downloaded. Try again."
    assert end == not_drawn(why, drawn=1)


async def test_results_at_a_name_that_leads_inside(own):
    """The link isn't followed, but is tried again: the name may lead elsewhere tomorrow."""
    own.evolink._results.base = "https://localhost"
    await own.ann.slash("imagine", prompt="inside")
    await own.until(lambda: own.log().count("localhost is not public") > 1)
    assert not own.posted()
