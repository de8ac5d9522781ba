"""Every way in which each call to Discord can fail: where the images are, the quota, the card.

A row is one task of a new user; all rows of a table fail at the same time.
"""

import asyncio

import pytest

from sandbox.faults import front, limited
from tests.acceptance.studio import opened, picture
from tests.acceptance.trouble import (
    BARE,
    DELIVERED,
    DROPPED,
    GARBAGE,
    LOST,
    REDIRECT,
    SLOW,
    End,
    Story,
    ends,
    for_ever,
    impatient,
    not_drawn,
    says,
)
from tests.kit.patience import slowness

ON_CARD = End("card", 19, "the images")
FOLLOW_UP = End("follow-up", 19)
DIRECT = End("direct", 19)
#: It can be collected, so it is charged, collected or not.
KEPT_TEXT = (
    "Ready to collect / Your images are ready, but the bot couldn't post them here. "
    "/ 1 image charged"
)
KEPT = End("/tasks", 19, KEPT_TEXT)

ANY = {
    "dropped": DROPPED,
    "lost": LOST,
    "too slow": SLOW,
    "garbage": GARBAGE,
    **BARE,
    "503": {"status": 503},
    "429": limited(0.2),
    "the bot's token is withdrawn": says(401, 0),
    # The answer comes from something in front of Discord, or from another program.
    "a page, 403": front(403),
    "a page, 404": front(404),
    "a code of nobody's": says(403, 1),
    "redirect": REDIRECT,
    "a page, 429": front(429, "0"),
}
NO = {
    "400": for_ever(says(400, 50035)),
    "403": for_ever(says(403, 50013)),
    "404": for_ever(says(404, 10003)),
    "dead token": for_ever(says(401, 50027)),
}
#: Requesters never hear of these answers.
UNHEARD = ("the bot's token is withdrawn", *list(ANY)[-5:])


async def test_answering(brisk):
    """A card that came through is found and the task goes on; without one all is given back.

    What Discord surely refuses is told to the user instead.
    """

    async def live(story, how):
        story.answering(how)
        await story.ask()

    kinds = ANY | {
        "too late": says(404, 10062),
        "no": says(400, 50035),
        "acknowledged": says(400, 40060) | {"apply_then_fail": True},
    }
    never = ("dropped", "too slow", *UNHEARD, "too late")
    found = await ends(brisk, kinds, live)
    refused = found.pop("no")
    kinds.pop("no")
    assert found == dict.fromkeys(kinds, DELIVERED) | dict.fromkeys(never, End("", 20, drawn=0))
    assert (refused.left, refused.drawn) == (20, 0)
    assert refused.card.endswith("Discord doesn't let the bot do this here. Ask an admin.")


async def test_editing_the_card(brisk):
    """Whatever happens to a card's edits, the images come."""
    kinds = ANY | NO
    brisk.evolink.behaviour.unfinished = True
    yet_to_meet = set(kinds)

    async def live(story, how):
        fault = story.discord("PATCH", story.original, how, times=None)
        await story.ask()
        await brisk.until(lambda: fault.met)
        yet_to_meet.discard(story.name)
        brisk.evolink.behaviour.unfinished = bool(yet_to_meet)

    assert await ends(brisk, kinds, live) == dict.fromkeys(kinds, DELIVERED)


async def test_telling_the_end(brisk):
    """The card of a task that failed says so in the end, once Discord works again."""
    brisk.evolink.behaviour.drawing_seconds = 0.8
    brisk.evolink.behaviour.moderate_words = ["fox"]

    async def live(story, how):
        await story.asked()
        fault = story.discord("PATCH", story.original, how, times=None)
        await brisk.until(lambda: fault.met and story.order.ended)
        await asyncio.sleep(0.2)
        fault.times = 0

    why = "Blocked by the image service's content rules. Change the prompt or the pictures."
    assert await ends(brisk, ANY, live) == dict.fromkeys(ANY, not_drawn(why, drawn=1))


async def test_taking_the_card_away(brisk):
    """The images are there; the card goes as soon as Discord allows it, or else says so."""

    async def live(story, how):
        story.discord("DELETE", story.original, how)
        await story.ask()

    kinds = ANY | {"dead token": NO["dead token"]}
    stays = {kind: NO[kind] for kind in ("400", "403")}
    done = End("channel", 19, "Done / Your images are posted. / 1 image charged")
    found = await ends(brisk, kinds | stays, live)
    assert found == dict.fromkeys(kinds, DELIVERED) | dict.fromkeys(stays, done)


async def test_posting(brisk):
    """What may have been posted is looked for and is there once; if refused, the card shows it."""

    async def live(story, how):
        story.discord("POST", story.messages, how)
        await story.ask()

    once = {"413": says(413, 40005), "too slow, and comes later": {"outlasts": True}}
    kinds = ANY | NO | once
    assert await ends(brisk, kinds, live) == dict.fromkeys(kinds, DELIVERED) | dict.fromkeys(
        NO, ON_CARD
    )


async def test_looking_for_a_post(brisk):
    """A post without an answer is looked for until found; where looking is refused, it is kept.

    In all of these cases it was posted; posting again would make two.
    """

    async def live(story, how):
        story.discord("POST", story.messages, LOST)
        story.discord("GET", story.messages, how)
        await story.ask()

    kept = End("channel + /tasks", 19, KEPT_TEXT)
    assert await ends(brisk, ANY | NO, live) == dict.fromkeys(ANY, DELIVERED) | dict.fromkeys(
        NO, kept
    )


