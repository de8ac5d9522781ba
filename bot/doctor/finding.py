"""What the doctor says about one thing."""

from dataclasses import dataclass

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and advice on what to do; without advice, all is well."""

    text: str
    advice: str = ""
    #: Lines for ``--verbose``.
    details: tuple[str, ...] = ()
    #: It may be intended, or isn't certain: worth a look, but no reason for an exit code of 1.
    is_mild: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether something needs to be done."""
        return bool(self.advice) and not self.is_mild

    @override
    def __str__(self) -> str:
        """One line for the terminal."""
        mark = "BAD" if self.is_bad else "?? " if self.advice else "ok "
        return f"{mark}  {self.text} {self.advice}".rstrip()
