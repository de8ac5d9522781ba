"""The upload of a reference to Evolink."""

from dataclasses import dataclass

from bot.domain.ids import TaskId


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A row of the table ``upload``: how far one reference of a task has come."""

    task_id: TaskId
    #: From 0, in the order in which the user attached them.
    position: int
    #: ``Reference.key``.
    source: str
    #: Pixels that it counts in the user's budget (``bot.domain.pixel_budget``); 0 if an earlier
    #: task's copy is used.
    pixels: int = 0
    #: Our copy in a form that Evolink accepts, relative to ``DATA_DIR``; ``None``: not downloaded
    #: yet, or removed. Several rows may share a file.
    file: str | None = None
    #: Evolink's id of the uploaded file, by which it is deleted.
    file_id: str | None = None
    #: The link that goes into the request.
    url: str | None = None
