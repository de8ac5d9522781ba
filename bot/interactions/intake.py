"""From a draft to its card, within Discord's three seconds."""

import asyncio
from dataclasses import dataclass, replace

import discord
import structlog

from bot.chat.failures import FAILURES, refusal_of
from bot.chat.ids import snowflake
from bot.clock import Clocks
from bot.deadline import sent_before
from bot.domain.defaults import Defaults
from bot.domain.draft import Draft
from bot.domain.ids import InteractionId, MessageId, ServerId
from bot.domain.models import Model
from bot.domain.task import NewTask, Task
from bot.domain.typed import understood
from bot.errors import ImagineError, Moderated
from bot.interactions.answers import refuse
from bot.interactions.convert import Interaction, new_task, places_of, requester_of, server_of
from bot.interactions.names import spelled_out
from bot.interactions.permissions import check_asker, check_writer, missing_here, upload_limit
from bot.refusals import MissingPermissions, NotAllowed, PrivateOff, Refusal, SizeOutOfRange
from bot.services.front.acceptance import Acceptance
from bot.services.front.drafts import Drafts
from bot.services.front.quota import Quota
from bot.services.shared.card_updates import CardUpdates
from bot.ui.card import card
from bot.ui.replies import refusal
from bot.ui.texts import texts

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Refused:
    """A draft that did not become a task, and the id it is kept under."""

    draft: Draft
    draft_id: InteractionId
    error: ImagineError
    #: How much of the quota it would use, by the weight of its images.
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Checks a draft, reserves its quota and answers with the card; refusals are ephemeral."""

    acceptance: Acceptance
    cards: CardUpdates
    drafts: Drafts
    quota: Quota
    #: Draws the images.
    model: Model
    clocks: Clocks
    #: Seconds before the answer is announced ("thinking…").
    answer_seconds: float
    #: Whether the bot works where only the user has installed it (USER_INSTALL).
    user_install: bool

    async def submit(
        self, interaction: Interaction, draft: Draft, defaults: Defaults | None = None
    ) -> None:
        """Accept a draft as a task of this user, on their quota.

        ``defaults``: for what it leaves out, after its prompt is read for options.
        """
        prompt = await spelled_out(
            draft.prompt, interaction.client, interaction.guild, (interaction.user,)
        )
        draft = replace(draft, prompt=prompt)
        draft, refusal = understood(draft)
        draft = draft if defaults is None else defaults.under(draft, self.model)
        if refusal is not None:
            await self.reject(interaction, draft, refusal)
            return
        deciding = asyncio.ensure_future(self._decide(interaction, draft))
        in_time, _ = await asyncio.wait({deciding}, timeout=self.answer_seconds)
        if not in_time:
            await _announce(interaction, private=draft.private)
        decided = await deciding
        if decided is None:
            return
        if isinstance(decided, Refused):
            await _refuse(interaction, decided, announced=not in_time)
        else:
            await self._show(interaction, draft, *decided)

    async def reject(self, interaction: Interaction, draft: Draft, error: Refusal) -> None:
        """Say why a draft is refused, and keep it, so that it can be fixed and sent."""
        await _refuse(interaction, await self._keep(interaction, draft, error), announced=False)

    async def _decide(
        self, interaction: Interaction, draft: Draft
    ) -> tuple[NewTask, Task] | Refused | None:
        try:
            new = new_task(
                interaction,
                draft.request(self.model),
                private=draft.private,
                upload_limit=upload_limit(interaction),
                parent_id=draft.parent_id,
            )
            _check_place(interaction, user_install=self.user_install)
            if not draft.private:
                check_writer(interaction)
            task = await self.acceptance.accept(new, places_of(interaction.channel))
        except Refusal as error:
            return await self._keep(interaction, draft, error)
        return None if task is None else (new, task)

    async def _keep(self, interaction: Interaction, draft: Draft, error: ImagineError) -> Refused:
        if isinstance(error, PrivateOff):
            # The refusal says so. Otherwise "Edit and resend" would always be refused.
            draft = replace(draft, private=False)
        if isinstance(error, SizeOutOfRange):
            draft = replace(draft, size=error.nearest, quality=None)  # pixels exclude quality
        reason = type(error).__name__
        requester = requester_of(interaction)
        await self.drafts.save(draft, InteractionId(interaction.id), requester, reason)
        return Refused(
            draft, InteractionId(interaction.id), error, await self._uses(draft, requester.server)
        )

    async def _uses(self, draft: Draft, server: ServerId | None) -> int:
        """Return how many images a draft counts as; if that is unclear, how many it asks for."""
        try:
            request = draft.request(self.model)
        except Refusal:
            return draft.count or 1
        return request.count * (await self.quota.policy(server)).weight(request)

    async def _show(self, interaction: Interaction, draft: Draft, new: NewTask, task: Task) -> None:
        try:
            view = card(task, await self.cards.queue_status(task))
        except Exception:
            # The user is told that it failed, so it must not be drawn.
            await self.acceptance.refused(task)
            raise
        try:
            # After that, a worker may have looked for the card and had the last word on it.
            with sent_before(task.wake_at, self.clocks):
                card_id = await _answer(interaction, view, private=new.private)
        except Exception as error:  # noqa: BLE001 - the row exists, whatever went wrong
            if (verdict := refusal_of(error)) is not None:
                await self.acceptance.refused(task)
                refused = await self._keep(interaction, draft, verdict)
                await _refuse(interaction, refused, announced=interaction.response.is_done())
                return
            # Discord may have taken the answer. The worker looks for the card, and gives the quota
            # back if there is none.
            log.warning("the card may not be there", task=task.id, error=repr(error))
            await self.acceptance.unconfirmed(task)
        else:
            await self.acceptance.shown(task, card_id)


def _check_place(interaction: Interaction, *, user_install: bool) -> None:
    """Refuse a place where this may not be asked for, or its result can't be posted."""
    if server_of(interaction) is None:
        if not user_install:
            # Results in direct messages have buttons, but no server's quota applies there.
            raise NotAllowed("server")
        # Results are sent by the interaction's token, which needs no permission.
        return
    check_asker(interaction)
    missing = missing_here(interaction)
    if missing:
        raise MissingPermissions(missing)


async def _announce(interaction: Interaction, *, private: bool) -> None:
    """Show "thinking…"; if that fails, the card may too, and the worker looks for it later."""
    try:
        await interaction.response.defer(ephemeral=private, thinking=True)
    except FAILURES as error:
        log.warning("an answer could not be announced", error=repr(error))


async def _refuse(interaction: Interaction, refused: Refused, *, announced: bool) -> None:
    error, draft = refused.error, refused.draft
    # Moderation would block the refusal too if it quoted the prompt.
    prompt = None if isinstance(error, Moderated) else draft.prompt
    t = texts(str(interaction.locale))
    view = refusal(error, t, prompt, refused.draft_id, uses=refused.uses)
    await refuse(interaction, error, view, announced=announced)


async def _answer(
    interaction: Interaction, view: discord.ui.LayoutView, *, private: bool
) -> MessageId:
    """Answer with the card; return the id of its message."""
    if interaction.response.is_done():
        return MessageId(snowflake((await interaction.edit_original_response(view=view)).id))
    sent = await interaction.response.send_message(view=view, ephemeral=private)
    if sent.message_id is None:
        return MessageId(snowflake((await interaction.original_response()).id))
    return MessageId(snowflake(sent.message_id))
