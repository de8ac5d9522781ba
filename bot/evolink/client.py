"""The client: submit, read, upload, delete, credits, download."""

import asyncio
import io
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import stamina
from pydantic import ValidationError

from bot import __version__
from bot.domain.request import Request
from bot.errors import EvolinkError, NotTaken, OutcomeUnknown, Rejected, ServerFailed
from bot.evolink import failures, wire
from bot.evolink.download import Downloads
from bot.evolink.values import RemoteTask, Submitted, Uploaded

USER_AGENT = f"imagine/{__version__}"
#: Seconds to get a connection; what takes longer surely sent nothing.
CONNECT_SECONDS = 10
#: Quick tries of what may be repeated; the worker tries again later.
TRIES = 3
#: Bytes of an answer that are read at most: a task has a few kilobytes.
MOST_ANSWER = 4_000_000


class Evolink:
    """Evolink's API. ``timeout`` is seconds for a whole request."""

    def __init__(
        self, *, api_url: str, files_url: str, key: str, model: str, timeout: float
    ) -> None:
        self._api = api_url
        self._files = files_url
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}", "User-Agent": USER_AGENT}
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_SECONDS)
        self._downloads = Downloads(api_url, USER_AGENT)
        self._stack = AsyncExitStack()
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        """Open the sessions."""
        await self._stack.enter_async_context(self._downloads)
        self._session = await self._stack.enter_async_context(
            aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        await self._stack.aclose()

    async def submit(
        self,
        request: Request,
        image_urls: Sequence[str],
        *,
        key: str,
        callback_url: str | None = None,
    ) -> Submitted:
        """Send a request once; submitting twice costs twice.

        It goes over a fresh connection: one that was kept alive may be dead, and a request lost on
        it would be of unknown outcome.

        Raises:
            NotTaken: it surely had no effect.
            OutcomeUnknown: it may have had one.
            Rejected: 400.
            Withheld: 401, 402, 403, 429.
            ServerFailed: 500.
        """
        body = wire.order(self._model, request, list(image_urls), callback_url)
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(
            headers=self._headers, timeout=self._timeout, connector=connector
        ) as once:
            try:
                answer = await _ask(
                    once,
                    "POST",
                    f"{self._api}/v1/images/generations",
                    json=body,
                    headers={"Idempotency-Key": key},
                )
            except failures.NOT_SENT as error:
                raise NotTaken(repr(error)) from error
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                raise OutcomeUnknown(repr(error)) from error
        try:
            taken = wire.Task.model_validate(answer).submitted()
        except ValidationError as error:
            raise OutcomeUnknown("an answer that makes no sense") from error
        if taken is None:
            raise OutcomeUnknown("an answer without an id")
        return taken

    async def read(self, remote_id: str) -> RemoteTask:
        """Ask how far a task is.

        Raises:
            NotTaken: Evolink could not be asked.
            Rejected: it does not know the task.
            Withheld: the account is the matter.
        """
        answer = await self._asked("GET", f"{self._api}/v1/tasks/{remote_id}")
        try:
            return wire.Task.model_validate(answer).remote(remote_id)
        except ValidationError as error:
            raise NotTaken("an answer that makes no sense") from error

    async def credits(self) -> float | None:
        """Return what can be spent; ``None``: no limit.

        Raises:
            EvolinkError: as ``read``.
        """
        answer = await self._asked("GET", f"{self._api}/v1/credits")
        try:
            return wire.Credits.model_validate(answer).spendable
        except ValidationError as error:
            raise NotTaken("an answer that makes no sense") from error

    async def upload(self, path: Path, name: str, content_type: str) -> Uploaded:
        """Give Evolink a file of its own to read; one of the same name is overwritten.

        Raises:
            Rejected: the file is too large or of another type; ``code`` is the file service's.
            ServerFailed: the service is full or failing.
            EvolinkError: as ``read``.
        """
        data = await asyncio.to_thread(path.read_bytes)

        def form() -> aiohttp.FormData:
            fields = aiohttp.FormData()
            part = aiohttp.BytesIOPayload(io.BytesIO(data), content_type=content_type, filename=name)
            fields.add_field("file", part, filename=name, content_type=content_type)
            fields.add_field("file_name", name)
            return fields

        url = f"{self._files}/api/v1/files/upload/stream"
        answer = await self._asked("POST", url, make_body=form)
        told = wire.Upload.model_validate(answer if isinstance(answer, dict) else {})
        link = told.data.file_url or told.data.download_url
        if told.success and link:
            return Uploaded(told.data.file_id or None, link)
        if told.code in {"40001", "40002", "40004"}:
            raise Rejected(told.code, told.msg)
        raise ServerFailed(told.msg or told.code)

    async def delete(self, file_id: str) -> None:
        """Take a file away; one that is gone already does no harm.

        Raises:
            EvolinkError: as ``read``.
        """
        try:
            await self._asked("DELETE", f"{self._files}/api/v1/files/{file_id}")
        except Rejected:
            return

    async def download(self, url: str, to: Path, *, most: int) -> int:
        """Download a result, at most ``most`` bytes; return its bytes.

        Raises:
            PictureGone: it never will be there.
            FetchFailed: it may be later.
        """
        return await self._downloads.download(url, to, most=most)

    async def _asked(self, method: str, url: str, *, make_body: Any = None) -> object:
        """Ask what may be repeated, a few times."""
        again = (aiohttp.ClientError, OSError, TimeoutError, OutcomeUnknown, NotTaken)
        try:
            async for attempt in stamina.retry_context(
                on=again, attempts=TRIES, wait_initial=0.1, wait_max=1.0, timeout=None
            ):
                with attempt:
                    data = make_body() if make_body else None
                    return await _ask(self._session, method, url, data=data)
        except EvolinkError as error:
            if isinstance(error, OutcomeUnknown):
                raise NotTaken(str(error)) from error
            raise
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NotTaken(repr(error)) from error
        raise AssertionError


async def _ask(session: aiohttp.ClientSession, method: str, url: str, **options: Any) -> object:
    """Ask once; return the JSON of a success, raise what any other answer means."""
    async with session.request(method, url, allow_redirects=False, **options) as response:
        raw = await response.content.read(MOST_ANSWER)
        try:
            body: object = json.loads(raw)
        except ValueError:
            body = None
        if response.status != 200:  # noqa: PLR2004 - Evolink answers success with 200 alone
            raise failures.of_answer(response.status, body, response.headers)
        return body
