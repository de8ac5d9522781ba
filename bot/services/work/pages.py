"""Changes or deletes the messages that carry a task's results."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.domain.durations import may_arrive
from bot.domain.result import Post
from bot.domain.task import Task
from bot.domain.visibility import is_out_of_reach
from bot.errors import ChatRefused, ChatUnavailable, HistoryUnreadable
from bot.services.shared.ports import Posted, Posting

log = structlog.get_logger()


async def change_pages(
    chat: Posting,
    task: Task,
    posts: Sequence[Post],
    change: Callable[[Post, Posted], Awaitable[None]],
    *,
    now: int,
) -> tuple[int, list[ChatRefused | HistoryUnreadable]]:
    """Change every page that may still exist and that the bot can reach.

    A page whose post had no answer is looked up. Returns how many were changed, and why others
    weren't.

    Raises:
        ChatUnavailable: Discord is failing, or a page may still be on its way there.
    """
    changed, failures = 0, list[ChatRefused | HistoryUnreadable]()
    for post in posts:
        if is_out_of_reach(task, post):
            continue
        try:
            where = await _place_of(chat, task, post, now)
            if where is not None:
                await change(post, where)
                changed += 1
        except (ChatRefused, HistoryUnreadable) as error:
            log.info("a message stays as it is", task=task.id, error=repr(error))
            failures.append(error)
    return changed, failures


async def delete_pages(
    chat: Posting, task: Task, posts: Sequence[Post], *, now: int
) -> tuple[int, list[ChatRefused | HistoryUnreadable]]:
    """Delete every page, as ``change_pages`` does."""

    async def delete(_: Post, where: Posted) -> None:
        await chat.delete_message(where.channel_id, where.message_id)

    return await change_pages(chat, task, posts, delete, now=now)


async def _place_of(chat: Posting, task: Task, post: Post, now: int) -> Posted | None:
    if post.channel_id and post.message_id:
        return Posted(post.channel_id, post.message_id)
    if post.intent_at is None:
        return None
    found = await chat.find_post(task, post)
    if found is None and may_arrive(post.intent_at, now):
        raise ChatUnavailable
    return found
