"""The task log: each task once, whatever happens, and nothing waits for it."""

from dataclasses import replace

from typing_extensions import override

from bot.domain.erasure import Erasure
from bot.domain.ids import ChannelId, InteractionId, ServerId, UserId
from bot.domain.moderation import Moderation
from bot.domain.quota_change import Kind, Target
from bot.domain.request import Request
from bot.domain.result import PUBLISHED
from bot.domain.snowflakes import first_id
from bot.domain.task import Task
from bot.domain.text import LARGEST_ID
from bot.domain.window import DAY
from bot.errors import (
    ChatError,
    ChatRefused,
    ChatUnavailable,
    HistoryUnreadable,
    Moderated,
    PostUnknown,
)
from bot.services.work.task_log import TaskLogging
from bot.store.facts import RESTORED
from bot.store.quota_settings import QuotaSettings
from bot.store.store import Store
from bot.store.task_log import log_later
from tests.fakes.channels import FakeChannels
from tests.integration.store_kit import GUILD, NOW, OWNER, USER, new, page_of, run_sql, settle

LOG, ANOTHER = ChannelId(77), ChannelId(76)
ADMIN = UserId(5)


async def _closed(
    store: Store,
    *,
    log: ChannelId | None = LOG,
    guild: ServerId = GUILD,
    user: UserId = USER,
    now: int = NOW,
    close: bool = True,
) -> Task:
    """Write a task that was accepted where there is a log, and cancelled."""
    wanted = new(server=guild, user=user, request=Request(prompt="a **cat** <@1>\nand more"))
    task = await store.quotas.reserve(
        wanted.requester,
        lambda book: book.insert(
            wanted, now=now, owner=OWNER, wake_at=now, estimate=None, log_channel=log
        ),
    )
    if not close:
        return task
    ended = await store.tasks.save(task.cancelled(now), "cancelled", now=now)
    return await store.tasks.save(ended.closed(), "closed", now=now)


def _logging(
    store: Store, *failures: ChatError, now: int = NOW
) -> tuple[TaskLogging, FakeChannels]:
    chat = FakeChannels(log_failures=list(failures))
    return TaskLogging(store=store, chat=chat, clock=lambda: now), chat


async def test_a_task_is_logged_once_it_is_closed(store) -> None:
    """Who, where, what, and how it ended; nothing in it pings or formats."""
    open_, task = await _closed(store, close=False), await _closed(store)
    logging, chat = _logging(store)
    await logging.run_once()
    await logging.run_once()
    ((channel, text),) = chat.notices
    assert channel == LOG
    assert text.splitlines()[0] == "<@20> · <#30>"
    assert "a \\*\\*cat\\*\\* \\<@\u200b1\\> and more" in text
    assert text.endswith(str(task.interaction_id))
    assert await store.task_log.due(most=9) == ()
    ended = await store.tasks.save(open_.cancelled(NOW), "cancelled", now=NOW)
    await logging.run_once()
    assert len(chat.notices) == 1
    await store.tasks.save(ended.closed(), "closed", now=NOW)
    await logging.run_once()
    assert len(chat.notices) == 2


async def test_who_died_after_the_intent_looks_first(store) -> None:
    """An entry that is there isn't posted again; a missing one is."""
    there, lost = await _closed(store), await _closed(store)
    for task in (there, lost):
        await store.task_log.intend(task.id, NOW)
    logging, chat = _logging(store)
    chat.notices.append((LOG, f"as before {there.interaction_id}"))
    await logging.run_once()
    assert [str(lost.interaction_id) in text for _, text in chat.notices] == [False, True]
    assert await store.task_log.due(most=9) == ()


async def test_what_was_logged_since_a_restored_backup_is_not_logged_again(store) -> None:
    """The intent was lost with the rows since the backup."""
    there, lost = await _closed(store), await _closed(store)
    await store.facts.put(RESTORED, NOW + 1)
    logging, chat = _logging(store)
    chat.notices.append((LOG, f"as before {there.interaction_id}"))
    await logging.run_once()
    assert [str(lost.interaction_id) in text for _, text in chat.notices] == [False, True]
    assert await store.task_log.due(most=9) == ()


async def test_an_unknown_outcome_is_looked_up(store) -> None:
    """It took effect, but the answer was lost; the entries behind it wait their turn."""
    for _ in range(2):
        await _closed(store)
    logging, chat = _logging(store, PostUnknown(), ChatUnavailable())
    for _ in range(2):
        await logging.run_once()
        assert len(chat.notices) == 1
    await logging.run_once()
    assert len(chat.notices) == 2
    assert await store.task_log.due(most=9) == ()


async def test_what_was_surely_not_posted_needs_no_look(store) -> None:
    """Where the bot may not read the channel, it is posted all the same."""
    task = await _closed(store)
    logging, chat = _logging(store, ChatUnavailable())
    await logging.run_once()
    (entry,) = await store.task_log.due(most=9)
    assert (entry.task_id, entry.intent_at) == (task.id, None)
    await store.task_log.intend(task.id, NOW)
    unreadable, unread = _logging(store, HistoryUnreadable())
    await unreadable.run_once()
    assert unread.notices == chat.notices == []
    assert await store.task_log.due(most=9) == ()


