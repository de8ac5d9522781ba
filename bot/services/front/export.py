"""A server's tasks and usage over some days, as tables that admins can open."""

import asyncio
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from bot.domain.ids import InteractionId, ServerId
from bot.domain.window import Period, days, zone_of
from bot.files import FileStorage
from bot.refusals import ExportTooLarge
from bot.services.front.quota import Quota
from bot.store.store import Store

#: Columns of the two tables.
TASKS = (
    "time",
    "user",
    "channel",
    "state",
    "private",
    "model",
    "quality",
    "images_asked",
    "images_charged",
    "counted_as",
    "extra_images_used",
    "prompt",
)
USE = ("day", "user", "counted_as")
#: Characters that make a spreadsheet read a text as a formula, some in full width:
#: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
#: Bytes reserved for the second table's beginning and the archive's end.
_SPARE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Reads and writes page by page; one export at a time."""

    store: Store
    storage: FileStorage
    quota: Quota
    clock: Callable[[], int]
    _gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def write(
        self, server: ServerId, count: int, interaction_id: InteractionId, *, max_bytes: int
    ) -> Path:
        """Write the last ``count`` days of the server's time zone to an archive.

        ``interaction_id`` is how cleanup finds what a crash left behind. The caller removes the
        archive.

        Raises:
            ExportTooLarge: it would have more than ``max_bytes``.
        """
        zone = (await self.quota.policy(server)).zone
        _, begins = days(self.clock(), zone, count)
        path = self.storage.incoming(interaction_id, 0)
        async with self._gate:
            try:
                await self._write(path, server, Period(begins[0], begins[-1]), zone, max_bytes)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path

    async def _write(
        self, path: Path, server: ServerId, when: Period, zone: str, max_bytes: int
    ) -> None:
        place, used = zone_of(zone), Counter[tuple[date, int]]()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("tasks.csv", "w", force_zip64=True) as entry:
                await asyncio.to_thread(_write, entry, [TASKS], begins=True)
                async for page in self.store.task_export.pages(server, when):
                    await asyncio.to_thread(_write, entry, [_task(row, place) for row in page])
                    for row in page:
                        day = _time(row, place).date()
                        used[day, row["user_id"]] += row["used"]
                    _check(archive, max_bytes)
            rows = [(day, _mention("@", user), n) for (day, user), n in sorted(used.items()) if n]
            with archive.open("use.csv", "w", force_zip64=True) as entry:
                await asyncio.to_thread(_write, entry, [USE, *rows], begins=True)
            _check(archive, max_bytes)


def _check(archive: zipfile.ZipFile, max_bytes: int) -> None:
    if archive.fp is not None and archive.fp.tell() > max_bytes - _SPARE:
        raise ExportTooLarge


def _write(entry: IO[bytes], rows: Iterable[Sequence[object]], *, begins: bool = False) -> None:
    """Write rows; a table begins with the mark by which Excel recognizes UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(each) for each in row] for row in rows])
    entry.write(text.getvalue().encode("utf-8-sig" if begins else "utf-8", errors="replace"))


def _task(row: Mapping[str, Any], zone: ZoneInfo) -> tuple[object, ...]:
    return (
        _time(row, zone).isoformat(timespec="seconds"),
        _mention("@", row["user_id"]),
        _mention("#", row["channel_id"]),
        row["state"],
        "yes" if row["private"] else "no",
        row["model"],
        row["quality"],
        row["reserved"],
        "" if row["charged"] is None else row["charged"],
        row["used"],
        row["granted"],
        row["prompt"],
    )


def _mention(sign: str, number: int) -> str:
    """Return an id as a mention: a spreadsheet rounds numbers of 19 digits.

    Forgotten tasks belong to nobody.
    """
    return f"<{sign}{number}>" if number else ""


def _time(row: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(row["created_at"] / 1000, zone)


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet reads as a formula."""
    if isinstance(value, str) and value.lstrip(" \N{NO-BREAK SPACE}")[:1] in _FORMULA:
        return f"'{value}"
    return value