@pytest.mark.parametrize("private", [False, True])
async def test_onto_the_card(brisk, private):
    """Where the channel is closed the card becomes the result; where that fails, a follow-up."""

    async def live(story, how):
        if not private:
            story.discord("POST", story.messages, says(403, 50013), times=None)
        story.onto_the_card(how)
        await story.ask()

    found = await ends(brisk, ANY | NO, live, private=private)
    assert found == dict.fromkeys(ANY, ON_CARD) | dict.fromkeys(NO, FOLLOW_UP)


async def test_a_gallery_that_cannot_be_edited_in(brisk):
    """Discord's open bug (400): one private follow-up, never repeated.

    If nobody knows whether it arrived, the images stay in /tasks as well.
    """

    async def live(story, how):
        story.discord("POST", story.messages, says(403, 50013), times=None)
        story.onto_the_card(says(400, 50035), times=None)
        story.discord("POST", story.follow_ups, how)
        await story.ask()

    there = End("follow-up + /tasks", 19, KEPT_TEXT)
    assert await ends(brisk, ANY | NO, live) == dict.fromkeys(NO, DIRECT) | {
        "lost": there,
        "garbage": there,
        **dict.fromkeys(BARE, there),
        "dropped": KEPT,
        "too slow": KEPT,
        "503": KEPT,
        "429": FOLLOW_UP,
        **dict.fromkeys(UNHEARD, FOLLOW_UP),
    }


@pytest.mark.parametrize("call", ["opening", "posting"])
async def test_direct_messages(brisk, call):
    """The last way: what may have arrived is looked for; if it is closed, the images are kept."""

    async def live(story, how):
        story.discord("POST", story.messages, says(403, 50013), times=None)
        story.onto_the_card(says(400, 50035), times=None)
        story.discord("POST", story.follow_ups, says(403, 50013), times=None)
        if call == "opening":
            story.opening(how)
        else:
            story.discord("POST", story.direct, how)
        await story.ask()

    passing = {kind: ANY[kind] for kind in ("dropped", "lost", "502", "429")}
    closed = {"closed": for_ever(says(403, 50007)), "400": NO["400"]}
    found = await ends(brisk, passing | closed, live)
    assert found == dict.fromkeys(passing, DIRECT) | dict.fromkeys(closed, KEPT)


async def test_fetching_what_is_attached(brisk):
    """Temporary trouble is retried until it works; a lost file ends the task, with its number."""

    async def live(story, how):
        fault = story.discord(
            "GET", rf"^/ephemeral-attachments/{story.channel.id}/", how, times=None
        )
        await story.ask(image=picture())
        await brisk.until(lambda: fault.met > 3 or "Not charged" in story.states())
        fault.times = 0

    passing = {kind: how for kind, how in ANY.items() if kind not in {"garbage", "too slow"}}
    for kind in ("the bot's token is withdrawn", "a code of nobody's", "redirect"):
        del passing[kind]
    gone = not_drawn("Picture 1 is no longer available. Attach it again.")
    kinds = passing | {
        "403": {"status": 403, "body": b"no"},
        "404": {"status": 404, "body": b"This content is no longer available."},
        "garbage": GARBAGE,
        "redirect": REDIRECT,
    }
    assert await ends(brisk, kinds, live) == dict.fromkeys(passing, DELIVERED) | {
        "403": gone,
        "404": gone,
        "garbage": not_drawn(
            "Picture 1 isn't a supported format. Use JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF."
        ),
        "redirect": not_drawn("Picture 1 isn't from Discord. Attach it to the command."),
    }


async def test_thinking(tmp_path):
    """If "thinking" is answered first, another call brings the card."""
    slow_database = {"ANSWER_SECONDS": "0.0001"}
    async with opened(tmp_path, **(impatient(slowness()) | slow_database)) as studio:

        async def announced(story, how):
            story.answering(how)
            await story.asked()

        async def filled(story, how):
            story.filling(how)
            await story.asked()

        kinds = {kind: ANY[kind] for kind in ("dropped", "lost", "502", "429")}
        late = {"too late": says(404, 10062)}
        assert await ends(studio, kinds | late, announced) == dict.fromkeys(kinds | late, DELIVERED)
        assert await ends(studio, kinds, filled) == dict.fromkeys(kinds, DELIVERED)


@pytest.mark.parametrize("private", [False, True])
async def test_kept_images_are_fetched_from_their_card(brisk, private):
    """If no way was open, the card has the button; it is charged once, however often pressed."""
    story = Story(brisk, "kept", private=private)
    story.person.user.takes_dms = False
    if not private:
        story.discord("POST", story.messages, says(403, 50013), times=None)
    story.onto_the_card(says(400, 50035), times=None)
    story.discord("POST", story.follow_ups, says(403, 50013), times=None)
    await story.ask()
    await story.reads("Ready to collect")
    assert story.card is not None
    for fault in story.faults:
        fault.times = 0
    for _ in range(2):
        fetched = await story.person.press(story.card, "Get images")
        await brisk.until(lambda fetched=fetched: fetched.followups)
        assert fetched.followups[0].images
        assert fetched.followups[0].ephemeral
        await story.reads("1 image charged")

    assert (await story.end()).left == 19
    page = await brisk.reads(await story.person.slash("tasks"), "Done")
    menu = await brisk.reads(await story.person.press(page, "More…"), "Image 1")
    await brisk.reads(await story.person.press(menu, "Details"), "1 image charged")
