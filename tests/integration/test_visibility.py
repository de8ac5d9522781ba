"""Who sees what: every viewer, state, way and button together, on a real store.

The tables are written out by hand: they are what is promised, not what the rule computes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from PIL import Image

from bot.domain.durations import Durations
from bot.domain.ids import InteractionId, MessageId, ServerId, TaskId, UserId
from bot.domain.reference import Reference
from bot.domain.requester import Requester
from bot.domain.result import PUBLISHED, Post, Result, Way
from bot.domain.source import reference_to
from bot.domain.state import Reason
from bot.domain.task import Task
from bot.domain.visibility import Viewer
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable
from bot.files import FileStorage
from bot.refusals import ImagesGone, NotAllowed, NotFound
from bot.services.front.deletion import Deletion
from bot.services.shared.downloads import ResultDownloads
from bot.services.shared.results import Results
from bot.services.shared.visibility import Visibility
from bot.store.store import Store
from tests.fakes.evolink import UnreachableEvolink
from tests.fakes.post_lookup import FakePostLookup
from tests.integration.store_kit import GUILD, NOW, USER, opened, run

STRANGER, CHANNEL = UserId(USER + 1), 30
#: Two pages of two, and one image that couldn't be posted.
IMAGES = 5


def standing(messages: set[int]) -> FakePostLookup:
    """Return a lookup by which only these messages still exist."""
    return FakePostLookup({(CHANNEL, message) for message in messages})


@dataclass
class Stage:
    """A store with one task of USER's, and the services that show it."""

    store: Store
    discord: FakePostLookup
    storage: FileStorage
    task: Task

    @property
    def visibility(self) -> Visibility:
        return Visibility(self.store, self.discord)

    @property
    def results(self) -> Results:
        return Results(
            store=self.store,
            storage=self.storage,
            downloads=ResultDownloads(self.store, UnreachableEvolink(), self.storage),
            visibility=self.visibility,
            durations=Durations(),
            clock=lambda: NOW,
        )

    @property
    def deletion(self) -> Deletion:
        return Deletion(self.store, lambda: NOW, lambda: None, timeout=0)


def page(number: int, way: Way, message: int | None) -> dict[str, Any]:
    """Return a page of two images, posted as a message or not."""
    first = number % PUBLISHED * 2
    return {
        "page": number,
        "way": way,
        "first": first,
        "stop": first + 2,
        "channel_id": CHANNEL if message else None,
        "message_id": message,
    }


async def made(
    store: Store,
    storage: FileStorage,
    *,
    private: bool,
    server: ServerId | None,
    state: str,
    pages: list[dict[str, Any]],
) -> Task:
    """Write a task in one of the states that can be looked at."""
    task = await run(store, private=private, server=server, channel_id=CHANNEL)
    if state == "running":
        return task
    if state == "failed":
        return await store.tasks.save(task.failed(NOW, "x"), "failed", now=NOW)
    storage.prepare()
    drawn = list[Result]()
    for position in range(IMAGES):
        path = storage.result(task.interaction_id, position)
        Image.new("RGB", (64, 64), (position, 0, 0)).save(path, "PNG")
        drawn.append(Result(task_id=task.id, position=position, url="u", file=storage.name(path)))
    task = await store.tasks.save(task.ready(NOW), "ready", now=NOW, results=drawn)
    for result in drawn:
        await store.results.save(result)
    await store.posts.save(
        [Post(task_id=task.id, nonce=str(each["page"]), **each) for each in pages]
    )
    if state == "ready":
        return task
    if state == "kept":
        ended = task.kept(NOW, Reason.NO_WAY_TO_POST, IMAGES)
    else:
        ended = task.delivered(NOW, IMAGES)
    task = await store.tasks.save(ended, state, now=NOW)
    if state == "deleted":
        task = await store.tasks.save(task.deleted(NOW), "deleted", now=NOW)
    return task


CHANNEL_BOTH = [page(0, Way.CHANNEL, 101), page(1, Way.CHANNEL, 102)]
CARD_FIRST = [page(0, Way.CARD, 101), page(1, Way.CHANNEL, 102)]
HALF = [page(0, Way.CHANNEL, 101), page(1, Way.CHANNEL, None)]
TO_ONE = [page(0, Way.FOLLOWUP, 101), page(1, Way.DIRECT, 102)]
FELL_BACK = [page(0, Way.CHANNEL, 101), page(1, Way.DIRECT, 102)]
ON_CARD = [page(0, Way.CARD, 101), page(1, Way.FOLLOWUP, 102)]
PUBLIC_HALF = [*ON_CARD, page(PUBLISHED, Way.CHANNEL, 103), page(PUBLISHED + 1, Way.CHANNEL, None)]
PUBLIC_BOTH = [*ON_CARD, page(PUBLISHED, Way.CHANNEL, 103), page(PUBLISHED + 1, Way.CHANNEL, 104)]

