"""The file ``.env``: whether it is readable, and which names in it are not settings."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from bot.errors import StartError

#: Byte order marks of UTF-16, which Windows editors write.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: How similar an environment variable must be to a setting to count as a typo (difflib's ratio).
_ALIKE = 0.88


def check(path: Path) -> None:
    """Check that the file, if there is one, is UTF-8, with or without a byte order mark.

    Raises:
        StartError: it isn't, or can't be read.
    """
    if not path.is_file():
        return
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StartError(f"{path} can't be read ({error.strerror}).") from error
    if data.startswith(_UTF_16) or b"\0" in data:
        raise StartError(f"{path} is saved as UTF-16. Save it again as UTF-8.")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StartError(f"{path} isn't UTF-8 (line {line}). Save it again as UTF-8.") from None


def unknown(names: Iterable[str], known: Iterable[str], where: str) -> list[str]:
    """Return a sentence for each name that isn't a setting, with the most similar setting."""
    settings = list(known)
    return [_sentence(name, settings, where) for name in names if name not in settings]


def slips(names: Iterable[str], known: Iterable[str], where: str) -> list[str]:
    """Return a sentence for each name that looks like a misspelt setting; others are ignored."""
    settings = list(known)
    return [
        _sentence(name, settings, where)
        for name in names
        if name not in settings and get_close_matches(name, settings, 1, _ALIKE)
    ]


def _sentence(name: str, settings: list[str], where: str) -> str:
    near = get_close_matches(name, settings, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{where} sets {name}, which isn't a setting of the bot.{hint}"
