"""Evolink's API: submit, read, list, upload, delete, credits, download."""

import asyncio
import io
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot import __version__
from bot.clock import SYSTEM, Clocks
from bot.deadline import Departure, enforce_deadline, sent_before
from bot.domain.ids import RemoteId
from bot.domain.request import Request
from bot.errors import NotTaken, OutcomeUnknown, Rejected, ServerFailed
from bot.evolink import answer_errors, wire
from bot.evolink.addresses import Network
from bot.evolink.batch_reads import BatchReads
from bot.evolink.download import Downloads, open_downloads
from bot.evolink.http import ask, ask_with_retries
from bot.evolink.values import ListedTask, RemoteTask, Submitted, Uploaded
from bot.host_limits import HostBlocked, HostLimits
from bot.measures import NOTHING, Measures
from bot.proxies import DIRECT, Proxies, through

USER_AGENT = f"imagine/{__version__}"
#: Seconds to get a connection; until then nothing has been sent.
CONNECT_SECONDS = 10
#: The most pages of the list of tasks to read, and the tasks on each.
PAGES, PAGE_SIZE = 5, 50


class Evolink:
    """A client of Evolink's API; an async context manager.

    ``timeout`` is in seconds, for a whole request. ``networks`` are private networks that results
    may be downloaded from.
    """

    def __init__(  # noqa: PLR0913 - each is its own setting
        self,
        *,
        api_url: str,
        files_url: str,
        key: str,
        timeout: float,
        clocks: Clocks = SYSTEM,
        proxies: Proxies = DIRECT,
        networks: Collection[Network] = (),
        measures: Measures = NOTHING,
    ) -> None:
        self._api = api_url
        self._files = files_url
        self._headers = {"Authorization": f"Bearer {key}", "User-Agent": USER_AGENT}
        # ``connect`` includes the TLS handshake. It ends before ``total``, so that a request that
        # was never sent can't look like one whose outcome is unknown.
        connect = min(CONNECT_SECONDS, timeout / 2)
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=connect)
        self._clocks = clocks
        self._host_limits, self._measures = HostLimits(), measures
        self._proxying = through(proxies)
        self._opening = open_downloads(api_url, USER_AGENT, proxies, networks)
        self._downloads: Downloads
        self._stack = AsyncExitStack()
        self._session: aiohttp.ClientSession
        #: Each request has a connection of its own: a pooled one may be dead, and a request lost
        #: on it would have an unknown outcome.
        self._paying: aiohttp.ClientSession
        self._reads = BatchReads(self._read_one, self._read_many)

    @property
    def blocked_seconds(self) -> float:
        """For how many more seconds a proxy in front of Evolink blocks us; 0: it doesn't."""
        return self._host_limits.blocked_seconds(self._api)

    async def __aenter__(self) -> Self:
        """Open the sessions."""
        self._downloads = await self._stack.enter_async_context(self._opening)
        self._session = await self._stack.enter_async_context(
            aiohttp.ClientSession(
                headers=self._headers,
                timeout=self._timeout,
                trace_configs=[self._watched(aiohttp.TraceConfig())],
                middlewares=[self._proxying],
            )
        )
        self._paying = await self._stack.enter_async_context(
            aiohttp.ClientSession(
                headers=self._headers,
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(force_close=True, limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[Departure.trace(self._watched(enforce_deadline(self._clocks)))],
                middlewares=[self._proxying],
            )
        )
        self._stack.push_async_callback(self._reads.close)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        await self._stack.aclose()

    def _watched(self, trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        return self._host_limits.watch(self._measures.watch("evolink", trace))

    async def submit(
        self,
        request: Request,
        image_urls: Sequence[str],
        *,
        key: str,
        before: int,
        callback_url: str | None = None,
    ) -> Submitted:
        """Submit a request once, ``before`` a time in epoch milliseconds; a repeat costs again.

        Raises:
            NotTaken: it had no effect.
            OutcomeUnknown: it may have had one.
            Rejected: Evolink will never accept it.
            Withheld: the account is at fault, not the request.
            ServerFailed: Evolink reports that it failed.
        """
        body = wire.order(request, list(image_urls), callback_url)
        departure = Departure()
        try:
            with sent_before(before, self._clocks):
                answer = await ask(
                    self._paying,
                    "POST",
                    f"{self._api}/v1/images/generations",
                    json=body,
                    headers={"Idempotency-Key": key},
                    trace_request_ctx=departure,
                )
        except HostBlocked as error:
            # A proxy turned it away, or was already blocking us.
            raise NotTaken(repr(error)) from error
        except answer_errors.NO_ANSWER as error:
            outcome = OutcomeUnknown if departure.left else NotTaken
            raise outcome(repr(error)) from error
        taken = wire.submitted(answer)
        if taken is None:
            raise answer_errors.of_success(answer) or OutcomeUnknown("an answer without an id")
        return taken

    async def read(self, remote_id: RemoteId) -> RemoteTask:
        """Return the current state of a task; reads that come close together share a request.

        Raises:
            NotTaken: Evolink couldn't be asked.
            Rejected: it doesn't know the task.
            Withheld: the account is at fault.
        """
        return await self._reads.read(remote_id)

    async def _read_one(self, remote_id: RemoteId) -> RemoteTask:
        url = f"{self._api}/v1/tasks/{quote(remote_id, safe='')}"
        answer = await ask_with_retries(self._session, "GET", url)
        if not isinstance(answer, dict):
            raise NotTaken("an answer that makes no sense")
        if wire.id_of(answer) not in {None, remote_id}:
            # A cache in between answered, with somebody else's images, maybe private ones.
            raise NotTaken("an answer about another task")
        return wire.remote_task(answer, remote_id)

    async def _read_many(
        self, remote_ids: Sequence[RemoteId]
    ) -> Mapping[RemoteId, RemoteTask] | None:
        url = f"{self._api}/v1/tasks/batch"
        body = {"task_ids": list(remote_ids)}
        answer = await ask_with_retries(self._session, "POST", url, json=body)
        return wire.remote_tasks(answer, remote_ids)

    async def list_tasks(self, model: str, *, since: int, until: int) -> tuple[ListedTask, ...]:
        """Return a model's tasks that were created between two times, newest first.

        Times are epoch milliseconds. An empty list proves nothing: the endpoint is undocumented.

        Raises:
            EvolinkError: as ``read``.
        """
        found = list[ListedTask]()
        for page in range(1, PAGES + 1):
            query = {"type": "image", "model": model, "page": page, "page_size": PAGE_SIZE}
            url = URL(f"{self._api}/v1/tasks") % query
            answer = await ask_with_retries(self._session, "GET", str(url))
            entries = list(wire.listed_tasks(answer, model))
            found += [entry for entry in entries if since <= entry.created_at <= until]
            is_last = wire.page_length(answer) < PAGE_SIZE
            if is_last or (entries and entries[-1].created_at < since):
                break
        return tuple(found)

    async def credits(self) -> float | None:
        """Return the credits that can be spent; ``None``: no limit.

        Raises:
            EvolinkError: as ``read``.
        """
        answer = await ask_with_retries(self._session, "GET", f"{self._api}/v1/credits")
        if not isinstance(answer, dict):
            raise NotTaken("an answer that makes no sense")
        return wire.spendable(answer)

    async def models(self) -> frozenset[str]:
        """Return the models that the key may use, as Evolink lists them; that isn't documented.

        Raises:
            EvolinkError: as ``read``.
        """
        answer = await ask_with_retries(self._session, "GET", f"{self._api}/v1/models")
        return wire.models(answer)

    async def upload(self, path: Path, name: str, content_type: str) -> Uploaded:
        """Upload a file for Evolink to read; one of the same name is overwritten.

        Raises:
            Rejected: the file is too large or of the wrong type; ``code`` is the file service's.
            ServerFailed: the file service is full, failing or can't be reached.
            Withheld: as ``read``.
        """
        data = await asyncio.to_thread(path.read_bytes)

        def form() -> aiohttp.FormData:
            fields = aiohttp.FormData()
            part = aiohttp.BytesIOPayload(
                io.BytesIO(data), content_type=content_type, filename=name
            )
            fields.add_field("file", part, filename=name, content_type=content_type)
            fields.add_field("file_name", name)
            return fields

        url = f"{self._files}/api/v1/files/upload/stream"
        try:
            answer = await ask_with_retries(
                self._session, "POST", url, make_body=form, envelope=True
            )
        except (NotTaken, Rejected) as error:
            # An upload costs nothing: whatever is wrong, Discord's own link may serve instead.
            raise ServerFailed(repr(error)) from error
        uploaded = wire.uploaded(answer)
        if isinstance(uploaded, Uploaded):
            return uploaded
        if uploaded.code in {"40001", "40002", "40004"}:
            raise Rejected(uploaded.code, uploaded.message)
        raise ServerFailed(uploaded.message or uploaded.code)

    async def delete(self, file_id: str) -> None:
        """Delete a file, which may already be gone.

        Raises:
            EvolinkError: as ``read``.
        """
        url = f"{self._files}/api/v1/files/{file_id}"
        with suppress(Rejected):
            await ask_with_retries(self._session, "DELETE", url, envelope=True)

    async def download(self, url: str, to: Path, *, max_bytes: int) -> int:
        """Download a result of at most ``max_bytes``; return how many it has.

        Raises:
            UnusablePicture: the link or the file is bad; trying again won't help.
            FetchFailed: it may work later.
        """
        return await self._downloads.download(url, to, max_bytes=max_bytes)
