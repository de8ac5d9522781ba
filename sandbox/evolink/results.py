"""Results: links that expire after a day, and pictures that are drawn when they are fetched."""

import asyncio
import hashlib
import re
import secrets
from collections import Counter, OrderedDict
from dataclasses import dataclass

from aiohttp import web

from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour, Wrong
from sandbox.evolink.books import Books, Download, Submission
from sandbox.evolink.orders import Order
from sandbox.evolink.pictures import Picture, render
from sandbox.evolink.sizes import RATIOS, nearest_ratio

#: Sandbox seconds (Evolink's page: 24 hours).
LIVES = 24 * 3600.0
#: Part of the path of signed links: characters that some libraries encode differently.
RAW = "a%2Fb%27c%7Ed'e~f"
#: Real seconds before a link that hangs is cut.
HANGS = 600.0
_ORIGIN = re.compile(r"https?://[^/?]+")
#: Bytes of pictures to cache; others are drawn again, identically.
KEPT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Result:
    """What a link leads to."""

    task_id: str
    index: int
    picture: Picture
    expires_at: float
    #: The file to serve instead of a drawing.
    file: bytes | None = None


class Results:
    """All results by the names in their links."""

    def __init__(self, clock: Clock, behaviour: Behaviour, books: Books) -> None:
        #: The start of every link; set once the server listens.
        self.base = ""
        self._clock = clock
        self._behaviour = behaviour
        self._books = books
        self._results: dict[str, Result] = {}
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._wrong = Counter[str]()
        # A 4K picture needs some 200 MB while it is drawn, so one at a time.
        self._drawing = asyncio.Lock()

    def publish(self, task: Submission, order: Order, count: int) -> list[str]:
        """Return links to the images of a task that has been drawn."""
        behaviour = self._behaviour
        side = behaviour.side
        width, height = (side, side) if side is not None else pixels(order, task)
        links: list[str] = []
        for index in range(count):
            picture = Picture(
                prompt=task.prompt,
                width=width,
                height=height,
                index=index,
                count=count,
                thumbnails=tuple(reference.thumbnail for reference in task.references),
                format="png" if behaviour.noisy else behaviour.format,
                style="noise"
                if behaviour.noisy
                else "flat"
                if behaviour.cheap_pictures
                else "scene",
                captioned=behaviour.captions,
                mark=f"{task.id}/{index}",
            )
            name = f"{secrets.token_hex(12)}.{picture.format}"
            expires = self._clock.now() + self._clock.lasting(LIVES)
            file = behaviour.next_files.pop(0) if behaviour.next_files else None
            self._results[name] = Result(task.id, index, picture, expires, file)
            links.append(self._link(name))
        return links

    def _link(self, name: str) -> str:
        if not self._behaviour.signed_links:
            return f"{self.base}/results/{name}"
        path = f"/results/{RAW}/{name}"
        return f"{self.base}{path}?X-Signature={_signature(path)}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer ``GET /results/{name}``: 404 when unknown, 403 once expired, as signed links."""
        # Through a proxy the request has the whole address, but only the path was signed.
        target = _ORIGIN.sub("", request.raw_path, count=1)
        path, _, query = target.partition("?")
        name = path.rpartition("/")[2]
        result = self._results.get(name)
        if result is None:
            raise web.HTTPNotFound(text="NoSuchKey")
        if self._clock.now() > result.expires_at:
            raise web.HTTPForbidden(text="AccessDenied: Request has expired")
        if path != f"/results/{name}":
            if query != f"X-Signature={_signature(path)}":
                raise web.HTTPForbidden(text="SignatureDoesNotMatch")
            if "/there/" not in path:
                there = path.replace("/results/", "/results/there/", 1)
                place = f"{there}?X-Signature={_signature(there)}"
                return web.Response(status=302, headers={"Location": place})
        wrong = self._goes_wrong(name, result.index)
        data = result.file or await self._bytes(name, result.picture)
        if wrong is not None:
            return await _wrongly(wrong, request, data)
        digest = hashlib.sha256(data).hexdigest()
        self._books.downloads.append(
            Download(result.task_id, result.index, self._clock.now(), digest)
        )
        return web.Response(body=data, content_type=f"image/{result.picture.format}")

    def _goes_wrong(self, name: str, index: int) -> Wrong | None:
        behaviour = self._behaviour
        wrong = behaviour.wrong_links.get(index)
        self._wrong[name] += 1
        times = behaviour.wrong_times
        return wrong if times is None or self._wrong[name] <= times else None

    async def _bytes(self, name: str, picture: Picture) -> bytes:
        async with self._drawing:
            data = self._kept.pop(name, None)
            if data is None:
                data = await asyncio.to_thread(render, picture)
            self._kept[name] = data
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT:
                self._kept.popitem(last=False)
        return data


async def _wrongly(wrong: Wrong, request: web.Request, data: bytes) -> web.StreamResponse:
    match wrong:
        case "missing":
            raise web.HTTPNotFound(text="NoSuchKey")
        case "expired":
            raise web.HTTPForbidden(text="AccessDenied: Request has expired")
        case "page":
            return web.Response(text="<!doctype html><p>One moment", content_type="text/html")
        case "empty":
            return web.Response(content_type="image/png")
        case "half":
            return web.Response(body=data[: len(data) // 2], content_type="image/png")
        case "cut" | "hanging":
            answer = web.StreamResponse(headers={"Content-Length": str(len(data))})
            await answer.prepare(request)
            await answer.write(data[: len(data) // 2])
            if wrong == "hanging":
                await asyncio.sleep(HANGS)
            assert request.transport is not None
            request.transport.abort()
            return answer


def _signature(path: str) -> str:
    """Sign a path exactly as it was sent."""
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def pixels(order: Order, task: Submission) -> tuple[int, int]:
    """Return width and height of the results; ``auto`` follows the first reference, else 1:1."""
    if isinstance(order.size, tuple):
        return order.size
    ratio = order.size
    if ratio == "auto":
        first = task.references[0] if task.references else None
        ratio = nearest_ratio(first.width, first.height) if first else "1:1"
    return RATIOS[ratio][order.quality]
