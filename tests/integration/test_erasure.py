"""Forgetting somebody: what goes, what stays, and that nothing comes back; on both databases."""

import asyncio
import json
import random
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typing_extensions import override

from bot.domain.defaults import Defaults
from bot.domain.draft import Draft
from bot.domain.durations import Durations
from bot.domain.erasure import PENDING, Erased, Erasure, Stored
from bot.domain.grants import Grant
from bot.domain.ids import ChannelId, InteractionId, MessageId, ServerId, UserId
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Block
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.requester import Requester
from bot.domain.result import Result
from bot.domain.task import Task
from bot.domain.task_query import TaskQuery
from bot.domain.upload import Upload
from bot.domain.window import DAY
from bot.errors import Stale
from bot.files import FileStorage
from bot.services.front.privacy import Privacy
from bot.services.shared.downloads import ResultDownloads
from bot.store.addresses import file_of
from bot.store.backup import Contents, back_up, restore
from bot.store.engine import Connection
from bot.store.facts import FORGOTTEN
from bot.store.postgres import PostgresConnection
from bot.store.sqlite import SqliteConnection
from bot.store.store import Store
from bot.store.tables import metadata
from tests.fakes.evolink import UnreachableEvolink
from tests.integration.store_kit import (
    GUILD,
    NOW,
    USER,
    address,
    cleanup_of,
    driver_of,
    number_of_tasks,
    opened,
    page_of,
    queue,
    run,
    run_sql,
    settle,
    strike,
)
from tests.kit.changes import changed_by
from tests.kit.pictures import png

LATER = NOW + 60_000
REQUESTER = Requester(GUILD, USER)
PICTURE = Reference(url="https://cdn.discordapp.com/attachments/1/2/a.png", name="a.png", bytes=9)


async def _closed(store: Store, *, now: int = NOW, **changes) -> Task:
    """A task with one image that was delivered, and closed."""
    task = await run(store, now=now, **changes)
    result = Result(task_id=task.id, position=0, url="https://evolink/0", file=f"results/{task.id}")
    post = page_of(task, 3, 4)
    ready = await store.tasks.save(task.ready(now, drawn=1), "ready", now=now, results=[result])
    await store.posts.save([post])
    ended = await store.tasks.save(ready.delivered(now, 1), "delivered", now=now)
    return await store.tasks.save(ended.closed(), "closed", now=now)


async def _forget(store: Store, how: Erasure = Erasure.ASKED, user: UserId = USER) -> Erased:
    return await store.erasures.ask(user, how, now=LATER)


async def _work(store: Store) -> list[int]:
    """Run the steps that are due, as the worker does; return the tasks' users."""
    done = list[int]()
    while due := await store.claims.due("main/b", now=LATER, until=LATER + 60_000, limit=100):
        for task in due:
            assert task.erasure in PENDING
            await store.erasures.erase(task, now=LATER)
            done.append(task.id)
    return done


async def _present(store: Store, task: Task) -> Task:
    found = await store.tasks.get(task.id)
    assert found is not None
    return found


async def _indexed(store: Store, task: Task) -> int:
    """Count the words of a task that are still in SQLite's index, which must be intact."""

    def check(connection: Connection) -> int:
        driver = driver_of(connection)
        driver.execute("INSERT INTO task_text(task_text) VALUES ('integrity-check')")
        driver.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, task_text, instance)")
        found = driver.execute("SELECT count(*) FROM words WHERE doc = ?", (task.interaction_id,))
        (words,) = found.fetchone()
        driver.execute("DROP TABLE temp.words")
        return words

    return await store._db.write(check)


async def _spoil(store: Store, task: Task, change: str) -> None:
    text = f"UPDATE task SET {change} WHERE id = {task.id}"  # noqa: S608 - a test's own
    await store._db.write(lambda connection: run_sql(text, connection))


