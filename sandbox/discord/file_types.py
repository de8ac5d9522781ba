"""``file_types``: what an attachment option or a file upload lets people choose.

https://github.com/discord/discord-api-docs/pull/8506
"""

from pathlib import PurePath
from typing import Any, cast

from sandbox.discord.errors import Complaints
from sandbox.discord.wire import Json

#: The most entries in one list.
MOST = 10
#: As of 2026-08, by name: https://github.com/Pycord-Development/pycord/pull/3284
GROUPS = {
    "image": frozenset({".png", ".gif", ".jpg", ".jpeg", ".jfif", ".webp", ".avif"}),
    "video": frozenset({".mp4", ".mov", ".qt", ".webm"}),
    "audio": frozenset({".mp3", ".m4a", ".wav", ".ogg", ".opus", ".flac"}),
}


def check(part: Json, path: tuple[str | int, ...], complaints: Complaints) -> None:
    """Check that the list, if any, holds only groups and extensions with a dot."""
    if part.get("file_types") is None:
        return
    given: Any = part["file_types"]
    here = (*path, "file_types")
    if not isinstance(given, list):
        complaints.add(here, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    complaints.length(here, given, 1, MOST)
    for index, entry in enumerate(cast("list[object]", given)):
        if not (isinstance(entry, str) and (entry in GROUPS or _is_ending(entry))):
            complaints.add((*here, index), "BASE_TYPE_CHOICES", "a group, or an ending with a dot")


def fits(part: Json, name: str) -> bool:
    """Return whether a file with this name can be chosen: its extension decides, not its bytes."""
    asked: list[str] | None = part.get("file_types")
    if asked is None:
        return True
    endings = {ending.lower() for each in asked for ending in GROUPS.get(each, {each})}
    return PurePath(name).suffix.lower() in endings


def _is_ending(entry: str) -> bool:
    return entry.startswith(".") and entry[1:].isalnum()
