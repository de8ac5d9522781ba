"""Texts in the reader's language: gettext, from one ``.po`` file a language beside this module.

English is the message itself. A new language is one more file in ``locale/``; a test names what
is missing in it, what nobody uses and where placeholders differ.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).parent / "locale"
ENGLISH = "en"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it, which tools look for
    """Mark a message that is translated later: a table's, say."""
    return message


@dataclass(frozen=True, slots=True)
class Texts:
    """One language."""

    #: As its file is named: "zh_CN".
    locale: str
    _catalogue: NullTranslations

    def __call__(self, message: str, /, **values: object) -> str:
        """Translate, then put the values into the named fields.

        Braces in values do no harm: values are not looked at for fields.
        """
        return self._catalogue.gettext(message).format(**values)

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate for ``n`` things; ``{n}`` is a field, too."""
        return self._catalogue.ngettext(one, many, n).format(n=n, **values)

    def knows(self, message: str) -> bool:
        """Tell whether this language has a word of its own for the message."""
        return bool(message) and self._catalogue.gettext(message) != message


@lru_cache(maxsize=64)
def texts(locale: str) -> Texts:
    """Return the language nearest to Discord's ``locale``: "zh-TW" gets Chinese; else English.

    The first call reads all the files, so make it at start.
    """
    catalogues = _catalogues()
    wanted = locale.replace("-", "_")
    language = wanted.partition("_")[0]
    if wanted in catalogues:
        return Texts(wanted, catalogues[wanted])
    for name, catalogue in catalogues.items():
        if name.partition("_")[0] == language:
            return Texts(name, catalogue)
    return Texts(ENGLISH, catalogues[ENGLISH])


@cache
def _catalogues() -> dict[str, NullTranslations]:
    found: dict[str, NullTranslations] = {ENGLISH: NullTranslations()}
    for path in sorted(LOCALE_DIR.glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        found[path.stem] = GNUTranslations(compiled)
    return found
