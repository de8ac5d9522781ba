"""Evolink out of reach: nothing is accepted, read, stored or downloaded."""

from collections.abc import Sequence
from pathlib import Path

from bot.domain.ids import RemoteId
from bot.domain.request import Request
from bot.errors import FetchFailed, NotTaken
from bot.evolink.values import ListedTask, RemoteTask, Submitted, Uploaded


class UnreachableEvolink:
    """Its links are dead, too."""

    blocked_seconds = 0.0

    async def submit(
        self,
        request: Request,
        image_urls: Sequence[str],
        *,
        key: str,
        before: int,
        callback_url: str | None = None,
    ) -> Submitted:
        del request, image_urls, key, before, callback_url
        raise NotTaken("out of reach")

    async def read(self, remote_id: RemoteId) -> RemoteTask:
        del remote_id
        raise NotTaken("out of reach")

    async def list_tasks(self, model: str, *, since: int, until: int) -> tuple[ListedTask, ...]:
        del model, since, until
        raise NotTaken("out of reach")

    async def credits(self) -> float | None:
        raise NotTaken("out of reach")

    async def upload(self, path: Path, name: str, content_type: str) -> Uploaded:
        del path, name, content_type
        raise NotTaken("out of reach")

    async def delete(self, file_id: str) -> None:
        del file_id
        raise NotTaken("out of reach")

    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        del url, to, max_bytes
        raise FetchFailed