async def test_words_pictures_and_messages_go_and_every_sum_stays(store) -> None:
    """Only numbers stay in the row; no quota is given back, and no cap is freed."""
    asked = Request(
        prompt="a blue zeppelin",
        references=(PICTURE,),
        instruction="a red one",
        added_words="in fog",
        made_from=(ChannelId(3), MessageId(4)),
    )
    tasks = [await _closed(store, request=asked) for _ in range(9)]
    usage = await store.quotas.usage(REQUESTER, now=LATER)
    assert (usage.used, usage.used_total) == (9, 9)
    assert await _forget(store) == Erased(9, 0)
    # From now on nobody is shown it, however long the rest takes.
    assert await number_of_tasks(store, REQUESTER) == 0
    assert len(await _work(store)) == 9
    assert await store.quotas.usage(REQUESTER, now=LATER) == usage
    for task in tasks:
        row = await _present(store, task)
        assert row.erasure == Erasure.DONE
        assert (row.request, row.locale) == (Request(prompt=""), "")
        assert (row.charged, row.drawn, row.reserved) == (1, 1, 1)
        assert await store.results.of_task(task.id) == (
            Result(task_id=task.id, position=0, url="", deleted=True),
        )
        assert await store.posts.of_task(task.id) == ()
        assert [each.source for each in await store.uploads.of_task(task.id)] == [""]
    assert (await store.history.page(REQUESTER, TaskQuery(search="zeppelin"), limit=9)).tasks == ()
    assert await store.personal.stored(USER) == Stored(numbers=9, events=9 * 9 + 9)


async def test_who_wants_posts_gone_after_all_is_in_time_until_the_rest_is_done(store) -> None:
    """Afterwards nobody knows where the posts are. A step under way starts over."""
    task, done = await _closed(store), await _closed(store)
    await _forget(store)
    (first, second) = await store.claims.due("main/b", now=LATER, until=LATER + 60_000, limit=9)
    assert (first.id, second.id) == (task.id, done.id)
    await store.erasures.erase(second, now=LATER)
    assert await _forget(store, Erasure.WITH_POSTS) == Erased(1, 0)
    with pytest.raises(Stale):
        await store.erasures.erase(first, now=LATER)
    assert (await _present(store, task)).erasure == Erasure.WITH_POSTS
    assert len(await store.posts.of_task(task.id)) == 1
    assert await _forget(store) == Erased(0, 0)
    assert (await _present(store, task)).erasure == Erasure.WITH_POSTS


async def test_what_is_not_closed_is_left_alone(store) -> None:
    """Waiting, paid, being posted, being deleted, held by a process: all of it goes on."""
    kept = await run(store)
    kept = await store.tasks.save(kept.ready(NOW, drawn=1), "ready", now=NOW)
    kept = await store.tasks.save(kept.kept(NOW, "stopped", 1), "kept", now=NOW)
    await store.tasks.save(kept.closed(NOW), "closed", now=NOW)
    (held,) = await store.claims.due("main/b", now=NOW, until=LATER + 60_000, limit=9)
    shy, several, closed = (
        await _closed(store, private=True),
        await _closed(store),
        await _closed(store),
    )
    drawn = await run(store)
    waiting = await queue(store)
    ready = await store.tasks.save(drawn.ready(NOW, drawn=1), "ready", now=NOW)
    delivered = await store.tasks.save(ready.delivered(NOW, 1), "delivered", now=NOW)
    deleting = await store.tasks.save(closed.to_delete(NOW), "delete_asked", now=NOW)
    publishing = await store.tasks.save(shy.to_publish(NOW), "publish_asked", now=NOW)
    removing = await store.tasks.save(several.to_remove(NOW, 0), "remove_asked", now=NOW)
    under_way = (held, waiting, delivered, deleting, publishing, removing)
    assert await _forget(store) == Erased(0, len(under_way))
    for task in under_way:
        assert await _present(store, task) == task
    # The process that holds it isn't disturbed.
    gone = await store.tasks.save(deleting.deleted(LATER), "deleted", now=LATER)
    assert await _forget(store) == Erased(1, len(under_way) - 1)
    assert (await _present(store, gone)).erasure == Erasure.ASKED


async def test_who_has_read_it_before_writes_nothing_after(store) -> None:
    """A press already under way brings nothing back; nor does Evolink, however late."""
    task = await _closed(store)
    await _forget(store)
    with pytest.raises(Stale):
        await store.tasks.save(task.to_delete(LATER), "delete_asked", now=LATER)
    lost = await run(store, user=UserId(21))
    failed = await store.tasks.save(lost.failed(NOW, "gave_up"), "failed", now=NOW)
    await store.tasks.save(failed.closed(), "closed", now=NOW)
    await _forget(store, user=UserId(21))
    assert not await store.tasks.reopen(lost.id, f"remote-{lost.id}", now=LATER)
    never = await queue(store, user=UserId(22))
    cancelled = await store.tasks.save(never.cancelled(NOW), "cancelled", now=NOW)
    await store.tasks.save(cancelled.closed(), "closed", now=NOW)
    await _forget(store, user=UserId(22))
    assert not await store.tasks.record_remote(never.id, 0, "late", now=LATER)
    assert len(await _work(store)) == 3
    assert not await store.tasks.reopen(lost.id, f"remote-{lost.id}", now=LATER)
    assert not await store.tasks.record_remote(never.id, 0, "late", now=LATER)


