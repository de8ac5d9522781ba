"""Evolink as the services see it, with a record of what it was asked, drew and charged."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.ids import RemoteId
from bot.domain.request import Request
from bot.errors import (
    EvolinkError,
    FetchFailed,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    Rejected,
    Withheld,
)
from bot.evolink.values import ListedTask, RemoteTask, Status, Submitted, Uploaded
from tests.simulation.pictures import picture
from tests.simulation.wire import Wire

#: Any number of images.
ANY = -1
#: What a link may lead to instead of a picture; "missing": a 404.
WRONG = {
    "page": b"<!doctype html><p>One moment",
    "empty": b"",
    "half": picture(1)[: len(picture(1)) // 2],
}


@dataclass(eq=False)
class ShutOut(NotTaken):
    """A page of 429 answers instead of Evolink: nothing is asked for a while."""

    seconds: float


@dataclass
class Drawing:
    """A drawing of Evolink's, which it charges for."""

    id: RemoteId
    key: str
    at: int
    done_at: int
    #: How many images it yields.
    images: int
    #: Why there will be none.
    failure: str | None = None
    #: The references that it was given.
    links: tuple[str, ...] = ()
    #: When its links become known; Evolink calls back then.
    linked_at: int = 0
    #: Where to call back; ``None``: nowhere, or already done.
    callback: str | None = None


@dataclass
class Account:
    """Our account at Evolink."""

    clock: Callable[[], int]
    #: Milliseconds that a drawing takes.
    draws: int = 10_000
    #: Milliseconds between the end of a drawing and its links.
    links_late: int = 0
    #: By how many images a drawing falls short.
    short_by: int = 0
    failure: str | None = None
    honours_keys: bool = False
    #: How many images it can pay for until it is topped up; ``None``: any number.
    credits: int | None = None
    #: Requests for this many images (or ``ANY``) are refused, in this way, for so long; 0: none.
    refuses: int = 0
    refuses_by: type[Withheld] = OutOfCredits
    refuses_until: int = 0
    #: When it is topped up.
    poor_until: int = 0
    #: The results were lost: links to these are dead, by position.
    lost: frozenset[int] = frozenset()
    #: What links lead to at first, by position, in order: see ``WRONG``.
    wrong_links: Mapping[int, Sequence[str]] = field(default_factory=dict[int, Sequence[str]])
    #: How often each was asked for.
    asked: Counter[str] = field(default_factory=Counter[str])
    drawings: dict[RemoteId, Drawing] = field(default_factory=dict[RemoteId, Drawing])
    #: Stored files: ids by name, since one with the same name is overwritten.
    files: dict[str, str] = field(default_factory=dict[str, str])
    #: Files that were ever stored.
    stored: int = 0
    #: Files that nobody deletes, by id: the uploader died before recording them, or they couldn't
    #: be deleted when that was due. They live 72 hours.
    left: set[str] = field(default_factory=set[str], repr=False)

    def of_key(self, start: str) -> list[Drawing]:
        """Return what was drawn for keys that start so."""
        return [each for each in self.drawings.values() if each.key.startswith(start)]

    def served(self, url: str, place: int) -> bytes:
        """Return what a link leads to now."""
        if place in self.lost:
            raise FetchFailed("404")
        wrong = self.wrong_links.get(place, ())
        self.asked[url] += 1
        if self.asked[url] > len(wrong):
            return picture(place)
        bad = wrong[self.asked[url] - 1]
        if bad == "missing":
            raise FetchFailed("404")
        return WRONG[bad]

    def take(self, request: Request, key: str, links: Sequence[str]) -> Drawing:
        """Draw, or answer a repeated key with its drawing."""
        if self.honours_keys and (known := self.of_key(key)):
            if known[0].links != tuple(links):
                raise OutcomeUnknown("idempotency_conflict")
            return known[0]
        now = self.clock()
        if self.refuses in {ANY, request.count} and now < self.refuses_until:
            raise self.refuses_by
        if self.credits is not None and now < self.poor_until:
            if request.count > self.credits:
                raise OutOfCredits
            self.credits -= request.count
        drawing = Drawing(
            RemoteId(f"drawing-{len(self.drawings) + 1}"),
            key,
            now,
            now + self.draws,
            0 if self.failure else request.count - self.short_by,
            self.failure,
            tuple(links),
            now + self.draws + self.links_late,
        )
        self.drawings[drawing.id] = drawing
        return drawing


