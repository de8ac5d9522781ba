"""Every way in which each call to Evolink can fail: where the images are, the quota, the card.

A row is one task of a new user; all rows of a table fail at the same time.
"""

import asyncio

from sandbox.faults import Fault, told
from tests.acceptance.studio import picture
from tests.acceptance.trouble import (
    BARE,
    DELIVERED,
    DROPPED,
    GARBAGE,
    GENERATIONS,
    LOST,
    REDIRECT,
    SLOW,
    End,
    ends,
    evolinks,
    not_drawn,
)

TASK = r"^/v1/tasks/"
RESULT = r"^/results/"
UPLOAD = r"^/api/v1/files/upload/stream$"
FILES = r"^/api/v1/files/"

ANY = {
    "dropped": DROPPED,
    "lost": LOST,
    "garbage": GARBAGE,
    "redirect": REDIRECT,
    **BARE,
    "500 in Evolink's words": evolinks(500, "internal_error"),
    "503 in Evolink's words": evolinks(503, "service_unavailable"),
    "503": {"status": 503},
}
#: What pauses everybody where it answers a submission; see ``test_evolink_errors.py``.
ACCOUNT = {
    "401": evolinks(401, "unauthorized"),
    "402": evolinks(402, "insufficient_quota"),
    "403": evolinks(403, "model_access_denied"),
    "429": evolinks(429, "rate_limit_exceeded", **{"Retry-After": "0"}),
}
#: Statuses from something in front of Evolink that lets nothing through: not Evolink's own words.
TURNED_AWAY = (400, 401, 402, 403, 404, 405, 413)
#: Nobody knows whether it was accepted: refunded, and never sent again.
UNKNOWN = End(
    "",
    20,
    "Not sure it went through / The connection dropped while sending. To avoid paying twice it "
    "isn't resent automatically; you can try again. / Not charged",
)
NEVER_DREW = End("", 20, UNKNOWN.card, drawn=0)


async def test_submitting(brisk):
    """What surely wasn't accepted is sent again; what may have been is refunded and reported.

    Evolink draws a task at most once, whatever happens.
    """

    async def live(story, how):
        story.evolink("POST", GENERATIONS, how)
        await story.ask()

    kinds = ANY | {
        "too slow": SLOW,
        "an answer without an id": told(200, {}) | {"apply_then_fail": True},
        "400": evolinks(400, "invalid_request"),
        "404": evolinks(404, "not_found"),
        **{f"a page, {status}": {"status": status} for status in TURNED_AWAY},
        "a page, 408": {"status": 408, "apply_then_fail": True},
        "503, and taken": {"status": 503, "apply_then_fail": True},
        "499": {"status": 499, "apply_then_fail": True},
    }
    assert await ends(brisk, kinds, live) == {
        "dropped": NEVER_DREW,
        "too slow": NEVER_DREW,
        "redirect": NEVER_DREW,
        "lost": UNKNOWN,
        "garbage": UNKNOWN,
        "an answer without an id": UNKNOWN,
        **dict.fromkeys(BARE, UNKNOWN),
        "500 in Evolink's words": DELIVERED,
        "503 in Evolink's words": DELIVERED,
        "503": NEVER_DREW,
        "503, and taken": UNKNOWN,
        "499": UNKNOWN,
        "400": not_drawn(
            "The image service couldn't process this. Try another prompt, size or pictures."
        ),
        "404": not_drawn("The image service reported an error (`not_found`)."),
        **{f"a page, {status}": DELIVERED for status in TURNED_AWAY},
        "a page, 408": UNKNOWN,
    }
    assert brisk.log().count("it isn't known whether Evolink accepted it") > 0


async def test_submitting_while_evolink_is_away(brisk):
    """The card says that the bot tries again; the task is accepted once Evolink is back."""

    async def live(story, how):
        fault = story.evolink("POST", GENERATIONS, how, times=None)
        await story.ask()
        await story.reads("Not accepted yet. Trying again.")
        fault.times = 0

    name = "503 in Evolink's words"
    assert await ends(brisk, {name: ANY[name]}, live) == {name: DELIVERED}


async def test_reading(brisk):
    """A read that fails says nothing about the drawing; the card says that the bot tries again."""

    async def live(story, how):
        fault = story.evolink("GET", TASK, how, times=None)
        await story.ask()
        await story.reads("The image service isn't responding. Checking again.")
        fault.times = 0

    kinds = ANY | ACCOUNT | {"404": evolinks(404, "task_not_found"), "too slow": SLOW}
    kinds |= {f"a page, {status}": {"status": status} for status in (401, 403, 404, 405, 408)}
    # Otherwise one request would read several tasks.
    apart = brisk.evolink.faults.add(Fault("POST", rf"{TASK}batch$", status=405, times=None))
    assert await ends(brisk, kinds, live) == dict.fromkeys(kinds, DELIVERED)
    apart.times = 0


async def test_downloading(brisk):
    """Whatever a link leads to, the bot tries again, and the card says so."""

    async def live(story, how):
        fault = story.evolink("GET", RESULT, how, times=None)
        await story.ask()
        await story.reads("Couldn't get all of your images yet. Trying again.")
        fault.times = 0

    kinds = {**BARE, **ACCOUNT, "dropped": DROPPED, "lost": LOST, "503": ANY["503"]}
    # To a place that answers 401.
    kinds |= {
        "redirect": REDIRECT,
        "garbage": GARBAGE,
        "403, expired": {"status": 403, "body": b"Request has expired"},
        "404": {"status": 404},
        "410": {"status": 410},
    }
    assert await ends(brisk, kinds, live) == dict.fromkeys(kinds, DELIVERED)


async def test_uploading(brisk):
    """A file service that fails costs nothing: Discord's own link is used."""
    turn = asyncio.Lock()

    async def live(story, how):
        async with turn:
            fault = story.anybodys("POST", UPLOAD, how)
            await story.ask(image=picture())
            await brisk.until(lambda: story.order)
            fault.times = 0

    full = told(500, {"success": False, "code": 40003, "msg": "full"})
    kinds = {kind: ANY[kind] for kind in ("dropped", "lost", "garbage", "redirect", "502")}
    kinds |= {"403": ACCOUNT["403"], "400": evolinks(400, "x"), "full": full}
    assert await ends(brisk, kinds, live) == dict.fromkeys(kinds, DELIVERED)
    sent = [str(order.payload["image_urls"]) for order in brisk.evolink.books.submissions]
    assert len([links for links in sent if brisk.discord.url in links]) == len(kinds)


async def test_taking_uploads_away(brisk):
    """An upload that cannot be deleted holds nothing up: Evolink drops it after three days."""
    brisk.evolink.faults.add(Fault("DELETE", FILES, probability=0.5, drop=True))
    brisk.evolink.faults.add(Fault("DELETE", FILES, status=500))

    async def live(story, _):
        await story.ask(image=picture())

    kinds = {"one": {}, "two": {}}
    assert await ends(brisk, kinds, live) == dict.fromkeys(kinds, DELIVERED)