async def test_whoever_lost_the_lease_erases_nothing(store) -> None:
    """Only the holder writes the row; the other's files were the same ones."""
    await _closed(store)
    await _forget(store)
    (first,) = await store.claims.due("main/a", now=LATER, until=LATER + 1_000, limit=9)
    (second,) = await store.claims.due("main/b", now=LATER + 2_000, until=LATER + 9_000, limit=9)
    with pytest.raises(Stale):
        await store.erasures.erase(first, now=LATER)
    await store.erasures.erase(second, now=LATER)
    with pytest.raises(Stale):
        await store.erasures.erase(second, now=LATER)


async def test_a_thousand_tasks_do_not_become_due_at_once(store) -> None:
    """A few at a time, in sequence, so that other people's tasks get their turn."""
    for _ in range(12):
        await _closed(store)
    await _forget(store)
    due = await store.claims.due("main/b", now=LATER, until=LATER + 60_000, limit=100)
    assert len(due) == 4
    for task in due[:2]:
        await store.erasures.erase(task, now=LATER)
    more = await store.claims.due("main/b", now=LATER, until=LATER + 60_000, limit=100)
    assert len(more) == 2
    # A process that died between two of them leaves no gap.
    await store.claims.release("main/b", now=LATER)
    assert len(await _work(store)) == 10


async def test_the_next_one_is_the_same_persons(store) -> None:
    """Other people's go on by themselves, at their own pace."""
    for user in (USER, UserId(USER + 1)):
        for _ in range(5):
            await _closed(store, user=user)
        await _forget(store, user=user)
    claimed = {"now": LATER, "until": LATER + 60_000, "limit": 100}
    due = await store.claims.due("main/b", **claimed)
    assert [task.requester.user for task in due] == [USER] * 4 + [UserId(USER + 1)] * 4
    await store.erasures.erase(due[-1], now=LATER)
    (following,) = await store.claims.due("main/b", **claimed)
    assert following.requester.user == UserId(USER + 1)


async def test_only_their_own_goes(store) -> None:
    """Other people's tasks, trays, drafts and defaults stay as they were."""
    mine, theirs = await _closed(store), await _closed(store, user=UserId(21))
    for requester in (REQUESTER, Requester(GUILD, UserId(21)), Requester(None, USER)):
        draft = Draft(prompt="secret")
        await store.drafts.save(
            draft,
            mine.interaction_id + requester.user + bool(requester.server),
            requester,
            now=NOW,
            forget=0,
        )
        await store.trays.add(requester, [PICTURE], now=NOW, forget=0)
        await store.user_defaults.set(requester.user, Defaults(count=2), now=NOW)
    await _forget(store)
    await _work(store)
    assert await _present(store, theirs) == theirs
    found = [await store.personal.stored(user) for user in (USER, 21)]
    assert [(each.drafts, each.tray, each.defaults) for each in found] == [
        (0, 0, False),
        (1, 1, True),
    ]


async def test_what_admins_wrote_goes_unless_it_is_in_force(store) -> None:
    """The log keeps who did what; a block keeps its reason, and can still be undone."""
    block = Target.of_user(GUILD, USER, Kind.BLOCK)
    await settle(
        store, block, Block(by=UserId(1), since=NOW, reason="old words"), reason="old words"
    )
    await settle(store, block, None, reason="sorry")
    last = await settle(store, block, Block(by=UserId(1), since=NOW, reason="spam"), reason="spam")
    await _forget(store)
    changes = await store.quota_changes.changes(GUILD, before=2**62, limit=9)
    assert [change.by.reason for change in changes] == ["spam", "", ""]
    assert "words" not in str(changes)
    assert len(changes) == 3
    assert (await store.quota_settings.block_of(REQUESTER, now=LATER)) == last.after
    by = replace(last.by, id=last.by.id + 99)
    assert (await store.quota_settings.undo(last.by.id, GUILD, by)).after is None


