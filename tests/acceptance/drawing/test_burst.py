"""More than the bot can serve: commands all at once, and floods of large pictures by every way."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from io import BytesIO

import pillow_heif
from PIL import Image

from sandbox.faults import Fault, told
from sandbox.person import Upload
from tests.acceptance.results_kit import answered, opened_form, posted
from tests.acceptance.studio import opened, picture

#: Discord's own limit, here for CPU time, so that the machine's other work doesn't matter. These
#: two hundred took 1.7 s.
ACK_SECONDS = 3.0
USERS, EACH, QUOTA, QUEUE = 20, 10, 3, 40
SETTINGS = {
    "QUOTA_IMAGES": str(QUOTA),
    "QUEUE_LIMIT": str(QUEUE),
    "MAX_RUNNING": "10",
    "USER_RUNNING": "2",
    "EDIT_SECONDS": "2",
    # The defaults: on a busy machine, an answer may come later than the 5 s of other tests,
    # and a task that tries alone may take longer than half a second.
    "LEASE_SECONDS": "60",
    "PAUSE_SECONDS": "60",
    # Coverage would double the CPU time.
    "COVERAGE_PROCESS_START": "",
}
#: Discord measures no HEIC, so each counts as the most that the bot would decode.
UNMEASURED = {
    f"image{number if number > 1 else ''}": Upload(f"{number}.heic", b"?")
    for number in range(1, 15)
}
SAYS = "large pictures in the last 10 minutes"


async def test_two_hundred_at_once(tmp_path):
    """Each is answered within three seconds; nobody gets more than their quota, all take turns.

    Those beyond QUOTA_IMAGES and QUEUE_LIMIT are refused with a sentence and their prompt.
    """
    async with opened(tmp_path, **SETTINGS) as studio:
        # Nothing is drawn until all are there: meanwhile one task at a time tries Evolink.
        error = {"error": {"code": "rate_limit_exceeded", "message": "", "type": "x"}}
        wait = Fault("POST", "/v1/images", **told(429, error, **{"Retry-After": "2"}))
        studio.evolink.faults.add(wait)
        studio.discord.behaviour.ack_seconds = 60.0
        # Forty results in one channel would wait a minute for Discord's limits.
        studio.discord.behaviour.rate_limits = False
        people = _people(studio)
        early = await _imagine(people[0], 0)
        await studio.until(lambda: wait.met)
        before = studio.bot.cpu_seconds()
        # The first user's ten come first.
        asked = await asyncio.gather(
            *(_imagine(person, number) for person in people for number in range(EACH))
        )
        asked.append(early)
        assert studio.bot.cpu_seconds() - before < ACK_SECONDS
        await studio.until(lambda: len(_refused(asked)) + len(_shown(asked)) == len(asked), 120)
        accepted = Counter(one.user.id for one in _shown(asked))
        # One may have left the queue to try.
        assert QUEUE <= accepted.total() <= QUEUE + 1
        assert max(accepted.values()) <= QUOTA
        studio.evolink.faults.remove(wait)
        await studio.quiet(seconds=120)

        _assert_turns(studio)
        drawn = Counter(order.prompt.split()[-1] for order in studio.evolink.books.submissions)
        assert drawn == {str(user): count for user, count in accepted.items()}
        assert len(studio.posted()) == accepted.total()
        assert not studio.discord.books.violations


def _imagine(person, number):
    return person.slash("imagine", prompt=f"{number} of {person.user.id}")


def _people(studio):
    world = studio.world
    users = [world.add_person(f"user {number}") for number in range(USERS)]
    for user in users:
        world.join(world.studio, user)
    return [studio.person(user) for user in users]


def _answers(interaction):
    return [one for one in (interaction.message, *interaction.followups) if one is not None]


def _refused(asked):
    """Those who were told why and given the prompt back, privately."""
    return [
        one
        for one in asked
        for message in _answers(one)
        if message.ephemeral
        and f"of {one.user.id}" in message.text
        and ("used all your images" in message.text or "queue is full" in message.text)
    ]


def _shown(asked):
    """Those whose card was shown, even if it is gone by now. A "thinking" has no text."""
    return [
        one
        for one in asked
        for message in _answers(one)
        if not message.ephemeral and f"of {one.user.id}" in message.text
    ]


def _assert_turns(studio):
    """Nobody's third task is sent before everybody who waits has had their first."""
    firsts, thirds = {}, []
    seen = Counter()
    for place, order in enumerate(studio.evolink.books.submissions):
        user = order.prompt.split()[-1]
        seen[user] += 1
        firsts.setdefault(user, place)
        if seen[user] == 3:
            thirds.append(place)
    assert max(firsts.values()) < min(thirds, default=10**6)


async def test_a_flood_of_large_pictures(studio):
    """Command, form and tray refuse it; without pictures, for others or later it is drawn."""
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
    """Many small pictures that Discord does not measure are no flood once their bytes came."""
    out = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "teal")).save(out)
    small = {name: Upload(f"{name}.heic", out.getvalue()) for name in UNMEASURED}
    for number in range(5):
        await studio.ann.slash("imagine", prompt=f"fox {number}", **small)
        await posted(studio, f"fox {number}")
