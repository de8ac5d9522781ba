"""Sends one page of results."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.domain.result import Post
from bot.domain.task import Task
from bot.errors import TooLarge
from bot.services.shared.ports import Posting, ResultFile

#: Attempts to post a page, with smaller files whenever Discord finds them too large.
SHRINKS = 3


async def send_page(  # noqa: PLR0913 - what is on it
    chat: Posting,
    task: Task,
    post: Post,
    pictures: Sequence[ResultFile],
    pages: int,
    *,
    smaller: Callable[[int], Awaitable[Sequence[ResultFile]]],
    awaited: Sequence[int] = (),
) -> Post:
    """Post a page before the task's lease ends; return it with its message.

    ``smaller`` returns its pictures again, each of at most so many bytes.

    Raises:
        TooLarge: Discord takes none of the sizes that were tried.
        PostUnknown: it may have been posted.
        ChatError: it was not.
    """
    assert task.wake_at is not None
    max_bytes = task.upload_limit
    for _ in range(SHRINKS):
        try:
            there = await chat.post(
                task, post, pictures, pages, before=task.wake_at, awaited=awaited
            )
        except TooLarge:
            max_bytes //= 2
            pictures = await smaller(max_bytes)
        else:
            return replace(post, channel_id=there.channel_id, message_id=there.message_id)
    raise TooLarge