async def test_words_about_what_is_over_go_too(store) -> None:
    """A strike that no longer counts keeps nothing but its dates."""
    old = changed_by(9, actor=1, at=NOW - 90 * DAY, reason="old words")
    await strike(store, USER, old)
    new = changed_by(10, actor=1, at=NOW, reason="fresh")
    assert (await strike(store, USER, new)).strikes == 1
    await _forget(store)
    settings = str(await store.quota_settings.settings(GUILD))
    assert "fresh" in settings
    assert "old words" not in settings + str(
        await store.quota_changes.changes(GUILD, before=99, limit=9)
    )


async def test_the_user_goes_off_the_numbers_once_no_quota_counts_them(store) -> None:
    """Unless a grant was used: what is left of it is computed from those rows."""
    old = NOW - 40 * DAY
    task, granted = await _closed(store, now=old), await _closed(store, now=old)
    young, kept = await _closed(store), await _closed(store, now=old, user=UserId(21))
    await _spoil(store, granted, "granted = 1")
    grant = Target.of_user(GUILD, USER, Kind.GRANT, 7)
    await settle(store, grant, Grant(images=5, given_at=old))
    before = await store.quotas.usage(REQUESTER, now=LATER)
    await _forget(store)
    await _work(store)
    assert await store.erasures.anonymise(NOW - 32 * DAY) == 1
    users = [(await _present(store, each)).requester.user for each in (task, granted, young, kept)]
    assert users == [0, USER, USER, 21]
    assert await store.quotas.usage(REQUESTER, now=LATER) == before
    assert await store.erasures.anonymise(NOW - 32 * DAY) == 0


async def test_once_no_quota_counts_it_no_table_names_who_has_deleted_everything(store) -> None:
    """Not even who drew where, however long results are kept; others still show where they drew."""
    somebody = UserId(7_777_777_777_777)
    await _closed(store, user=somebody)
    await _closed(store, user=somebody, server=ServerId(11))
    await _closed(store, user=USER)
    # Where they drew nothing.
    elsewhere = Requester(ServerId(12), somebody)
    await store.trays.add(elsewhere, [PICTURE], now=NOW, forget=0)
    await _forget(store, user=somebody)
    await _work(store)
    assert "member" in await _naming(store, somebody)
    await store.erasures.anonymise(NOW + DAY)
    assert await _naming(store, somebody) == set()
    assert "member" in await _naming(store, USER)


async def _naming(store: Store, user: UserId) -> set[str]:
    """Return the tables with a row that names a user, in whatever column."""

    def look(connection: Connection) -> set[str]:
        assert isinstance(connection, SqliteConnection | PostgresConnection)
        return {
            table.name
            for table in metadata.sorted_tables
            for row in connection.core.execute(select(table))
            if str(user) in map(str, row)
        }

    return await store._db.read(look)


async def test_old_tasks_are_forgotten_but_for_images_that_wait(store) -> None:
    """As the settings say; but paid images that nobody collected yet are kept."""
    # More than are started with at a time, each somebody else's.
    old = [
        await _closed(store, now=NOW - 90 * DAY, user=UserId(USER + number)) for number in range(6)
    ]
    young = await _closed(store)
    kept = await run(store, now=NOW - 90 * DAY)
    kept = await store.tasks.save(kept.ready(NOW, drawn=1), "ready", now=NOW)
    kept = await store.tasks.save(kept.kept(NOW, "stopped", 1), "kept", now=NOW)
    await store.tasks.save(kept.closed(NOW + 7 * DAY), "closed", now=NOW)
    assert await store.erasures.ask_old(NOW - 60 * DAY) == len(old)
    assert await store.erasures.go_on(now=LATER) == 4
    assert sorted(await _work(store)) == [task.id for task in old]
    assert (await _present(store, young)).erasure is None
    assert (await _present(store, kept)).erasure is None
    assert await store.erasures.ask_old(NOW - 60 * DAY) == 0


async def _exported(store: Store, storage: FileStorage, most: int = 10**7) -> list[dict[str, Any]]:
    """Export; return what the archives have, by name, and leave none of them behind."""
    privacy = Privacy(
        store=store,
        storage=storage,
        durations=Durations(),
        clock=lambda: NOW,
        nudge=lambda: None,
    )
    exported = await privacy.export(USER, InteractionId(77), max_bytes=most)
    found = list[dict[str, Any]]()
    for path in exported.archives:
        assert path.stat().st_size <= most
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            found.append(
                {
                    name: json.loads(archive.read(name))
                    if name.endswith("json")
                    else archive.read(name)
                    for name in archive.namelist()
                }
            )
        path.unlink()
    return found


