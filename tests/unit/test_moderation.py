"""Words that a server doesn't allow: whole, in every script, however they are written."""
# ruff: noqa: RUF001 - what people type to get around it

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ChannelId, UserId
from bot.domain.moderation import (
    LONGEST_WORD,
    MOST_DAYS,
    MOST_STRIKES,
    MOST_WORDS,
    Moderation,
    Strike,
)
from bot.domain.text import plain_words
from bot.refusals import NumberOutOfRange, TooManyWords, WordNotAllowed


def _refused(prompt: str, *words: str) -> str | None:
    """Return the word for which a prompt is refused, if any."""
    try:
        Moderation().changed_words(",".join(words), "").check(prompt)
    except WordNotAllowed as error:
        return error.word
    return None


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("a BLOODY knife", "bloody"),
        ("ｂｌｏｏｄｙ", "bloody"),
        ("bloo\u200bdy \u2060knife", "bloody"),
        ("blo\u00adody", "bloody"),
        ("(bloody)", "bloody"),
        ("bloody1 2bloody", "bloody"),
        ("a GPT4 robot", "gpt4"),
        ("very_bloody_knife", "bloody"),
        ("**bloody**", "bloody"),
        ("a nude\nfigure", "nude figure"),
        ("STRASSE", "straße"),
        ("caf\u0065\u0301 noir", "caf\u00e9"),
        ("КРОВЬ на снегу", "кровь"),
        ("大量血腥场面", "血腥"),
        ("血\u200b腥", "血腥"),
        ("ﾁ", "チ"),
        ("एक की बात", "की"),
        ("👍 gun 🔫", "🔫"),
        ("don’t kill", "kill"),
        ("ابن الدم", "الدم"),
        ("a ไก่ตัว", "ไก่"),
        ("b\u0336l\u0336o\u0336o\u0336d\u0336y\u0336", "bloody"),
        ("кро\u0301вь", "кровь"),
        ("\u0627\u0644\u062f\u0651\u0645", "الدم"),
        ("a blооdy knife", "bloody"),
        ("ΒLΟΟDΥ", "bloody"),
        ("кpoвь", "кровь"),
        ("b l o o d y knife", "bloody"),
        ("a b.l.o.o.d.y knife", "bloody"),
        ("B-L-O-O-D-Y", "bloody"),
        ("b l о o d y", "bloody"),
        ("b l o o d y k n i f e", "bloody"),
        ("a g u n", "gun"),
        ("g u n I see", "gun"),
        ("two G U N S", "gun"),
        ("A S S", "ass"),
        ("f o x e s", "fox"),
        ("two guns", "gun"),
        ("the foxes", "fox"),
        ("bloodies", "bloody"),
        ("nude figures", "nude figure"),
    ],
)
def test_a_word_is_found(prompt: str, word: str) -> None:
    """Whatever its case, width or composition, and with what nobody sees in between."""
    assert _refused(prompt, word) == word


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("the class is grassy", "ass"),
        ("Scunthorpe", "cunt"),
        ("bloodyx", "bloody"),
        ("12", "1"),
        ("एक काल", "कल"),
        ("क बात", "की"),
        ("nude. figure of speech nude", "figure nude"),
        ("", "x"),
        ("血和腥", "血腥"),
        ("a gunshot", "gun"),
        ("assess", "ass"),
        ("a sign that says B A S S", "ass"),
        ("C L A S S I C", "ass"),
        ("G-R-A-P-E", "rape"),
        ("a B E G U N poem", "gun"),
        ("x is y", "i"),
        ("its as", "it"),
        ("plan a or b", "ab"),
        ("a b", "ab"),
        ("gun", "guns"),
        ("血 和 腥 血", "血腥"),
    ],
)
def test_a_part_of_a_word_is_not_that_word(prompt: str, word: str) -> None:
    """Nor are its letters with other vowels, nor the words in another order."""
    assert _refused(prompt, word) is None


def test_words_are_added_and_removed_as_they_are_typed() -> None:
    """With commas of any kind; a word that is already there, in any case, stays single."""
    words = Moderation().changed_words(" Blood,  Gore\n、血腥，blood", "")
    assert sorted(words.words) == ["Gore", "blood", "血腥"]
    assert words.changed_words("", "BLOOD, nothing").words == ("Gore", "血腥")


@pytest.mark.parametrize("typed", ["...", "\u200b", "x" * 51, ",".join(map(str, range(201)))])
def test_what_is_no_word_is_refused(typed: str) -> None:
    """Nothing changes: every prompt would contain it."""
    with pytest.raises(TooManyWords):
        Moderation().changed_words(typed, "")
    assert MOST_WORDS == 200


def test_as_many_words_and_as_long_as_may_be() -> None:
    """One more, or one character more, is refused above."""
    most = Moderation().changed_words(",".join(f"w{number}" for number in range(MOST_WORDS)), "")
    assert len(most.words) == MOST_WORDS
    assert Moderation().changed_words("x" * LONGEST_WORD, "").words == ("x" * LONGEST_WORD,)


@pytest.mark.parametrize(
    ("field", "most"),
    [("strikes", MOST_STRIKES), ("strike_days", MOST_DAYS), ("block_days", MOST_DAYS)],
)
def test_the_numbers_of_the_rule_for_strikes_have_bounds(field: str, most: int) -> None:
    """At least 1; without a number, strikes never block."""

    def checked(number: int) -> Moderation:
        values: dict[str, Any] = {field: number}
        return Moderation(**values).checked()

    for number in (1, most):
        assert getattr(checked(number), field) == number
    for number in (0, most + 1):
        with pytest.raises(NumberOutOfRange):
            checked(number)
    assert Moderation().checked().strikes is None


def test_private_tasks_are_logged_only_where_that_is_set() -> None:
    """All others are, if there is a log."""
    log = ChannelId(5)
    assert Moderation().logged_in(private=False) is None
    assert Moderation(log=log).logged_in(private=False) == log
    assert Moderation(log=log).logged_in(private=True) is None
    assert Moderation(log=log, log_private=True).logged_in(private=True) == log


def test_a_strike_counts_until_its_time_is_up() -> None:
    """From that moment on it doesn't."""
    strike = Strike(by=UserId(1), at=0, until=100)
    assert not strike.is_over(99)
    assert strike.is_over(100)


@given(st.text(), st.text(min_size=1))
def test_a_prompt_that_has_the_word_between_spaces_is_refused(around: str, word: str) -> None:
    """Whatever the word, if it is one."""
    if plain_words(word) and plain_words(f" {word} ") == plain_words(word):
        with pytest.raises(WordNotAllowed):
            Moderation(words=(word,)).check(f"{around} {word} {around}")


def test_many_words_in_a_long_prompt_take_no_time(monkeypatch) -> None:
    """Others wait for the quota's lock meanwhile, so each word is split only once."""
    taken_apart = list[str]()

    def noted(text: str) -> tuple[str, ...]:
        taken_apart.append(text)
        return plain_words(text)

    monkeypatch.setattr("bot.domain.moderation.plain_words", noted)
    words = tuple(f"血 {'x ' * 20}{number}" for number in range(MOST_WORDS))
    set_ = Moderation(words=words)
    set_.check("血" * 2000)
    taken_apart.clear()
    began = time.process_time()
    set_.check("血" * 2000)
    assert time.process_time() - began < 0.05
    assert taken_apart == ["血" * 2000]