NOTHING, PROMPT = None, ()
#: private, state, pages, deleted messages, what another person in the server sees.
OTHERS = [
    (False, "running", [], set(), PROMPT),
    (False, "failed", [], set(), PROMPT),
    (False, "ready", HALF, set(), (0, 1)),
    (False, "delivered", CHANNEL_BOTH, set(), (0, 1, 2, 3)),
    (False, "delivered", CARD_FIRST, set(), (0, 1, 2, 3)),
    (False, "delivered", TO_ONE, set(), PROMPT),
    (False, "delivered", FELL_BACK, set(), (0, 1)),
    (False, "delivered", CHANNEL_BOTH, {101}, (2, 3)),
    (False, "delivered", CHANNEL_BOTH, {101, 102}, NOTHING),
    (False, "delivered", FELL_BACK, {101}, NOTHING),
    (False, "kept", [], set(), PROMPT),
    (False, "kept", HALF, set(), (0, 1)),
    (False, "kept", HALF, {101}, NOTHING),
    (False, "deleted", CHANNEL_BOTH, {101, 102}, NOTHING),
    (True, "running", [], set(), NOTHING),
    (True, "failed", [], set(), NOTHING),
    (True, "ready", ON_CARD, set(), NOTHING),
    (True, "delivered", ON_CARD, set(), NOTHING),
    (True, "delivered", TO_ONE, set(), NOTHING),
    (True, "kept", [], set(), NOTHING),
    (True, "delivered", PUBLIC_HALF, set(), (0, 1)),
    (True, "delivered", PUBLIC_BOTH, set(), (0, 1, 2, 3)),
    (True, "delivered", PUBLIC_BOTH, {103}, (2, 3)),
    (True, "delivered", PUBLIC_BOTH, {103, 104}, NOTHING),
    (True, "kept", PUBLIC_HALF, set(), (0, 1)),
    (True, "deleted", PUBLIC_BOTH, {103, 104}, NOTHING),
]

#: Where somebody is, whether they asked for it; then: do they see all, what others see, or nothing.
VIEWERS = {
    "requester": (Viewer(Requester(GUILD, USER)), "all"),
    "requester in another server": (Viewer(Requester(ServerId(GUILD + 1), USER)), "all"),
    "requester in direct messages": (Viewer(Requester(None, USER)), "all"),
    "somebody else": (Viewer(Requester(GUILD, STRANGER)), "others"),
    "somebody else in another server": (
        Viewer(Requester(ServerId(GUILD + 1), STRANGER)),
        "nothing",
    ),
    "somebody else in direct messages": (Viewer(Requester(None, STRANGER)), "nothing"),
}

Button = Callable[[Stage, Viewer], Awaitable[object]]


async def _sight(stage: Stage, viewer: Viewer) -> object:
    return await stage.visibility.visible_task(stage.task.id, viewer, whole=False)


async def _images(stage: Stage, viewer: Viewer) -> object:
    seen = await stage.visibility.visible_task(stage.task.id, viewer)
    return [each.position for each in await stage.results.images(seen)]


def _of_each(what: Callable[[Stage, Any, int], Awaitable[object]]) -> Button:
    """Return a button of one result that is pressed for each of them."""

    async def press(stage: Stage, viewer: Viewer) -> object:
        seen = await stage.visibility.visible_task(stage.task.id, viewer)
        got = list[int]()
        for position in range(IMAGES):
            try:
                await what(stage, seen, position)
            except (ImagesGone, NotFound):
                continue
            got.append(position)
        return got

    return press


async def _originals(stage: Stage, viewer: Viewer) -> object:
    made, _ = await stage.results.originals(stage.task.id, viewer.requester, max_bytes=10**6)
    return made


async def _fetch(stage: Stage, viewer: Viewer) -> object:
    pages = await stage.results.fetch(stage.task.id, viewer.requester, max_bytes=10**6)
    return [each.result.position for one in pages for each in one]


async def _delete(stage: Stage, viewer: Viewer) -> object:
    seen = await stage.visibility.visible_task(stage.task.id, viewer, whole=False)
    await stage.deletion.delete(seen.task, viewer.requester.user, moderates=False)
    return "deleted"


