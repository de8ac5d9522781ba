"""Answers to interactions; the one place where an error becomes a message."""

import secrets
from collections.abc import Sequence
from contextlib import suppress

import discord
import structlog

from bot.chat.failures import FAILURES, refusal_of, requesting
from bot.domain.ids import UserId
from bot.errors import ChatError, ImagineError, Moderated
from bot.interactions.convert import Interaction
from bot.services.front.deletion import Deleted
from bot.ui.explain import explain
from bot.ui.replies import given_back, notice
from bot.ui.texts import N_, Texts, texts

log = structlog.get_logger()

#: Seconds until a refusal of a message disappears, and seconds for sending it.
REFUSAL_SECONDS, REPLY_SECONDS = 60, 10.0

_THINKING = discord.InteractionResponseType.deferred_channel_message

#: What we say about a deletion.
DELETED = {
    Deleted.DONE: N_("Deleted."),
    Deleted.LATER: N_("Deleting. Discord is slow; this continues automatically."),
    Deleted.UNSEEN: N_(
        "Deleted. A message that the bot can't see any more may still show the images."
    ),
}


async def answer(
    interaction: Interaction, view: discord.ui.LayoutView, files: Sequence[discord.File] = ()
) -> None:
    """Answer so that only this user sees it, as a follow-up if we have answered before."""
    if interaction.response.is_done():
        await interaction.followup.send(view=view, files=files, ephemeral=True)
    else:
        await interaction.response.send_message(view=view, files=files, ephemeral=True)


def may_update(interaction: Interaction) -> bool:
    """Tell whether an answer may replace the message that was pressed.

    Only if nobody but the presser sees it: a forged press must not change what everybody sees.
    """
    message = interaction.message
    return message is not None and message.flags.ephemeral


async def update(interaction: Interaction, view: discord.ui.LayoutView) -> None:
    """Replace the message that was pressed, if allowed; otherwise answer with a new one."""
    if may_update(interaction):
        await interaction.response.edit_message(view=view)
    else:
        await answer(interaction, view)


async def defer_update(interaction: Interaction) -> None:
    """Acknowledge now; ``edit_original_response`` then answers as ``update`` does."""
    await interaction.response.defer(ephemeral=True, thinking=not may_update(interaction))


async def refuse(
    interaction: Interaction,
    error: ImagineError,
    view: discord.ui.LayoutView,
    *,
    announced: bool,
) -> None:
    """Say why a draft is refused.

    ``announced``: "thinking…" is shown. It is deleted first, because the first follow-up would
    replace it and be just as public.
    """
    log.info("refused", error=repr(error), user=interaction.user.id)
    interaction.client.measures.refused(error)
    if announced:
        await interaction.delete_original_response()
    await answer(interaction, view)


async def explain_to(interaction: Interaction, error: Exception, prompt: str | None = None) -> None:
    """Explain an error of ours; of any other, give a number that can be found in the log.

    ``prompt``: what was typed, to give back: Discord has closed the form or cleared the command.
    """
    interaction.client.measures.refused(error)
    t = texts(str(interaction.locale))
    text = explained(error, t, user=UserId(interaction.user.id))
    if prompt and isinstance(refusal_of(error), Moderated):
        prompt = None  # moderation would block this, too
    try:
        if prompt and interaction.response.type is _THINKING:
            # As in ``refuse``: nobody has checked the prompt, so not everybody may read it.
            with suppress(discord.NotFound):
                await interaction.delete_original_response()
        await answer(interaction, notice(text) if prompt is None else given_back(text, t, prompt))
    except FAILURES as failure:
        log.warning("an answer could not be given", error=repr(failure))


async def refuse_in_reply(message: discord.Message, text: str) -> discord.Message | None:
    """Say in a reply, for a minute, why nothing is drawn; the author still has what they wrote.

    Returns the reply, if there is one.
    """
    try:
        async with requesting(REPLY_SECONDS):
            return await message.reply(
                text,
                nonce=f"{message.id}.no",
                delete_after=REFUSAL_SECONDS,
                allowed_mentions=discord.AllowedMentions.none(),
            )
    except ChatError as error:
        log.info("a mention can't be answered", message=message.id, error=repr(error))
        return None


def explained(error: Exception, t: Texts, *, user: UserId) -> str:
    """Return what to tell a user about an error, and log it, in full if it isn't ours."""
    if isinstance(error, ImagineError):
        log.info("refused", error=repr(error), user=user)
        return explain(error, t)
    number = secrets.token_hex(3)
    log.error("an interaction failed", number=number, exc_info=error)
    return t(
        "Something went wrong. Nothing more was charged. Please give the bot's owner this "
        "number: {number}",
        number=number,
    )
