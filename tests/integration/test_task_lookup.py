"""Which task a button means, in a database with a history of versions, folders and backups."""

import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bot.domain.ids import MessageId, ServerId, TaskId, UserId
from bot.domain.requester import Requester
from bot.domain.result import Post, Way
from bot.refusals import NotFound
from bot.services.front.task_lookup import SourceMessage, TaskLookup
from bot.store.migrate import MIGRATIONS
from bot.store.store import Store
from tests.integration.store_kit import address, number_of_tasks, opened, run

#: Ids of Discord's, in order.
ASKED, CARD, POSTED, LATER = (1_500_000_000_000_000_000 + n for n in range(4))

OLD_TASK = """
INSERT INTO task (
    id, guild_id, channel_id, user_id, locale, interaction_id, application_id, card_id, request,
    quality, private, state, reserved, charged, attempt, progress, version, cancel_requested,
    failures, upload_limit, created_at
) VALUES (
    7, 10, 30, 20, 'en-US', ?, 40, ?, ?, '2K', 0, 'delivered', 1, 1, 1, 100, 9, 0, 0, 10485760, 1
)
"""
REQUEST = '{"v":1,"prompt":"a fox","size":"auto","quality":"2K","count":1,"references":[]}'
OLD_POST = """
INSERT INTO post (task_id, page, first, stop, way, channel_id, message_id)
VALUES (7, 0, 0, 1, 'channel', 30, ?)
"""


def of_before(folder) -> None:
    """Leave a database behind as the version before made it, with one task that was drawn."""
    file = folder / "data" / "imagine.db"
    file.parent.mkdir()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    engine.dispose()
    with closing(sqlite3.connect(file)) as rows, rows:
        rows.execute(OLD_TASK, (ASKED, CARD, REQUEST))
        rows.execute(OLD_POST, (POSTED,))


async def found(store: Store, number: int, message_id: int, *, ephemeral: bool = False) -> int:
    """Return the row that a button means; 0: none."""
    try:
        return await TaskLookup(store).resolve(
            number, SourceMessage(MessageId(message_id), ephemeral=ephemeral)
        )
    except NotFound:
        return 0


async def test_buttons_of_before_work(tmp_path):
    """On its card, on its results, and on anything private shown since it was asked for."""
    of_before(tmp_path)
    store = await Store.open(address(tmp_path))
    assert await found(store, 7, CARD) == 7
    assert await found(store, 7, POSTED) == 7
    assert await found(store, 7, LATER, ephemeral=True) == 7
    assert await found(store, ASKED, LATER) == 7
    await store.close()


@pytest.mark.parametrize(
    ("message_id", "ephemeral"), [(LATER, False), (ASKED - 1, True), (ASKED - 1, False)]
)
async def test_buttons_of_another_folder_before(tmp_path, message_id, ephemeral):
    """On other messages, or older ones, the number meant somebody else's row 7."""
    of_before(tmp_path)
    store = await Store.open(address(tmp_path))
    assert await found(store, 7, message_id, ephemeral=ephemeral) == 0
    await store.close()


async def test_numbers_mean_nothing_in_a_new_database(tmp_path):
    """Tasks there never had such buttons; and another interaction's id doesn't find them."""
    async with opened(tmp_path) as store:
        task = await run(store, interaction_id=ASKED)
        await store.posts.save(
            [
                Post(
                    task_id=task.id,
                    page=0,
                    first=0,
                    stop=1,
                    way=Way.CHANNEL,
                    nonce=task.nonce(0),
                    message_id=MessageId(POSTED),
                )
            ]
        )
        assert await found(store, task.id, POSTED) == 0
        assert await found(store, task.id, LATER, ephemeral=True) == 0
        assert await found(store, ASKED, POSTED) == task.id
        assert await found(store, ASKED + 1, POSTED) == 0


async def test_numbers_mean_nothing_of_what_came_since(tmp_path):
    """A task that came after the update has the next row, but no button with its number."""
    of_before(tmp_path)
    store = await Store.open(address(tmp_path))
    task = await run(store, interaction_id=LATER)
    assert task.id == 8
    assert await found(store, 8, task.card_id or 0) == 0
    await store.close()


@pytest.mark.parametrize("number", [0, 2**63, 10**19 - 1])
async def test_numbers_that_no_database_has(tmp_path, number):
    """There is no such task, rather than an error."""
    async with opened(tmp_path) as store:
        assert await found(store, number, POSTED) == 0


async def test_what_was_posted_before_is_still_known_by_its_name(tmp_path):
    """Its files are named after its row, and a search for it finds those."""
    of_before(tmp_path)
    store = await Store.open(address(tmp_path))
    (post,) = await store.posts.of_task(TaskId(7))
    assert (post.mark, post.message_id, post.follows) == ("imagine-7-0-", POSTED, None)
    assert await store.tasks.get(TaskId(7)) is not None
    assert await number_of_tasks(store, Requester(ServerId(10), UserId(20))) > 0
    await store.close()
