"""The entries of a server's task log, for its admins."""

from collections.abc import Sequence

from bot.domain.ids import ChannelId
from bot.domain.result import Post
from bot.domain.task import Task
from bot.domain.visibility import is_posted_publicly
from bot.ui import wording
from bot.ui.prompt import escape
from bot.ui.texts import Texts

#: Characters of a prompt; a message has 2,000.
PROMPT = 1_500


def log_entry(task: Task, posts: Sequence[Post], t: Texts) -> str:
    """Tell who asked for what, where it is, and how it ended."""
    head = [f"<@{task.requester.user}>", f"<#{task.channel_id}>"]
    shown = next((post for post in posts if is_posted_publicly(task, post)), None)
    if shown is not None:
        assert shown.channel_id is not None
        assert shown.message_id is not None
        url = wording.link(task.requester.server, (shown.channel_id, shown.message_id))
        head.append(f"[{t('Open')}]({url})")
    small = [wording.state(task, t), wording.parameters(task.request, t)]
    if task.private and shown is None:
        small.append(t("private"))
    # To look the task up by.
    small.append(str(task.interaction_id))
    prompt = f"> {escape(task.request.prompt, PROMPT)}"
    return "\n".join((" · ".join(head), prompt, f"-# {' · '.join(small)}"))


def log_ended(channel_id: ChannelId, t: Texts) -> str:
    """Tell an admin that a log has ended."""
    return t(
        "Tasks are no longer logged in {channel}: the channel was deleted, or the bot can't write "
        "there. Choose another with /imagine-admin moderation log.",
        channel=f"<#{channel_id}>",
    )