async def test_a_channel_that_fails_holds_up_no_other(store) -> None:
    """Nor does one with very many tasks; and one task's trouble stays its own."""
    for _ in range(9):
        await _closed(store, log=LOG)
    await _closed(store, log=ChannelId(78), guild=ServerId(11))
    logging, chat = _logging(store)
    chat.failing.add(LOG)
    await logging.run_once()
    assert [channel for channel, _ in chat.notices] == [78]
    chat.failing.clear()
    chat.log_failures.append(Moderated(200000))
    await logging.run_once()
    assert len(chat.notices) == 1 + 4
    await logging.run_once()
    assert len(chat.notices) == 1 + 4 + 4


async def test_a_channel_that_is_gone_ends_it_with_one_notice(store) -> None:
    """To the admin who named it; the change is logged, and can be undone."""
    target = Target.of_server(GUILD, Kind.MODERATION)
    rule = Moderation(words=("x",), log=LOG, log_by=ADMIN)
    await settle(store, target, rule)
    for _ in range(3):
        await _closed(store)
    logging, chat = _logging(store, ChatRefused(10003))
    for _ in range(2):
        await logging.run_once()
    ((user, text),) = chat.notices
    assert user == ADMIN
    assert f"no longer logged in <#{LOG}>" in text
    assert await store.quota_settings.get(target) == replace(rule, log=None)
    newest = await store.quota_changes.changes(GUILD, before=InteractionId(LARGEST_ID), limit=1)
    assert [change.by.actor for change in newest] == [chat.own_id]
    assert await store.task_log.due(most=9) == ()
    # A former channel that was chosen again meanwhile stays.
    await settle(store, target, replace(rule, log=78))
    await _closed(store)
    gone, chat = _logging(store, ChatRefused(50001))
    await gone.run_once()
    assert chat.notices == []
    assert await store.quota_settings.get(target) == replace(rule, log=78)
    # If no log is set any more, there is nothing to end either.
    await settle(store, target, None)
    await _closed(store)
    gone, chat = _logging(store, ChatRefused(50001))
    await gone.run_once()
    assert chat.notices == []
    assert await store.quota_settings.get(target) is None
    assert await store.task_log.due(most=9) == ()


async def test_a_server_whose_settings_cannot_be_read_holds_up_no_other(store) -> None:
    """A later version may have written them."""
    await settle(store, Target.of_server(ServerId(11), Kind.MODERATION), Moderation(log=ANOTHER))
    text = "UPDATE quota_setting SET value = '[]'"
    await store._db.write(lambda connection: run_sql(text, connection))
    await _closed(store, log=ANOTHER, guild=ServerId(11))
    await _closed(store)
    logging, chat = _logging(store)
    await logging.run_once()
    assert {channel for channel, _ in chat.notices} == {LOG, ANOTHER}


async def test_a_channel_that_is_named_at_that_moment_stays(store) -> None:
    """The log has just found out that the previous channel is gone."""
    target = Target.of_server(GUILD, Kind.MODERATION)
    rule = Moderation(log=LOG, log_by=ADMIN)
    await settle(store, target, rule)
    await _closed(store)

    class Slow(QuotaSettings):
        @override
        async def moderation(self, server: ServerId) -> Moderation:
            await settle(store, target, replace(rule, log=78))
            return rule

    logging, _ = _logging(replace(store, quota_settings=Slow(store._db)), ChatRefused(10003))
    await logging.run_once()
    assert await store.quota_settings.get(target) == replace(rule, log=78)


async def test_what_was_private_is_news_from_its_post_on(store) -> None:
    """For a day, even days after its end; what couldn't be posted isn't logged."""
    for ended, posted, logged in ((9, 0, True), (9, 2, False), (0, None, False)):
        task = await _closed(store, log=None, now=NOW - ended * DAY)
        await store._db.write(lambda it, task=task: log_later(it, task.id, LOG))
        if posted is not None:
            page = page_of(task, 3, first_id(NOW - posted * DAY))
            await store.posts.save([replace(page, page=PUBLISHED)])
        logging, chat = _logging(store)
        await logging.run_once()
        assert bool(chat.notices) is logged
        assert await store.task_log.due(most=9) == ()


async def test_what_is_being_posted_is_logged_afterwards(store) -> None:
    """It has no link yet, but a check made before or meanwhile doesn't drop it."""
    task = await _closed(store, log=None)
    text = f"UPDATE task SET publishing = {{}} WHERE id = {task.id}"  # noqa: S608 - a test's own
    await store._db.write(lambda it: log_later(it, task.id, LOG))
    await store._db.write(lambda it: run_sql(text.format("true"), it))
    logging, chat = _logging(store)
    await logging.run_once()
    await store.task_log.done(task.id)
    await store.posts.save([replace(page_of(task, 3, first_id(NOW)), page=PUBLISHED)])
    await store._db.write(lambda it: run_sql(text.format("false"), it))
    assert chat.notices == []
    await logging.run_once()
    assert len(chat.notices) == 1


async def test_old_news_and_what_is_forgotten_are_not_logged(store) -> None:
    """The backlog is bounded; and what its requester has deleted stays deleted."""
    await _closed(store, user=UserId(USER + 1), now=NOW - 2 * DAY)
    await store.erasures.ask((await _closed(store)).requester.user, Erasure.ASKED, now=NOW)
    damaged = await _closed(store, user=UserId(USER + 1))
    text = f"UPDATE task SET request = '[]' WHERE id = {damaged.id}"  # noqa: S608 - a test's own
    await store._db.write(lambda connection: run_sql(text, connection))
    logging, chat = _logging(store)
    await logging.run_once()
    assert chat.notices == []
    assert await store.task_log.due(most=9) == ()
