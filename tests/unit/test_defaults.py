"""A user's defaults: what they fill in, and what they leave alone."""
# ruff: noqa: RUF001 - a slash and a cross that look like others

import pytest

from bot.domain.defaults import Defaults
from bot.domain.draft import Draft
from bot.domain.models import SEEDREAM_4_5
from bot.domain.reference import Reference
from bot.refusals import InvalidRequest

OWN = Defaults(size="16:9", quality="4K", count=4)
EXACT = Defaults(size="2560x1440", count=2)


@pytest.mark.parametrize(
    ("own", "typed", "filled"),
    [
        (OWN, {}, ("16:9", "4K", 4)),
        (OWN, {"size": "1:1", "count": 1}, ("1:1", "4K", 1)),
        (OWN, {"size": "auto", "quality": "2K"}, ("auto", "2K", 4)),
        (OWN, {"size": "2560x1440"}, ("2560x1440", None, 4)),
        (OWN, {"size": "2560×1440"}, ("2560×1440", None, 4)),
        (OWN, {"size": " 2560 X 1440"}, (" 2560 X 1440", None, 4)),
        (OWN, {"size": "9:21"}, ("9:21", "4K", 4)),
        (EXACT, {}, ("2560x1440", None, 2)),
        (EXACT, {"quality": "4K"}, (None, "4K", 2)),
        (Defaults(), {}, (None, None, None)),
    ],
)
def test_what_is_left_out_is_filled_in(own, typed, filled):
    """What was typed takes precedence, and exact pixels have no quality."""
    draft = own.under(Draft(prompt="a fox", **typed), SEEDREAM_4_5)

    assert (draft.size, draft.quality, draft.count) == filled
    draft.request(SEEDREAM_4_5)


@pytest.mark.parametrize(
    ("references", "typed", "count"), [(1, None, 14), (14, None, 1), (1, 15, 15), (0, None, 15)]
)
def test_references_leave_room_for_fewer_images(references, typed, count):
    """A default gives way; a typed value doesn't."""
    pictures = tuple(Reference(url="", name=f"{n}.png", bytes=1) for n in range(references))
    draft = Draft(prompt="a fox", references=pictures, count=typed)

    assert Defaults(count=15).under(draft, SEEDREAM_4_5).count == count


def test_they_are_spelled_as_the_model_has_them():
    """However they were typed."""
    assert Defaults(size="16∕9", quality="4k").checked(SEEDREAM_4_5) == Defaults(
        size="16:9", quality="4K"
    )


@pytest.mark.parametrize("own", [{"size": "huge"}, {"size": "2560x1440", "quality": "4K"}])
def test_what_the_model_does_not_accept(own):
    """Refused when it is set."""
    with pytest.raises(InvalidRequest):
        Defaults(**own).checked(SEEDREAM_4_5)


@pytest.mark.parametrize("own", [OWN, EXACT, Defaults(private=True)])
def test_of_a_request_they_are_its_options(own):
    """What the model does anyway is left out."""
    request = own.under(Draft(prompt="a fox"), SEEDREAM_4_5).request(SEEDREAM_4_5)
    made = Defaults.from_request(request, private=own.private)

    assert made.under(Draft(prompt="a fox"), SEEDREAM_4_5).request(SEEDREAM_4_5) == request
    assert made.private is own.private
