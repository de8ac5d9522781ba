"""Texts in the reader's language, by gettext; each language is a ``.po`` file in ``locale``.

English is the message itself. For a new language add a file; a test reports missing and unused
messages, and placeholders that differ.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.ui.command_mentions import with_mentions

LOCALE_DIR = Path(__file__).parent / "locale"
ENGLISH = "en"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it, which tools look for
    """Mark a message that is translated later, for example in a table."""
    return message


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language."""

    #: The name of its file: "zh_CN".
    locale: str
    _catalogue: NullTranslations

    def __call__(self, message: str, /, **values: object) -> str:
        """Translate, then fill in the placeholders. Braces in values are not placeholders.

        Commands become mentions in the message, but not in the values.
        """
        return with_mentions(self.plain(message), self.plain).format(**values)

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate for ``n`` things; ``{n}`` is a placeholder too."""
        said = self._catalogue.ngettext(one, many, n)
        return with_mentions(said, self.plain).format(n=n, **values)

    def plain(self, message: str) -> str:
        """Translate for where Discord shows no mentions: a command's description, for example."""
        return self._catalogue.gettext(message)

    def knows(self, message: str) -> bool:
        """Tell whether this language translates the message differently from English."""
        return bool(message) and self.plain(message) != message


@lru_cache(maxsize=64)
def texts(locale: str) -> Texts:
    """Return the closest language to Discord's ``locale``, or English.

    An unknown "zh-HK" gets Simplified Chinese. The first call reads all files, so it is made at the
    start.
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