#: Whether they see the task at all: *Again*, *Details*, *Edit and resend*.
OF_TASK: dict[str, Button] = {"again, details, change": _sight}
#: What of it: *More…*, *Edit*, *Redraw*, *Use as reference*, *Original file*.
OF_IMAGES: dict[str, Button] = {
    "more, edit": _images,
    "choose, redraw": _of_each(lambda stage, seen, n: stage.results.redrawn(seen, n)),
    "edit": _of_each(lambda stage, seen, n: stage.results.edited(seen, n)),
    "use": _of_each(lambda stage, seen, n: stage.results.reference(seen, n)),
    "original": _of_each(lambda stage, seen, n: stage.results.original(seen, n, max_bytes=10**6)),
}
#: The requester's alone.
OF_OWN: dict[str, Button] = {"originals": _originals, "get images": _fetch, "delete": _delete}


async def got(press: Button, stage: Stage, viewer: Viewer) -> object:
    """Return what a press brings; ``None``: a refusal."""
    try:
        return await press(stage, viewer)
    except (NotFound, NotAllowed, ImagesGone):
        return None


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize(("private", "state", "pages", "gone", "others"), OTHERS)
async def test_who_sees_what(tmp_path, viewer, private, state, pages, gone, others):  # noqa: PLR0917 - a row
    """Every button that shows or uses something, for every viewer."""
    who, sees = VIEWERS[viewer]
    storage = FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        task = await made(store, storage, private=private, server=GUILD, state=state, pages=pages)
        there = {each["message_id"] for each in pages if each["message_id"]} - gone
        stage = Stage(store, standing(there), storage, task)
        all_of_it = tuple(range(IMAGES)) if pages or state == "kept" else PROMPT
        expected = {"all": all_of_it, "others": others, "nothing": NOTHING}[sees]
        if state == "deleted" and expected is not NOTHING:
            expected = PROMPT

        for name, press in OF_TASK.items():
            assert (await got(press, stage, who) is None) is (expected is NOTHING), name
        for name, press in OF_IMAGES.items():
            found = cast("list[int] | None", await got(press, stage, who))
            assert tuple(found or ()) == (expected or ()), name
        for name, press in OF_OWN.items():
            if sees != "all":
                assert await got(press, stage, who) is None, name
        if sees == "all":
            assert stage.discord.asked == [], "nobody has to look for one's own"


@pytest.mark.parametrize("user", [USER, STRANGER])
async def test_server_0_is_no_place(tmp_path, user):
    """Direct messages, and servers without the bot: only one's own tasks from there."""
    storage = FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        task = await made(
            store, storage, private=False, server=None, state="delivered", pages=CHANNEL_BOTH
        )
        stage = Stage(store, standing({101, 102}), storage, task)

        seen = await got(_images, stage, Viewer(Requester(None, user)))
        assert seen == (list(range(IMAGES)) if user == USER else None)


async def test_the_message_that_is_pressed_stands(tmp_path):
    """It isn't looked up; the other pages only if they matter."""
    storage = FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        task = await made(
            store, storage, private=False, server=GUILD, state="delivered", pages=CHANNEL_BOTH
        )
        stage = Stage(store, standing({102}), storage, task)
        pressed = Viewer(Requester(GUILD, STRANGER), message_id=MessageId(101))
        await _sight(stage, pressed)
        assert stage.discord.asked == []
        assert await _images(stage, pressed) == [0, 1, 2, 3]
        assert stage.discord.asked == [102]


async def test_a_message_is_looked_at_once_by_all_who_wait(tmp_path):
    """A gallery in a tray is one message: Discord allows five lookups in five seconds."""
    storage = FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        task = await made(
            store, storage, private=False, server=GUILD, state="delivered", pages=CHANNEL_BOTH
        )
        stage = Stage(store, standing({101}), storage, task)
        results, visibility = await store.results.of_task(task.id), stage.visibility
        looks = (
            visibility.may_draw_from(reference_to(each), Viewer(Requester(GUILD, STRANGER)))
            for each in results
        )
        assert await asyncio.gather(*looks) == [True, True, False, False, False]
        assert sorted(stage.discord.asked) == [101, 102]


async def test_a_message_that_was_posted_this_very_moment(tmp_path):
    """Its row doesn't know the message yet: the files' names say whose it is."""
    storage = FileStorage(tmp_path)
    pages = [page(0, Way.CHANNEL, None), page(1, Way.CHANNEL, None)]
    async with opened(tmp_path) as store:
        task = await made(store, storage, private=False, server=GUILD, state="ready", pages=pages)
        stage = Stage(store, standing(set()), storage, task)
        (first, _) = await store.posts.of_task(task.id)
        pressed = Viewer(Requester(GUILD, STRANGER), MessageId(101), (f"{first.mark}0.png",))

        assert await _images(stage, pressed) == [0, 1]
        forged = replace(pressed, files=("imagine-999-0-0.png",))
        assert await got(_images, stage, forged) is None


