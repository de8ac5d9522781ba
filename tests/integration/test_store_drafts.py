"""Refused drafts in the database."""

from bot.domain.draft import Draft
from bot.domain.ids import InteractionId, ServerId, TaskId, UserId
from bot.domain.reference import Reference
from bot.domain.requester import Requester
from tests.integration.store_kit import NOW, opened

ANN = Requester(ServerId(1), UserId(2))
DAY = 24 * 60 * 60 * 1000
PICTURE = Reference(url="u", name="a.png", content_type="image/png", bytes=9, source="result:1:0")
DRAFT = Draft(
    prompt="a fox", size="huge", count=99, references=(PICTURE,), private=True, parent_id=TaskId(4)
)


async def test_a_draft_is_kept_as_it_was_typed(tmp_path):
    """For the person who typed it, in that server."""
    async with opened(tmp_path) as store:
        number = InteractionId(2**63 - 2)
        await store.drafts.save(DRAFT, number, ANN, now=NOW, forget=NOW - DAY)

        assert await store.drafts.get(number, ANN, since=NOW) == DRAFT
        assert await store.drafts.get(number, Requester(ServerId(1), UserId(3)), since=NOW) is None
        assert await store.drafts.get(number, Requester(ServerId(9), UserId(2)), since=NOW) is None
        assert await store.drafts.get(InteractionId(number + 1), ANN, since=NOW) is None


async def test_a_draft_is_forgotten(tmp_path):
    """It is not given out after its day, and is removed when the next one comes."""
    async with opened(tmp_path) as store:
        old = InteractionId(7)
        await store.drafts.save(DRAFT, old, ANN, now=NOW, forget=NOW - DAY)
        assert await store.drafts.get(old, ANN, since=NOW + 1) is None
        await store.drafts.save(DRAFT, InteractionId(8), ANN, now=NOW + DAY + 1, forget=NOW + 1)

        assert await store.drafts.get(old, ANN, since=0) is None


async def test_a_replayed_interaction_keeps_one_draft(tmp_path):
    """It holds what was typed last."""
    async with opened(tmp_path) as store:
        for prompt in ("a fox", "an owl"):
            draft = Draft(prompt=prompt)
            await store.drafts.save(draft, InteractionId(7), ANN, now=NOW, forget=NOW - DAY)
        assert await store.drafts.get(InteractionId(7), ANN, since=NOW) == Draft(prompt="an owl")
