"""Words that a server doesn't allow: whole, in every script, however they are written."""
# ruff: noqa: RUF001 - what people type to get around it

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.moderation import MOST_WORDS, Moderation
from bot.domain.text import plain_words
from bot.refusals import TooManyWords, WordNotAllowed


def _refused(prompt: str, *words: str) -> str | None:
    """Return the word for which a prompt is refused, if it is."""
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
    ],
)
def test_a_part_of_a_word_is_not_that_word(prompt: str, word: str) -> None:
    """Nor are its letters with other vowels, or the words in another order."""
    assert _refused(prompt, word) is None


def test_words_are_added_and_removed_as_they_are_typed() -> None:
    """With any commas; one that is there already, in whatever case, stays one."""
    words = Moderation().changed_words(" Blood,  Gore\n、血腥，blood", "")
    assert sorted(words.words) == ["Gore", "blood", "血腥"]
    assert words.changed_words("", "BLOOD, nothing").words == ("Gore", "血腥")


@pytest.mark.parametrize("typed", ["...", "\u200b", "x" * 51, ",".join(map(str, range(201)))])
def test_what_is_no_word_is_refused(typed: str) -> None:
    """Nothing is changed by it: every prompt would have it."""
    with pytest.raises(TooManyWords):
        Moderation().changed_words(typed, "")
    assert MOST_WORDS == 200


@given(st.text(), st.text(min_size=1))
def test_a_prompt_that_has_the_word_between_spaces_is_refused(around: str, word: str) -> None:
    """Whatever the word, as long as it is one."""
    if plain_words(word) and plain_words(f" {word} ") == plain_words(word):
        with pytest.raises(WordNotAllowed):
            Moderation(words=(word,)).check(f"{around} {word} {around}")


def test_many_words_in_a_long_prompt_take_no_time(monkeypatch) -> None:
    """Others wait for the quota's lock meanwhile, so each word is split once and for all."""
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
