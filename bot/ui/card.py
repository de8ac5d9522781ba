"""The card: the message that shows the state of a task."""

import discord

from bot.domain.queue_status import Pause, QueueStatus
from bot.domain.state import UNPAID, Reason, State
from bot.domain.task import Task
from bot.ui import buttons, colours, wording
from bot.ui.reasons import NOTHING_HELPS, of_code, why, worth_again
from bot.ui.texts import N_, Texts, texts
from bot.ui.view import static_view

#: Characters of the progress bar.
BAR = 12

_PAUSES = {
    Pause.OPERATOR: N_("Paused by the bot's owner. Your place in line is kept."),
    Pause.STORAGE: N_(
        "The bot's storage has a problem. Its owner knows; your place in line is kept."
    ),
    Pause.KEY_REFUSED: N_(
        "The bot can't sign in to the image service. Its owner knows; your place in line is kept."
    ),
    Pause.OUT_OF_CREDITS: N_(
        "The bot is out of credits (not your quota). Its owner knows; it continues once that's "
        "fixed."
    ),
    Pause.ACCESS_DENIED: N_(
        "The image service doesn't let the bot use this model. Its owner knows; your place in "
        "line is kept."
    ),
    Pause.RATE_LIMITED: N_("The image service is busy. Your turn comes automatically."),
    Pause.NO_ANSWER: N_("The image service isn't answering. Your place in line is kept."),
}


def card(task: Task, queue_status: QueueStatus) -> discord.ui.LayoutView:
    """Build the card, in the requester's language.

    It has the same lines in every state, so that nothing jumps: the prompt, the parameters, the
    state, a sentence about it, the quota and the time, and the buttons.
    """
    t = texts(task.locale)
    asked = [wording.heading(task, t), f"-# {wording.parameters(task.request, t)}"]
    if len(task.request.references) > 1:
        asked.append(f"-# {' · '.join(wording.references(task.request, t))}")
    box = discord.ui.Container[discord.ui.LayoutView](
        discord.ui.TextDisplay("\n".join(asked)),
        discord.ui.Separator(),
        discord.ui.TextDisplay(
            f"**{_headline(task, queue_status, t)}**\n{_line(task, queue_status, t)}\n"
            f"-# {_small(task, t)}"
        ),
        accent_colour=colours.colour_of(task.state),
        id=task.card_mark,
    )
    offered = _buttons(task, t)
    if offered:
        box.add_item(discord.ui.ActionRow(*offered))
    return static_view(box)


def ready_notice(task: Task, until: int) -> discord.ui.LayoutView:
    """Tell the requester that their images are kept ``until`` then, in epoch milliseconds."""
    t = texts(task.locale)
    text = t(
        "Your images are ready, but the bot couldn't post them in {channel}.",
        channel=f"<#{task.channel_id}>",
    )
    kept = t("They're kept until {when}.", when=wording.at(until))
    return static_view(
        discord.ui.Container(
            discord.ui.TextDisplay(wording.heading(task, t)),
            discord.ui.Separator(),
            discord.ui.TextDisplay(f"{text}\n-# {kept}"),
            discord.ui.ActionRow(buttons.fetch(task, t)),
            accent_colour=colours.colour_of(task.state),
        )
    )


def bar(percent: int) -> str:
    """Return the progress bar: "▰▰▰▱▱▱▱▱▱▱▱▱ 25%"."""
    percent = max(0, min(100, percent))
    full = percent * BAR // 100
    return f"{'▰' * full}{'▱' * (BAR - full)} {percent}%"


def _buttons(task: Task, t: Texts) -> list[buttons.Button]:
    """Return what can be done next, the likeliest first."""
    if not task.has_ended:
        return [buttons.stop(task, t)]
    if task.state is State.DELIVERED or task.reason in NOTHING_HELPS:
        return []
    if task.state is State.KEPT:
        gone = task.images_gone
        return [buttons.again(task, t) if gone else buttons.fetch(task, t)]
    if task.state is State.CANCELLED:
        return [buttons.again(task, t), buttons.change(task, t, alone=False)]
    if worth_again(task):
        return [buttons.try_again(task, t), buttons.change(task, t, alone=False)]
    return [buttons.change(task, t, alone=True)]


def _headline(task: Task, queue_status: QueueStatus, t: Texts) -> str:
    name = wording.state(task, t)
    if task.state is not State.QUEUED or queue_status.position is None or task.cancel_requested:
        return name
    if queue_status.position == 1:
        return f"{name} · {t('next in line')}"
    return f"{name} · {t('number {place} in line', place=queue_status.position)}"


def _line(task: Task, queue_status: QueueStatus, t: Texts) -> str:
    if task.has_ended:
        return _end(task, t)
    if task.cancel_requested:
        return _stopping(task, t)
    if queue_status.pause is not None and task.state is State.QUEUED:
        return t(_PAUSES[queue_status.pause])
    trouble = _trouble(task, t)
    return trouble if trouble is not None else _progress(task, queue_status, t)


def _progress(task: Task, queue_status: QueueStatus, t: Texts) -> str:
    if task.state is State.READY:
        return t("Done. Uploading your images…")
    if task.progress > 0:
        return bar(task.progress)
    if not task.estimate:
        return t("Starting soon.")
    if queue_status.is_late:
        return t("Taking longer than usual. Still working on it.")
    lasts = wording.duration(task.estimate, t)
    if queue_status.starts_in is not None:
        wait = wording.duration(queue_status.starts_in, t)
        return t("Starts in about {wait} · takes {lasts}", wait=wait, lasts=lasts)
    return t("Usually takes about {duration}.", duration=lasts)


def _small(task: Task, t: Texts) -> str:
    quota = wording.quota(task, t)
    if task.log_channel is not None:
        quota = f"{quota} · {t('admins log this')}"
    if task.has_ended:
        return quota
    if task.submitted_at is None:
        return f"{quota} · {t('asked {when}', when=wording.since(task.created_at))}"
    return f"{quota} · {t('started {when}', when=wording.since(task.submitted_at))}"


def _trouble(task: Task, t: Texts) -> str | None:
    """Say why the task waits, unless it is just waiting for its turn."""
    if task.reason == Reason.CHECKING:
        return why(task, t)
    if task.failures == 0:
        return None
    if task.state is State.RUNNING and task.reason != Reason.RESULTS_AWAITED:
        return t("The image service isn't responding. Checking again.")
    if task.state in {State.READY, State.RUNNING}:
        return _not_posted(task, t)
    if task.state is State.PREPARING or task.reason == Reason.REFERENCE_AWAITED:
        return of_code(Reason.REFERENCE_AWAITED, t)
    return t("Not accepted yet. Trying again.")


def _not_posted(task: Task, t: Texts) -> str:
    if task.reason == Reason.RESULTS_AWAITED:
        return of_code(task.reason, t)
    return t("Couldn't post yet. Trying again.")


def _stopping(task: Task, t: Texts) -> str:
    if task.state in UNPAID:
        return t("You won't be charged.")
    if task.remote_id is None:
        return t("If it still goes through, you'll find the images in /tasks.")
    return t("You'll find the images in /tasks when they're ready.")


def _end(task: Task, t: Texts) -> str:
    if task.state is State.DELIVERED and not task.images_gone:
        return _posted(task, t)
    return why(task, t) or t("This task has ended.")


def _posted(task: Task, t: Texts) -> str:
    if task.reason == Reason.RESULTS_GONE:
        return t(
            "Some of your images never arrived from the image service, so you weren't charged for "
            "them."
        )
    return t("Your images are posted.")
