"""Moderation by a server's admins: forbidden words, and strikes for removed images."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from bot.domain.ids import NOBODY, ChannelId, UserId
from bot.domain.text import half_width, plain_words, sendable
from bot.refusals import NumberOutOfRange, TooManyWords, WordNotAllowed

#: The most words per server, and the most characters per word.
MOST_WORDS, LONGEST_WORD = 200, 50
#: The most strikes and the most days that a rule may set.
MOST_STRIKES, MOST_DAYS = 100, 365

#: Letters of the shortest word that is also found as a plural, or spelled out; and of the shortest
#: that is found inside something spelled out: shorter ones are part of too many other words, as in
#: "C L A S S".
SHORT, LONG = 3, 5
#: English words of one letter, which may stand beside a word that is spelled out.
_ONE_LETTER = "ai"
# The small letters of Cyrillic and Greek that look like Latin ones, or whose capitals do. Unicode's
# whole list (UTS 39) has thousands, and no maintained library folds by it.
_LOOK_ALIKE = str.maketrans(
    "авекмнорстухіјѕԁԛԝһӏαβεζηικμνορτυχıɑɡ",
    "abekmhopctyxijsdqwhlabeznikmvoptyxiag",
)
_BETWEEN = re.compile(r"[,;、،\n]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Strike:
    """A strike for a removed image; it counts until it is over. Epoch milliseconds."""

    by: UserId
    at: int
    until: int
    reason: str = ""

    def is_over(self, now: int) -> bool:
        """Tell whether it no longer counts."""
        return now >= self.until


@dataclass(frozen=True, kw_only=True, slots=True)
class Moderation:
    """What a server's admins have set."""

    #: As they were typed. A prompt with one of them is refused.
    words: tuple[str, ...] = ()
    #: This many strikes, each counting for ``strike_days``, block a member for ``block_days``;
    #: ``None``: strikes never block.
    strikes: int | None = None
    strike_days: int = 30
    block_days: int = 7
    #: The channel where each task's user, prompt and link are logged; ``None``: none are.
    log: ChannelId | None = None
    #: Whether private tasks are logged, too.
    log_private: bool = False
    #: Who chose the channel, and gets a message when it is gone; and the language of the log.
    log_by: UserId = NOBODY
    locale: str = "en-US"

    def logged_in(self, *, private: bool) -> ChannelId | None:
        """Return the channel where a task is logged; ``None``: nowhere."""
        return None if private and not self.log_private else self.log

    def checked(self) -> "Moderation":
        """Return it if its numbers are within bounds.

        Raises:
            NumberOutOfRange: one isn't; Discord would not send it.
        """
        for number, most in (
            (1 if self.strikes is None else self.strikes, MOST_STRIKES),
            (self.strike_days, MOST_DAYS),
            (self.block_days, MOST_DAYS),
        ):
            if not 1 <= number <= most:
                raise NumberOutOfRange(number, 1, most)
        return self

    def changed_words(self, add: str, remove: str) -> "Moderation":
        """Return it with words added and removed, both as typed by an admin, with commas between.

        Raises:
            TooManyWords: there are more than ``MOST_WORDS``, or one is too long or isn't a word.
        """
        gone = {plain_words(word) for word in split(remove)}
        words = {plain_words(word): word for word in (*self.words, *split(add))}
        if any(not key or len(word) > LONGEST_WORD for key, word in words.items()):
            raise TooManyWords(MOST_WORDS, LONGEST_WORD)
        kept = tuple(word for key, word in sorted(words.items()) if key not in gone)
        if len(kept) > MOST_WORDS:
            raise TooManyWords(MOST_WORDS, LONGEST_WORD)
        return replace(self, words=kept)

    def check(self, prompt: str) -> None:
        """Check that a prompt contains none of the words.

        Raises:
            WordNotAllowed: it contains one, as a whole word or its English plural, in any case and
                width, with look-alike letters of another alphabet, or spelled out.
        """
        if not self.words:
            return
        words = plain_words(prompt)
        said, spelled = _spaced(words), _spelled(words)
        for word in self.words:
            forms = _searched(word)
            if _is_spelled(forms, spelled) or any(form in said for form in forms):
                raise WordNotAllowed(word)


@dataclass(frozen=True, slots=True)
class Struck:
    """A strike that was given: how many count now, how many block, and until when it blocks."""

    strikes: int
    #: ``None``: strikes never block.
    of: int | None
    #: Epoch milliseconds; ``None``: it doesn't, or not for longer than before.
    block: int | None


def split(typed: str) -> list[str]:
    """Split words as an admin types them."""
    words = _BETWEEN.split(half_width(sendable(typed)))
    return [" ".join(word.split()) for word in words if word.strip()]


# Prompts are checked while others wait for the quota's lock: 200 words at once took 50 ms.
@lru_cache(maxsize=4096)
def _searched(word: str) -> tuple[str, ...]:
    """Return the forms that a word is found by: itself, and its English plurals."""
    said = _spaced(plain_words(word))
    singular = said.removesuffix(" ")
    last = singular.rpartition(" ")[2]
    if not (last.isascii() and last.isalpha() and len(last) >= SHORT):
        return (said,)
    more = [f"{singular.removesuffix('y')}ies "] if last.endswith("y") else []
    return said, f"{singular}s ", f"{singular}es ", *more


def _spaced(words: Sequence[str]) -> str:
    """Join words so that each is found only as a whole; none of them has a space."""
    return f" {' '.join(words)} ".translate(_LOOK_ALIKE)


def _spelled(words: Sequence[str]) -> frozenset[str]:
    """Return what is written letter by letter: "b l o o d" and "b.l.o.o.d"."""
    runs = groupby(words, lambda word: len(word) == 1 and word.isalpha())
    spelled = {"".join(run).translate(_LOOK_ALIKE) for is_letter, run in runs if is_letter}
    for run in tuple(spelled):
        first, last = run[:1] in _ONE_LETTER, run[-1:] in _ONE_LETTER
        spelled |= {run[first:], run[: len(run) - last], run[first : len(run) - last]}
    return frozenset(spelled)


def _is_spelled(forms: Sequence[str], spelled: frozenset[str]) -> bool:
    """Tell whether a word, of which these are the forms, is spelled out."""
    letters = forms[0].strip()
    if len(letters) >= LONG:
        return any(letters in run for run in spelled)
    return len(letters) >= SHORT and any(form.strip() in spelled for form in forms)