@pytest.mark.parametrize(
    ("fails", "told"),
    [(ChatRefused(50001), HistoryUnreadable), (ChatUnavailable(), ChatUnavailable)],
)
async def test_where_nobody_can_look(tmp_path, fails, told):
    """Images that may be gone aren't shown; the requester still sees them."""
    storage = FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        task = await made(
            store, storage, private=False, server=GUILD, state="delivered", pages=CHANNEL_BOTH
        )
        stage = Stage(store, FakePostLookup(fails=fails), storage, task)
        with pytest.raises(told):
            await _images(stage, Viewer(Requester(GUILD, STRANGER)))
        assert await _images(stage, Viewer(Requester(GUILD, USER))) == list(range(IMAGES))


@pytest.mark.parametrize(
    ("private", "gone", "may"), [(False, set(), True), (False, {101}, False), (True, set(), False)]
)
async def test_references_to_results(tmp_path, private, gone, may):
    """In a tray, a draft or a task: others can draw only from what they see."""
    storage = FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        pages = ON_CARD if private else HALF
        task = await made(
            store, storage, private=private, server=GUILD, state="delivered", pages=pages
        )
        visibility = Stage(store, standing({101} - gone), storage, task).visibility
        reference = reference_to((await store.results.of_task(task.id))[0])

        assert await visibility.may_draw_from(reference, Viewer(Requester(GUILD, STRANGER))) is may
        assert await visibility.may_draw_from(reference, Viewer(Requester(GUILD, USER)))
        attached = Reference(url="https://cdn.discordapp.com/x.png", name="x.png", bytes=1)
        assert await visibility.may_draw_from(attached, Viewer(Requester(GUILD, STRANGER)))


@pytest.mark.parametrize("user", [USER, STRANGER])
@pytest.mark.parametrize("what", ["one, in a moment", "one", "all, in a moment"])
async def test_references_to_deleted_results(tmp_path, user, what):
    """Nobody can draw from a deleted image, even if its message still shows the others."""
    storage = FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        task = await made(
            store, storage, private=False, server=GUILD, state="delivered", pages=HALF
        )
        results = await store.results.of_task(task.id)
        if what == "one":
            await store.results.save(results[0].erased())
        else:
            asked = task.to_remove(NOW, 0) if "one" in what else task.to_delete(NOW)
            await store.tasks.save(asked, "asked", now=NOW)
        visibility = Stage(store, standing({101}), storage, task).visibility
        viewer = Viewer(Requester(GUILD, user))

        may = [await visibility.may_draw_from(reference_to(each), viewer) for each in results[:2]]
        assert may == [False, "one" in what]


@pytest.mark.parametrize("viewer", ["requester", "somebody else"])
async def test_an_image_that_is_being_deleted(tmp_path, viewer):
    """Nobody is shown it meanwhile; the others are."""
    who, storage = VIEWERS[viewer][0], FileStorage(tmp_path)
    async with opened(tmp_path) as store:
        task = await made(
            store, storage, private=False, server=GUILD, state="delivered", pages=CHANNEL_BOTH
        )
        await store.tasks.save(task.to_remove(NOW, 1), "remove_asked", now=NOW)
        stage = Stage(store, standing({101, 102}), storage, task)

        for name, press in OF_IMAGES.items():
            found = cast("list[int]", await press(stage, who))
            assert [each for each in found if each < 4] == [0, 2, 3], name


async def test_what_is_made_of_pictures_is_unmistakable(tmp_path):
    """A number that repeats in a new database doesn't show somebody's earlier picture."""
    storage = FileStorage(tmp_path)
    storage.prepare()

    async def pictured(colour: str, interaction_id: InteractionId) -> tuple[int, int, int]:
        path = storage.result(interaction_id, 0)
        Image.new("RGB", (64, 64), colour).save(path, "PNG")
        result = Result(task_id=TaskId(7), position=0, url="u", file=storage.name(path))
        async with opened(tmp_path) as store:
            stage = Stage(store, standing(set()), storage, await run(store))
            small = await stage.results.thumbnail(result)
        assert small is not None
        with Image.open(small) as image:
            return cast("tuple[int, int, int]", image.convert("RGB").getpixel((32, 32)))

    red, blue = await pictured("red", InteractionId(70)), await pictured("blue", InteractionId(71))
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    await storage.remove_result("results/70/0")
    assert [path.name for path in (tmp_path / "results").rglob("*-small")] == ["0-small"]
