"""Results: links that live for a day, and pictures that are drawn when somebody fetches them."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.books import Books, Download, Submission
from sandbox.evolink.orders import Order
from sandbox.evolink.pictures import Picture, render
from sandbox.evolink.sizes import RATIOS, nearest_ratio

#: Sandbox seconds (Evolink's page: 24 hours).
LIVES = 24 * 3600.0
#: Bytes of pictures that are kept; a picture is drawn alike again, so none is lost.
KEPT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Result:
    """What a link leads to."""

    task_id: str
    index: int
    picture: Picture
    expires_at: float


class Results:
    """All results, by the name in their link."""

    def __init__(self, clock: Clock, behaviour: Behaviour, books: Books) -> None:
        #: The start of every link; known once the server listens.
        self.base = ""
        self._clock = clock
        self._behaviour = behaviour
        self._books = books
        self._results: dict[str, Result] = {}
        self._kept: OrderedDict[str, bytes] = OrderedDict()
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
                mark=f"{task.id}/{index}",
            )
            name = f"{secrets.token_hex(12)}.{picture.format}"
            expires = self._clock.now() + self._clock.lasting(LIVES)
            self._results[name] = Result(task.id, index, picture, expires)
            links.append(f"{self.base}/results/{name}")
        return links

    async def serve(self, request: web.Request) -> web.Response:
        """Answer ``GET /results/{name}``: 404 when unknown, 403 once expired, as signed links."""
        name = request.match_info["name"]
        result = self._results.get(name)
        if result is None:
            raise web.HTTPNotFound(text="NoSuchKey")
        if self._clock.now() > result.expires_at:
            raise web.HTTPForbidden(text="AccessDenied: Request has expired")
        data = await self._bytes(name, result.picture)
        digest = hashlib.sha256(data).hexdigest()
        self._books.downloads.append(
            Download(result.task_id, result.index, self._clock.now(), digest)
        )
        return web.Response(body=data, content_type=f"image/{result.picture.format}")

    async def _bytes(self, name: str, picture: Picture) -> bytes:
        async with self._drawing:
            data = self._kept.pop(name, None)
            if data is None:
                data = await asyncio.to_thread(render, picture)
            self._kept[name] = data
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT:
                self._kept.popitem(last=False)
        return data


def pixels(order: Order, task: Submission) -> tuple[int, int]:
    """Return width and height of the results; ``auto`` follows the first reference, else 1:1."""
    if isinstance(order.size, tuple):
        return order.size
    ratio = order.size
    if ratio == "auto":
        first = task.references[0] if task.references else None
        ratio = nearest_ratio(first.width, first.height) if first else "1:1"
    return RATIOS[ratio][order.quality]
