"""Confirms that the user has seen the card of a queued task."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.ids import MessageId
from bot.domain.queue_status import QueueStatus
from bot.domain.state import Reason
from bot.domain.task import REPLY_LIFE, Task
from bot.errors import AnsweredElsewhere, ChatRefused, ChatUnavailable, PostUnknown
from bot.services.shared.alerts import Alerts
from bot.services.shared.ports import Cards
from bot.services.work.admission import Admission
from bot.services.work.held_tasks import NextStep
from bot.services.work.transitions import Transitions
from bot.store.store import Store

_ELSEWHERE = (
    "Another process is running with this bot's token. It answered first, so this one drew "
    "nothing. Stop the other one, or give it its own token."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Nothing is drawn for a card that never appeared."""

    store: Store
    chat: Cards
    transitions: Transitions
    admission: Admission
    alerts: Alerts
    clock: Callable[[], int]

    async def confirm(self, task: Task) -> NextStep | None:
        """Look for the card of a queued task, or carry out its cancellation."""
        try:
            card_id = task.card_id or await self.chat.find_card(task)
            if card_id is None and not task.cancel_requested:
                card_id = await self._reply(task)
        except AnsweredElsewhere:
            await self.alerts.warn("answered_elsewhere", _ELSEWHERE)
            # Closed at once: editing the card would overwrite the other process's.
            ended = task.cancelled(self.clock(), Reason.ANSWERED_ELSEWHERE)
            await self.transitions.save(ended.closed(), "cancelled")
            return None
        if task.cancel_requested:
            # By its requester, or because they or the server were blocked.
            reason = await self.admission.reason_to_cancel(task)
            if card_id is not None:
                # Without its id, the reply to a message couldn't show the outcome.
                await self.store.tasks.record_card(task.id, card_id, now=self.clock())
            return await self.transitions.go_on(task.cancelled(self.clock(), reason), "cancelled")
        if card_id is None:
            never = task.cancelled(self.clock(), Reason.NEVER_SHOWN)
            return await self.transitions.go_on(never, "cancelled")
        waiting = task.waiting(self.clock(), failures=0)
        await self.transitions.save(waiting, "waiting", card=card_id)
        return None

    async def _reply(self, task: Task) -> MessageId | None:
        """Reply to a message that has no card yet; ``None``: it can no longer get one.

        Its author is still waiting, while Discord tells users of commands that theirs failed.
        """
        assert task.wake_at is not None
        # ``abs``: the clock may have been set back.
        if not task.by_message or abs(self.clock() - task.created_at) >= REPLY_LIFE:
            return None
        try:
            return await self.chat.reply_card(task, QueueStatus(), before=task.wake_at)
        except ChatRefused:
            return None
        except PostUnknown as error:
            # The next look finds it, or else the same nonce gets the same message.
            raise ChatUnavailable from error
