"""Forgetting a task: its words and pictures go; the numbers that quotas add up stay."""

from dataclasses import dataclass
from enum import StrEnum


class Erasure(StrEnum):
    """How far forgetting a task has come. From the first stage on, nobody sees it any more."""

    ASKED = "asked"
    #: Its messages on Discord are deleted first.
    WITH_POSTS = "posts"
    DONE = "done"


#: The worker still has to do it.
PENDING = frozenset({Erasure.ASKED, Erasure.WITH_POSTS})


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """How much is stored about somebody, in all servers together."""

    #: Tasks with their prompts, and those of them that are not closed yet.
    tasks: int = 0
    unfinished: int = 0
    #: Pictures they attached, and images drawn for them, that are on disk.
    references: int = 0
    results: int = 0
    drafts: int = 0
    tray: int = 0
    defaults: bool = False
    #: What admins have set for them: limits, blocks, extra images.
    settings: int = 0
    #: Changes to those settings, in the servers' logs.
    changes: int = 0
    #: Steps of their tasks.
    events: int = 0
    #: Forgotten tasks whose numbers are still kept under their id.
    numbers: int = 0


@dataclass(frozen=True, slots=True)
class Erased:
    """What a deletion found: tasks that are forgotten now, and those that are not closed yet."""

    tasks: int
    unfinished: int
