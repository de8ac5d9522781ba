"""What was typed, and where references live on."""

import pytest

from bot.domain.reference import Reference
from bot.domain.request import Request
from bot.domain.result import Result
from bot.domain.source import FromMessage, FromResult, reference_to, source_of
from bot.domain.wish import Wish
from bot.errors import BadReference, SizeNotUnderstood
from bot.store import codec

PICTURE = Reference(url="u", name="a.png", content_type="image/png", bytes=9)


def test_a_wish_like_a_request_becomes_that_request():
    """Every part comes back, also where exact pixels leave no quality."""
    for size in ("16:9", "auto", "2560x1440"):
        request = Request.of("a fox", size=size, count=3, references=(PICTURE,))
        wish = Wish.like(request, private=True, parent_id=7)

        assert wish.request() == request
        assert (wish.private, wish.parent_id) == (True, 7)


def test_what_seedream_does_not_take_is_refused():
    """As the request, and as the pictures say."""
    with pytest.raises(SizeNotUnderstood):
        Wish(prompt="a fox", size="huge").request()
    odd = Reference(url="u", name="a.svg", content_type="image/svg+xml", bytes=9)
    with pytest.raises(BadReference):
        Wish(prompt="a fox", references=(PICTURE, odd)).request()


def test_a_result_of_ours_is_a_reference_whatever_its_bytes():
    """It is made to fit when it is used: 4K PNGs are above Evolink's limit."""
    large = Result(task_id=7, position=2, url="x", bytes=40_000_000, width=4096, height=4096)
    reference = reference_to(large)

    assert Wish(prompt="a fox", references=(reference,)).request().references == (reference,)
    assert source_of(reference) == FromResult(7, 2)


@pytest.mark.parametrize(
    "source", [FromResult(1, 0), FromMessage(5, 2**62, "a:b.png"), FromMessage(1, 2, "狐.png")]
)
def test_sources_are_read_as_they_are_written(source):
    """Also from the row, as JSON."""
    reference = Reference(url="", name="a.png", bytes=9, source=str(source))
    request = Request.of("a fox", references=(reference,))

    (again,) = codec.decode(codec.encode(request)).references
    assert source_of(again) == source


@pytest.mark.parametrize("text", ["", "result:x:1", "message:1:2", "https://x/result:1:2"])
def test_anything_else_is_no_source(text):
    """A link that died is all there was."""
    assert source_of(Reference(url="u", name="a", bytes=1, source=text)) is None
