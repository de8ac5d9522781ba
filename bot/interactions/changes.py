"""Answers with what an admin has changed."""

from bot.domain.quota_change import Change
from bot.domain.quota_settings import Rule
from bot.interactions.answers import answer
from bot.interactions.convert import Interaction
from bot.refusals import Scope
from bot.services.front.quota import Quota
from bot.ui.quota_changes import change_card
from bot.ui.texts import texts


async def answer_change(
    interaction: Interaction, quota: Quota, change: Change, *notes: str
) -> None:
    """Say what was changed, with *Undo*, and whether usage is already above it."""
    t, exceeded = texts(str(interaction.locale)), await quota.exceeded(change)
    said = list(notes)
    if exceeded.cap_used is not None:
        said.append(t("{used} are already used, which is over that limit.", used=exceeded.cap_used))
    elif isinstance(change.after, Rule) and change.after.scope is Scope.USER:
        said += [t("That's less than what's already used.")] if exceeded.members else []
    elif exceeded.members:
        said.append(
            t.plural(
                "{n} member has already used more.",
                "{n} members have already used more.",
                exceeded.members,
            )
        )
    await answer(interaction, change_card(change, t, *said))
