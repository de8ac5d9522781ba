"""Who sees what of a task: the one rule behind buttons, panels, lists and references.

A requester sees all of their own task, wherever they are. Others see what was posted for everybody,
in the server where it was asked for, as long as the post stands; and the prompt while nothing has
been posted, for then the card is there for everybody, unless the task is private. Of what waits to
be fetched, came by direct message or was shown to the requester alone, they see nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.result import PUBLISHED, Post, Way
from bot.domain.task import Task


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks, and from where."""

    #: 0: none of the bot's servers. That is no place that anybody shares.
    guild_id: int
    user_id: int
    #: The message whose button they pressed, and the names of its files, unless only they see it:
    #: it stands, so nobody has to look; also where its page was posted this very moment.
    message_id: int | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisibleTask:
    """A task, and what somebody sees of it."""

    task: Task
    #: Whether it is theirs: then they see all of it.
    is_own: bool
    #: What others see: the pages that stand.
    pages: tuple[Post, ...] = ()

    def shows(self, position: int) -> bool:
        """Tell whether a result is among what they see."""
        return self.is_own or any(page.first <= position < page.stop for page in self.pages)


def shown_on(post: Post, viewer: Viewer) -> bool:
    """Tell whether it is this page's message that somebody pressed a button of."""
    if post.message_id is not None:
        return post.message_id == viewer.message_id
    return any(name.startswith(post.mark) for name in viewer.files)


def is_public(task: Task, post: Post, viewer: Viewer) -> bool:
    """Tell whether a page was posted where others than the requester see it."""
    if post.message_id is None and not shown_on(post, viewer):
        return False
    return post.page >= PUBLISHED or (not task.private and post.way in {Way.CHANNEL, Way.CARD})


def shares_place(task: Task, viewer: Viewer) -> bool:
    """Tell whether somebody is in the server where it was asked for."""
    return task.guild_id != 0 and task.guild_id == viewer.guild_id


def visible_task(
    task: Task, posts: Sequence[Post], viewer: Viewer, gone: Collection[Post]
) -> VisibleTask | None:
    """Return what somebody sees; ``None``: not even that there is such a task.

    ``gone``: those of its posts that were deleted at Discord, by whomever.
    """
    if task.user_id == viewer.user_id:
        return VisibleTask(task, is_own=True)
    if not shares_place(task, viewer):
        return None
    posted = [post for post in posts if is_public(task, post, viewer)]
    if not posted:
        return None if task.private else VisibleTask(task, is_own=False)
    stand = tuple(post for post in posted if post not in gone)
    return VisibleTask(task, is_own=False, pages=stand) if stand else None


def is_out_of_reach(task: Task, post: Post) -> bool:
    """Tell whether a page was reached by the interaction's token alone, which has died."""
    return post.way is Way.FOLLOWUP or (post.way is Way.CARD and task.by_interaction)