async def test_an_export_has_everything_and_no_secret(store, storage) -> None:
    """Odd texts, too, in whatever state they are stored; but no token."""
    odd = ["a cat \N{FOUR LEAF CLOVER} “x”", 'בוקר \\u0000 "}]', "猫" * 1_500]
    for prompt in odd:
        await _closed(store, request=Request(prompt=prompt))
    waiting = await queue(store)
    picture = storage.result(waiting.interaction_id, 0)
    picture.write_bytes(b"pixels")
    result = Result(task_id=waiting.id, position=0, url="", file=storage.name(picture))
    await store.results.save(result)
    await store.drafts.save(Draft(prompt="a draft"), 5, REQUESTER, now=NOW, forget=0)
    await settle(
        store, Target.of_user(GUILD, USER, Kind.BLOCK), Block(by=UserId(1), since=NOW, reason="why")
    )
    drawing = storage.result(waiting.interaction_id, 1)
    drawing.write_bytes(png())
    await store.results.save(replace(result, position=1, file=storage.name(drawing)))
    (archive,) = await _exported(store, storage)
    tasks = archive["tasks.json"]
    # Without a file extension, no computer would open it.
    assert archive[f"images/{waiting.interaction_id}-2.png"] == png()
    assert [task["request"]["prompt"] for task in tasks[:3]] == odd
    assert all(task.keys().isdisjoint({"token", "owner"}) for task in tasks)
    assert [step["kind"] for step in tasks[3]["steps"]][:2] == ["accepted", "shown"]
    assert archive[f"images/{waiting.interaction_id}-1"] == b"pixels"
    assert archive["about.json"]["drafts"][0]["draft"]["prompt"] == "a draft"
    assert archive["about.json"]["settings"][0]["value"]["reason"] == "why"


async def test_damaged_and_half_texts_are_exported_as_they_are(tmp_path, storage) -> None:
    """A lone surrogate from an earlier version, and an unreadable request."""
    async with opened(tmp_path) as store:
        half, broken = await _closed(store), await _closed(store)
        await _spoil(store, half, """request = '{"prompt": "half \\ud83d"}'""")
        await _spoil(store, broken, "request = '{oops'")
        (archive,) = await _exported(store, storage)
    prompts = [task["request"] for task in archive["tasks.json"]]
    assert prompts == [{"prompt": "half \ud83d"}, "{oops"]


async def test_a_large_export_comes_in_several_archives(store, storage, monkeypatch) -> None:
    """Each within Discord's limit, each whole in itself, with every task once."""
    monkeypatch.setattr("bot.services.front.privacy.SPARE", 150_000)
    monkeypatch.setattr("bot.store.personal.PAGE", 1)
    chance = random.Random(1)  # noqa: S311 - no secret
    prompts = ["".join(map(chr, chance.choices(range(0x4E00, 0x9FFF), k=20_000))) for _ in range(7)]
    for prompt in prompts:
        await _closed(store, request=Request(prompt=prompt))
    archives = await _exported(store, storage, most=250_000)
    found = [task["request"]["prompt"] for each in archives for task in each["tasks.json"]]
    assert found == prompts
    assert len(archives) > 1
    assert ["about.json" in each for each in archives] == [True] + [False] * (len(archives) - 1)
    assert not list((storage.root / "incoming").iterdir())


async def test_what_was_under_way_brings_no_image_back(store) -> None:
    """A download, a cleanup or a frozen process may still write after it is forgotten."""
    task = await _closed(store)
    (known,) = await store.results.of_task(task.id)
    upload = Upload(
        task_id=task.id, position=0, source="attachment:1", pixels=9, file="references/x"
    )
    await store.uploads.save(upload)
    await _forget(store)
    await _work(store)
    for late in (known, known.gone()):
        await store.results.save(late)
    with pytest.raises(Stale):
        await store.tasks.save(task, "ready", now=LATER, results=[known])
    await store.uploads.save(upload)
    assert "evolink" not in str(await store.results.of_task(task.id))
    assert await store.results.files() == frozenset()
    assert await store.uploads.files() == frozenset()
    assert await store.uploads.of_task(task.id) == (
        Upload(task_id=task.id, position=0, source="", pixels=9),
    )