class Client:
    """One process's view of it: the methods of ``bot.evolink.client.Evolink``."""

    def __init__(self, account: Account, wire: Wire) -> None:
        self._there = account
        self._wire = wire
        #: Until when something in front of it shuts this process out.
        self._blocked_until = 0
        #: What this process has uploaded, by id.
        self.uploaded = set[str]()

    @property
    def blocked_seconds(self) -> float:
        """For how many more seconds it does."""
        return max(0, self._blocked_until - self._there.clock()) / 1000

    @asynccontextmanager
    async def _call(self, name: str) -> AsyncGenerator[None]:
        """Ask through what is in front; a process that is shut out doesn't even ask."""
        if self.blocked_seconds > 0:
            raise NotTaken("shut out")
        try:
            async with self._wire.call(name):
                yield
        except ShutOut as error:
            self._blocked_until = self._there.clock() + round(error.seconds * 1000)
            raise

    async def submit(
        self,
        request: Request,
        image_urls: Sequence[str],
        *,
        key: str,
        before: int,
        callback_url: str | None = None,
    ) -> Submitted:
        """Draw, at a cost."""
        async with self._call("submit"):
            if self._is_late(before):
                raise NotTaken("too late")
            drawing = self._there.take(request, key, image_urls)
            drawing.callback = callback_url
            return Submitted(drawing.id, self._there.draws)
        raise AssertionError

    def _is_late(self, before: int) -> bool:
        """Return whether a request leaves too late because its process was frozen."""
        return self._wire.is_late(before)

    async def read(self, remote_id: RemoteId) -> RemoteTask:
        """Return a drawing's progress."""
        async with self._call("read"):
            drawing = self._there.drawings.get(remote_id)
            if drawing is None:
                raise Rejected("task_not_found")
            if self._there.clock() < drawing.done_at:
                return RemoteTask(remote_id=remote_id, status=Status.DRAWING, progress=50)
            if drawing.failure:
                return RemoteTask(
                    remote_id=remote_id, status=Status.FAILED, error_code=drawing.failure
                )
            there = drawing.images if self._there.clock() >= drawing.linked_at else 0
            links = tuple(f"{remote_id}/{position}" for position in range(there))
            return RemoteTask(remote_id=remote_id, status=Status.COMPLETED, results=links)
        raise AssertionError

    async def credits(self) -> float | None:
        return None

    async def list_tasks(self, model: str, *, since: int, until: int) -> tuple[ListedTask, ...]:
        """List the drawings of a time, the newest first."""
        del model
        drawings = reversed(self._there.drawings.values())
        found = [ListedTask(each.id, each.at) for each in drawings if since <= each.at <= until]
        async with self._call("list"):
            return tuple(found)
        raise AssertionError

    async def upload(self, path: Path, name: str, content_type: str) -> Uploaded:
        """Store a file."""
        del path, content_type
        async with self._wire.call("upload"):
            self._there.stored += 1
            file_id = f"file-{self._there.stored}"
            self._there.files[name] = file_id
            self.uploaded.add(file_id)
            return Uploaded(file_id, f"https://files/{file_id}")
        raise AssertionError

    async def delete(self, file_id: str) -> None:
        """Delete a file; a missing one does no harm."""
        try:
            async with self._wire.call("delete upload"):
                files = self._there.files.items()
                self._there.files = {name: each for name, each in files if each != file_id}
        except EvolinkError:
            self._there.left.add(file_id)
            raise

    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        """Download a result; a death in the middle leaves a part of it."""
        del max_bytes
        place = int(url.rpartition("/")[2])
        part = to.with_name(f"{to.name}.{self._there.clock()}.part")
        async with self._wire.call("download"):
            data = self._there.served(url, place)
            part.write_bytes(data[:20])
            await self._wire.life.point("amid download")
            part.write_bytes(data)
            part.replace(to)
        return len(data)
