"""Every error has a sentence of its own, which says what to do and no secret."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from bot import errors, refusals
from bot.domain.state import Reason, State
from bot.errors import Flaw, ImagineError, Rejected
from bot.refusals import (
    BadReference,
    CapReached,
    MissingPermissions,
    NotAllowed,
    QuotaReached,
    Refusal,
    Scope,
    SizeNotUnderstood,
)
from bot.ui.explain import explain
from bot.ui.reasons import SENTENCES, why
from bot.ui.texts import texts
from tests.unit.ui_kit import NOW, task

EN, ZH = texts("en"), texts("zh-CN")
EXAMPLES: dict[str, Any] = {
    "names": ("film.mp4",),
    "channels": (5, 6),
    "position": 2,
    "name": "cat.png",
    "flaw": Flaw.BYTES,
    "scope": Scope.SERVER,
    "missing": ("attach_files", "use_soundboard"),
    "who": "operator",
    "code": "service_error",
    "message": "Bearer sk-secret",
    "text": "huge",
    "sentence": "sk-secret",
    "retry_after": 3.0,
    "window": "week",
    "reason": "spam.",
    "until": None,
}


def walk(kind: type[ImagineError] = ImagineError) -> Iterator[type[ImagineError]]:
    """A class and all below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from walk(below)


def tree() -> list[type[ImagineError]]:
    """Return all classes of the tree that are ours: tests may have defined others."""
    return [kind for kind in walk() if kind.__module__ in {errors.__name__, refusals.__name__}]


def leaves() -> list[type[ImagineError]]:
    """Return the classes without subclasses of ours."""
    ours = set(tree())
    return [kind for kind in tree() if ours.isdisjoint(kind.__subclasses__())]


def example(kind: type[ImagineError]) -> ImagineError:
    """Return an error of this class, with a value in each field."""
    if not is_dataclass(kind):
        return kind()
    return kind(**{field.name: EXAMPLES.get(field.name, 3) for field in fields(kind) if field.init})


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence(kind: type[ImagineError], t: Any):
    """It ends properly, all its fields are filled, and the error's own text isn't quoted."""
    said = explain(example(kind), t)
    sentence = said.partition("\n-# ")[0]

    assert sentence.endswith((".", "。", ":R>", ":R>重置"))
    assert "{" not in said
    assert "secret" not in said
    assert kind.__name__ not in said


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
def test_no_two_leaves_share_a_sentence(t: Any):
    """The reader can tell the errors apart; Rejected has its code."""
    said = [explain(example(kind), t) for kind in leaves()]

    assert len(set(said)) == len(said)
    assert len(said) > 30


@pytest.mark.parametrize("flaw", Flaw)
def test_every_flaw_names_the_picture(flaw: Flaw):
    """Which of up to 14, by number and name."""
    said = explain(BadReference(2, "*cat*.png", flaw), EN)

    assert said.startswith(r"Picture 3 (\*cat\*.png) ")
    assert said.endswith("\n-# Not charged")


def test_a_quota_says_rule_rest_and_reset():
    """What was asked, what is left, whose rule, what is being drawn, when it resets."""
    error = QuotaReached(4, 2, 20, 3, Scope.USER, NOW, used=18)

    assert explain(error, EN).split("\n") == [
        "You asked for 4 images; 2 left today.",
        f"Ask for 2 or fewer, or wait until it resets <t:{NOW // 1000}:R>.",
        "-# ▰▰▰▰▰▰▰▰▰▱ 18/20",
        "-# Not charged · Your limit: 20 images a day · 3 being drawn",
    ]


def test_what_was_granted_is_in_the_picture():
    """The limit is used up, but not the images that an admin has granted."""
    error = QuotaReached(4, 2, 20, 0, Scope.USER, NOW, used=20, granted=2)

    assert "-# ▰▰▰▰▰▰▰▰▰▰ 20/20 · 2 extra images" in explain(error, EN).split("\n")
    assert "额外额度 2 张" in explain(error, ZH)


def test_of_a_rolling_window_only_the_first_come_back():
    """Nothing resets there, neither one's own limit nor everybody's."""
    when = f"<t:{NOW // 1000}:R>"
    for asked, left, weight in ((4, 2, 1), (1, 0, 4)):
        error = QuotaReached(
            asked, left, 20, 0, Scope.USER, NOW, used=18, window="7d", weight=weight
        )
        assert f"ome images come back {when}." in explain(error, EN)
        assert "reset" not in explain(error, EN)
        assert "重置" not in explain(error, ZH)
    cap = explain(CapReached(Scope.ADMINS, None, 9, 10), EN)
    assert "admins have set has no room for this. Ask for fewer images. Images come back" in cap
    for used, least in ((10, 1), (9, 2)):  # an image that counts as two doesn't fit either
        used_up = explain(CapReached(Scope.ADMINS, None, used, 10, least), EN)
        assert "admins have set is used up. Images come back over time." in used_up