async def test_admins_words_before_what_is_in_force_go(store) -> None:
    """The change in force keeps its reason, but not the words of the change before it."""
    block = Target.of_user(GUILD, USER, Kind.BLOCK)
    await settle(
        store, block, Block(by=UserId(1), since=NOW, reason="old words"), reason="old words"
    )
    last = await settle(store, block, Block(by=UserId(1), since=NOW, reason="spam"), reason="spam")
    await _forget(store)
    changes = await store.quota_changes.changes(GUILD, before=2**62, limit=9)
    assert "words" not in str(changes)
    assert [change.by.reason for change in changes] == ["spam", ""]
    by = replace(last.by, id=last.by.id + 99)
    undone = await store.quota_settings.undo(last.by.id, GUILD, by)
    assert undone.after == Block(by=UserId(1), since=NOW)


async def test_kept_images_that_nobody_collected_stay_charged(store) -> None:
    """The images go, and with them their wake-up; the quota and the caps count them as before."""
    task = await run(store)
    ready = await store.tasks.save(task.ready(NOW, drawn=1), "ready", now=NOW)
    kept = await store.tasks.save(ready.kept(NOW, "stopped", 1), "kept", now=NOW)
    await store.tasks.save(kept.closed(NOW + 7 * DAY), "closed", now=NOW)
    before = await store.quotas.usage(REQUESTER, now=LATER)
    assert before.used == 1
    assert await _forget(store) == Erased(1, 0)
    assert await store.quotas.usage(REQUESTER, now=LATER) == before
    assert await _work(store) == [task.id]
    assert await store.quotas.usage(REQUESTER, now=LATER) == before
    late = NOW + 30 * DAY
    assert await store.claims.due("main/b", now=late, until=late, limit=9) == ()


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "  ",
        "Ein Überzug — ﬁne ½ \uff21\uff22",
        "ba\u200bd 👩‍👩‍👧 🇩🇪",
        "猫と犬 กขค",
        'it\'s "x" AND (y OR z) * -',
        "İstanbul ß ǅ",
    ],
)
async def test_the_index_forgets_whatever_the_words(tmp_path, prompt) -> None:
    """FTS5 must be given the words that it indexed; other words would corrupt it."""
    async with opened(tmp_path) as store:
        task = await _closed(store, request=Request(prompt=prompt))
        await _closed(store, user=UserId(21), request=Request(prompt=f"other {prompt}"))
        await _forget(store)
        assert await _work(store) == [task.id]
        assert await _indexed(store, task) == 0


class _Slow(UnreachableEvolink):
    """Has its requester's data erased while a result is being downloaded."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @override
    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        await asyncio.to_thread(to.write_bytes, png())
        await _forget(self._store)
        await _work(self._store)
        return len(png())


async def test_a_picture_that_was_being_fetched_again_leaves_no_file(store, storage) -> None:
    """*Originals* fetches what is missing; the file mustn't stay until the daily sweep."""
    task = await _closed(store)
    (known,) = await store.results.of_task(task.id)
    got = await ResultDownloads(store, _Slow(store), storage).again(task, known)
    assert got.file is None
    assert not [path for path in (storage.root / "results").rglob("*") if path.is_file()]


@pytest.mark.parametrize("known", [True, False])
async def test_a_restored_backup_brings_no_words_back(tmp_path, known) -> None:
    """Nor defaults, drafts or trays; a new database doesn't know of any deletion."""
    block, other = Target.of_user(GUILD, USER, Kind.BLOCK), Requester(GUILD, UserId(USER + 1))
    backup, place = tmp_path / "backup.db", tmp_path if known else tmp_path / "new"
    place.mkdir(exist_ok=True)
    async with opened(tmp_path) as store:
        await _closed(store)
        for number, who in enumerate((REQUESTER, other)):
            draft_id = InteractionId(5 + number)
            await store.drafts.save(Draft(prompt="a fox"), draft_id, who, now=NOW, forget=0)
            await store.trays.add(who, [PICTURE], now=NOW, forget=0)
            await store.user_defaults.set(who.user, Defaults(count=2), now=NOW)
        old = changed_by(9, actor=1, at=NOW - 90 * DAY, reason="old words")
        await strike(store, USER, old)
        await settle(store, block, Block(by=UserId(1), since=NOW, reason="spam"), reason="spam")
        back_up(address(tmp_path), backup)
        await _forget(store)
    async with opened(place) as store:
        if not known:
            await _closed(store)
    restore(address(place), backup)
    async with opened(place) as store:
        settings = str(await store.quota_settings.settings(GUILD))
        changes = str(
            await store.quota_changes.changes(GUILD, before=InteractionId(2**62), limit=9)
        )
        assert ("old words" in settings + changes) is not known
        assert "spam" in settings
        assert "spam" in changes
        found = [await store.personal.stored(who.user) for who in (REQUESTER, other)]
    assert [(each.drafts, each.tray, each.defaults) for each in found] == [
        (0, 0, False) if known else (1, 1, True),
        (1, 1, True),
    ]


