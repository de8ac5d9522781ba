"""What was typed, and where its references can be found again."""

from dataclasses import replace

import pytest

from bot.domain.draft import Draft
from bot.domain.ids import ChannelId, MessageId, TaskId
from bot.domain.models import SEEDREAM_4_5
from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.result import Result
from bot.domain.source import FromMessage, FromResult, reference_to, source_of
from bot.refusals import BadReference, SizeNotUnderstood
from bot.store import codec

TASK = TaskId(7)
PICTURE = Reference(url="u", name="a.png", content_type="image/png", bytes=9)


def test_a_draft_like_a_request_becomes_that_request():
    """Every part comes back, even if exact pixels leave no quality."""
    for size in ("16:9", "auto", "2560x1440"):
        request = Request.parse("a fox", size=size, count=3, references=(PICTURE,))
        draft = Draft.like(request, private=True, parent_id=TASK)

        assert draft.request(SEEDREAM_4_5) == request
        assert (draft.private, draft.parent_id) == (True, TASK)


def test_what_seedream_does_not_take_is_refused():
    """As in a request, and by what is known of the pictures."""
    with pytest.raises(SizeNotUnderstood):
        Draft(prompt="a fox", size="huge").request(SEEDREAM_4_5)
    odd = Reference(url="u", name="a.svg", content_type="image/svg+xml", bytes=9)
    with pytest.raises(BadReference):
        Draft(prompt="a fox", references=(PICTURE, odd)).request(SEEDREAM_4_5)


def test_a_result_of_ours_is_a_reference_whatever_its_bytes():
    """It is resized when it is used: 4K PNGs exceed Evolink's limit."""
    large = Result(task_id=TASK, position=2, url="x", bytes=40_000_000, width=4096, height=4096)
    reference = reference_to(large)

    assert Draft(prompt="a fox", references=(reference,)).request(SEEDREAM_4_5).references == (
        reference,
    )
    assert source_of(reference) == FromResult(TASK, 2)


CDN = "https://cdn.discordapp.com/attachments/1/7/image.png?ex=1"


@pytest.mark.parametrize(
    ("reference", "source"),
    [
        (Reference(url="", name="a", bytes=9, source="result:7:0"), FromResult(TASK, 0)),
        (
            Reference(url="u", name="a", bytes=9, source="message:5:6", attachment_id=2**62),
            FromMessage(ChannelId(5), MessageId(6), 2**62),
        ),
        # As written before 0006: the link has the id.
        (
            Reference(url=CDN, name="a", bytes=9, source="message:1:2:狐:b.png"),
            FromMessage(ChannelId(1), MessageId(2), 7),
        ),
    ],
)
def test_sources_are_read_as_they_are_written(reference, source):
    """Also from the row, as JSON."""
    request = Request.parse("a fox", references=(reference,))

    (again,) = codec.decode(codec.encode(request), SEEDREAM_4_5).references
    assert source_of(again) == source


def test_a_picture_is_known_by_its_attachment():
    """Whatever its name, its link's signature, or the message in which it was seen."""
    one = Reference(url=CDN, name="image.png", bytes=9, source="message:1:2", attachment_id=7)
    again = Reference(url=f"{CDN}9", name="b.png", bytes=9)
    other = Reference(url=CDN, name="image.png", bytes=9, source="message:1:2", attachment_id=8)
    result = replace(one, source="result:3:0")
    assert one.key == again.key == "attachment:7"
    assert len({one.key, other.key, result.key}) == 3


@pytest.mark.parametrize("text", ["", "result:x:1", "message:1:2", "https://x/result:1:2"])
def test_anything_else_is_no_source(text):
    """It was only a link, which has died."""
    assert source_of(Reference(url="u", name="a", bytes=1, source=text)) is None