def test_a_used_up_quota_does_not_advise_to_ask_for_none():
    """Nothing is left, so one can only wait."""
    said = explain(QuotaReached(1, 0, 20, 0, Scope.DEFAULT, NOW), EN)

    assert f"You've used all your images for today. You can draw again <t:{NOW // 1000}:R>." in said
    assert "being drawn" not in said


def test_a_rest_that_is_too_small_for_one_image_is_not_called_used_up():
    """An image may count as several."""
    few = explain(QuotaReached(1, 0, 20, 0, Scope.USER, NOW, used=18, weight=4), EN)
    assert few.startswith("One image like this counts as 4; 2 left today. It resets <t:")

    never = explain(QuotaReached(1, 0, 2, 0, Scope.USER, NOW, used=0, weight=4), EN)
    assert never.splitlines()[:2] == [
        "One image like this counts as 4; 2 left today.",
        "That's more than your whole limit. Use 2K, or leave pictures out.",
    ]
    none = explain(QuotaReached(1, 0, 20, 0, Scope.USER, NOW, used=20, weight=4), EN)
    assert none.startswith("You've used all your images for today.")


def test_a_rule_of_none_does_not_advise_to_wait():
    """It amounts to a block, which a reset doesn't change."""
    assert explain(QuotaReached(1, 0, 0, 0, Scope.USER, NOW), EN).split("\n") == [
        "Your limit here is 0 images a day.",
        "-# Not charged · Your limit: 0 images a day",
    ]


def test_caps_differ():
    """The server's and the whole bot's."""
    said = {explain(CapReached(scope, NOW, 9, 10), EN) for scope in (Scope.SERVER, Scope.TOTAL)}

    assert len(said) == 2


def test_permissions_are_named_as_discord_does():
    """One without a name of ours is still named."""
    error = MissingPermissions(("attach_files", "use_soundboard"))

    assert r"to allow: **Attach Files**, **use\_soundboard**." in explain(error, EN)
    assert "**附加文件**、" in explain(error, ZH)


def test_who_may():
    """Each of the three has its sentence; an unknown word is no crash."""
    said = {explain(NotAllowed(who), EN) for who in ("requester", "manage_guild", "operator", "x")}

    assert len(said) == 3


def test_what_was_typed_is_harmless():
    """A user's text inside a sentence neither pings nor formats nor floods."""
    said = explain(SizeNotUnderstood("**@everyone** " + "x" * 5000), EN)

    assert "@everyone" not in said
    assert "**" not in said.replace(r"\*\*", "")
    assert len(said) < 300


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_known_code_has_a_sentence(code: str):
    """As an error and as a task's reason, in both languages, without the code itself."""
    said = explain(Rejected(code, "sk-secret"), EN)

    assert f"`{code}`" not in said
    assert explain(Rejected(code), ZH) != said


@pytest.mark.parametrize("code", ["a`b", "<@1>", "x" * 200, "", "line\nbreak"])
def test_an_odd_code_is_not_repeated(code: str):
    """Evolink's text isn't ours; only what looks like a code is shown."""
    assert explain(Rejected(code), EN) == explain(Rejected("unknown_error"), EN)


def test_an_unknown_code_is_named():
    """So that somebody can look it up."""
    assert "`moon_phase`" in explain(Rejected("moon_phase"), EN)


def test_a_task_that_works_has_no_reason():
    """One that the bot retries by itself doesn't tell the user to, either."""
    assert why(task(), EN) is None
    assert why(task(reason=Reason.SERVER_FAILED), EN) is None
    checking = task(state=State.SUBMITTING, reason=Reason.CHECKING)
    assert "Checking whether it went through" in str(why(checking, EN))


def test_every_reason_has_a_sentence():
    """For every reason in the domain."""
    assert {str(reason) for reason in Reason} <= set(SENTENCES)


def test_the_tree_is_drawn_as_it_is():
    """The docstrings of bot/errors.py and bot/refusals.py name every class."""
    drawn = f"{errors.__doc__} {refusals.__doc__}"
    assert [kind.__name__ for kind in tree() if kind.__name__ not in drawn] == []
    assert issubclass(QuotaReached, Refusal)