async def test_a_restored_backup_brings_nothing_back(tmp_path) -> None:
    """What was forgotten since is forgotten again, also by the backup of a backup.

    What was still to be drawn or posted then isn't any more, and counts as it does today.
    """
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        before = await _closed(store)
        await _forget(store)
        assert len(await _work(store)) == 1
        gone, stays = await _closed(store), await _closed(store, user=UserId(USER + 1))
        published, drawn, queued = await _closed(store), await run(store), await queue(store)
        published = await store.tasks.save(replace(published, publishing=True), "publish", now=NOW)
        back_up(address(tmp_path), backup)
        ready = await store.tasks.save(drawn.ready(NOW, drawn=1), "ready", now=NOW)
        delivered = await store.tasks.save(ready.delivered(NOW, 1), "delivered", now=NOW)
        for ended in (
            delivered.closed(),
            queued.cancelled(NOW).closed(),
            replace(published, publishing=False),
        ):
            await store.tasks.save(ended, "closed", now=NOW)
        await _forget(store)
        assert len(await _work(store)) == 4
    for _ in range(2):
        contents, _ = restore(address(tmp_path), backup)
        assert contents == Contents(tasks=6, waiting=0)
    async with opened(tmp_path) as store:
        forgotten = (gone, drawn, queued, published)
        for task, charged in zip(forgotten, (1, 1, 0, 1), strict=True):
            assert await _indexed(store, task)
            present = await _present(store, task)
            assert present.erasure == Erasure.ASKED
            assert (present.publishing, present.charged) == (False, charged)
        assert (await _present(store, stays)).erasure is None
        assert (await _present(store, before)).erasure == Erasure.DONE
        storage = FileStorage(tmp_path)
        storage.prepare()
        await cleanup_of(store, storage, now=LATER).forget()
        assert await store.facts.get(FORGOTTEN) == []
        await store.erasures.go_on(now=LATER)
        assert len(await _work(store)) == 4
        assert not any([await _indexed(store, task) for task in forgotten])


async def test_a_restored_backup_knows_which_posts_are_still_to_be_deleted(tmp_path) -> None:
    """They wanted the posts deleted, too, and the bot was stopped before it did so."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        task = await run(store)
        back_up(address(tmp_path), backup)
        ready = await store.tasks.save(task.ready(NOW, drawn=1), "ready", now=NOW)
        await store.posts.save([page_of(task, 3, 4)])
        delivered = await store.tasks.save(ready.delivered(NOW, 1), "delivered", now=NOW)
        await store.tasks.save(delivered.closed(), "closed", now=NOW)
        await _forget(store, Erasure.WITH_POSTS)
        posts = await store.posts.of_task(task.id)
    restore(address(tmp_path), backup)
    async with opened(tmp_path) as store:
        assert (await _present(store, task)).erasure == Erasure.WITH_POSTS
        assert await store.posts.of_task(task.id) == posts
        assert posts


@pytest.mark.parametrize("damaged", ["present", "backup"])
async def test_a_damaged_setting_prevents_no_restore(tmp_path, damaged) -> None:
    """It may be the reason for restoring; other deletions are still applied."""
    backup = tmp_path / "backup.db"
    async with opened(tmp_path) as store:
        await _closed(store)
        await strike(store, USER, changed_by(9, actor=1, at=NOW, reason="words"))
        await store.user_defaults.set(USER, Defaults(count=2), now=NOW)
        back_up(address(tmp_path), backup)
        await _forget(store)
    file = backup if damaged == "backup" else file_of(address(tmp_path))
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE quota_setting SET value = '{'")
    restore(address(tmp_path), backup)
    async with opened(tmp_path) as store:
        assert await store.user_defaults.get(USER) == Defaults()
