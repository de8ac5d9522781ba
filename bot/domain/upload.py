"""A reference on its way to Evolink."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A row of the table ``upload``: what has become of one reference so far."""

    task_id: int
    #: Counted from 0, in the order in which the user attached them.
    position: int
    #: What tells its picture from others: ``Reference.key``.
    source: str
    #: Pixels that are decoded for it: as Discord says or as its bytes do, at most before they came;
    #: 0 where an earlier task had it.
    pixels: int = 0
    #: Our copy as Evolink takes it, below ``DATA_DIR``; ``None``: not fetched yet, or no longer
    #: kept. Several rows may name the same one.
    file: str | None = None
    #: Evolink's id of the uploaded file, to delete it by.
    file_id: str | None = None
    #: What Evolink is given to read.
    url: str | None = None
