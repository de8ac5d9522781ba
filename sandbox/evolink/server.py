"""The stand-in for Evolink: ``Evolink`` listens on loopback and serves API, files and results."""

import json
import re
from typing import cast

from aiohttp import web

from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.bodies import listed_body, submitted_body, task_body
from sandbox.evolink.books import Books, Read, Submission
from sandbox.evolink.callbacks import Callbacks
from sandbox.evolink.files import MAX_BYTES as MAX_UPLOAD
from sandbox.evolink.files import FileService
from sandbox.evolink.gate import answers_refusals, asks_for_key, guards_media
from sandbox.evolink.orders import parse_order
from sandbox.evolink.results import Results
from sandbox.evolink.tasks import Account, Tasks
from sandbox.evolink.wording import Refused, invalid
from sandbox.faults import Faults

_KEY = re.compile(r"[A-Za-z0-9._-]{16,96}")
_TASK_PREFIX = "task-unified-"
_BATCH = 50
_MOST_LISTED = 100


class Evolink:
    """Evolink's API on ``http://127.0.0.1:PORT``, with one account and its key.

    ``url`` serves for the API (``/v1``) and the file service (``/api/v1/files``) alike. What it
    does can be changed while it runs (``behaviour``, ``faults``); what it did is in ``books``.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        faults: Faults | None = None,
        key: str = "sandbox-key",
        credits: float = 10_000.0,  # noqa: A002 - Evolink's word; Python's ``credits`` is for shells
        behaviour: Behaviour | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.faults = faults or Faults()
        self.key = key
        self.behaviour = behaviour or Behaviour()
        self.books = Books()
        self.url = ""
        self._account = Account(credits)
        self._results = Results(self.clock, self.behaviour, self.books)
        self._files = FileService(self.clock, self.behaviour, self.books)
        callbacks = Callbacks(self.clock, self.books)
        self._tasks = Tasks(
            self.clock, self.behaviour, self.books, self._account, self._results, callbacks
        )
        self._runner: web.AppRunner | None = None

    @property
    def credits(self) -> float:
        """What is left, not counting what is held for running tasks. May be set."""
        return round(self._account.left, 4)

    @credits.setter  # noqa: A003 - as in the constructor
    def credits(self, left: float) -> None:
        self._account.left = left

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes any that is free."""
        app = web.Application(
            # base64 makes four bytes of three
            client_max_size=MAX_UPLOAD * 3 // 2,
            middlewares=[
                self.faults.middleware,
                answers_refusals(self.books, self.clock),
                asks_for_key(self.key),
                guards_media,
            ],
        )
        app.add_routes(
            [
                web.post("/v1/images/generations", self._submit),
                web.get("/v1/tasks", self._list),
                web.get("/v1/tasks/{task_id}", self._read),
                web.post("/v1/tasks/batch", self._read_batch),
                web.get("/v1/credits", self._credits),
                web.get("/v1/models", self._models),
                web.get("/results/{name:.+}", self._results.serve),
                *self._files.routes(),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        _, bound = cast("tuple[str, int]", self._runner.addresses[0])
        self.url = f"http://127.0.0.1:{bound}"
        self._results.base = self.url
        self._files.base = self.url

    async def close(self) -> None:
        """Stop listening and drawing, and delete stored files."""
        await self._tasks.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._files.close()

    def cancel(self, task_id: str) -> None:
        """End a running task as ``cancelled``; its credits go back and its callback fires."""
        self._tasks.cancel(task_id)

    async def _submit(self, request: web.Request) -> web.Response:
        payload = await _json(request)
        key = request.headers.get("Idempotency-Key")
        if key is not None and not _KEY.fullmatch(key):
            raise invalid("Idempotency-Key", "Idempotency-Key must be 16-96 of [A-Za-z0-9._-]")
        order = parse_order(payload, self.behaviour)
        task, replayed = self._tasks.submit(order, cast("dict[str, object]", payload), key)
        headers = {"idempotency-replayed": "true"} if replayed else {}
        return self._told(task, submitted_body(task, self.behaviour, self.clock), headers)

    async def _read(self, request: web.Request) -> web.Response:
        task_id = request.match_info["task_id"]
        if not task_id.startswith(_TASK_PREFIX):
            message = f"Invalid task ID format, must start with '{_TASK_PREFIX}'"
            raise invalid("task_id", message, "invalid_task_id")
        body = self._shown(task_id)
        task = self._tasks.find(task_id)
        if body is None or task is None:
            raise Refused(404, "task_not_found", "The requested task could not be found")
        return self._told(task, body)

    def _told(
        self, task: Submission, body: dict[str, object], headers: dict[str, str] | None = None
    ) -> web.Response:
        twisted = self._twisted(task, body)
        return web.Response(body=twisted, content_type="application/json", headers=headers)

    def _twisted(self, task: Submission, body: dict[str, object]) -> bytes:
        twist = self.behaviour.twist
        twisted = body if twist is None else twist(task, body)
        return twisted if isinstance(twisted, bytes) else json.dumps(twisted).encode()

    async def _list(self, request: web.Request) -> web.Response:
        if not self.behaviour.lists_tasks:
            raise Refused(404, "not_found", "Invalid URL (GET /v1/tasks)")
        wanted = {name: request.query.get(name) for name in ("status", "type", "model")}
        page = _whole(request.query.get("page"), 1)
        size = min(_MOST_LISTED, _whole(request.query.get("page_size"), 20))
        every = [
            body
            for body in map(listed_body, self._tasks.newest())
            if all(value in {None, "", body[name]} for name, value in wanted.items())
        ]
        shown = every[(page - 1) * size : page * size]
        return web.json_response(
            {"data": shown, "total": len(every), "page": page, "page_size": size}
        )

    async def _read_batch(self, request: web.Request) -> web.Response:
        payload = await _json(request)
        ids = (
            cast("dict[str, object]", payload).get("task_ids")
            if isinstance(payload, dict)
            else None
        )
        if not isinstance(ids, list) or not 1 <= len(cast("list[object]", ids)) <= _BATCH:
            raise invalid("task_ids", f"task_ids must be a list of 1 to {_BATCH} ids")
        twisted = list[bytes]()
        for task_id in cast("list[object]", ids):
            body, task = self._shown(str(task_id)), self._tasks.find(str(task_id))
            if body is not None and task is not None:
                twisted.append(self._twisted(task, body))
        return web.Response(
            body=b'{"data": [' + b", ".join(twisted) + b"]}", content_type="application/json"
        )

    def _shown(self, task_id: str) -> dict[str, object] | None:
        task = self._tasks.find(task_id)
        if task is None:
            return None
        self.books.reads.append(Read(task.id, self.clock.now(), task.state))
        return task_body(task, self.behaviour, self.clock)

    async def _models(self, _: web.Request) -> web.Response:
        listed = [{"id": name, "object": "model"} for name in self.behaviour.models]
        return web.json_response({"object": "list", "data": listed})

    async def _credits(self, _: web.Request) -> web.Response:
        used = round(self._account.used, 4)
        user = {"remaining_credits": self.credits, "used_credits": used}
        token = {**user, "unlimited_credits": False}
        return web.json_response({"data": {"token": token, "user": user}, "success": True})


def _whole(text: str | None, usual: int) -> int:
    """Read a number of at least 1; ``usual`` if there is none."""
    return max(1, int(text)) if text and text.isdecimal() else usual


async def _json(request: web.Request) -> object:
    try:
        return cast("object", json.loads(await request.read()))
    except ValueError as error:
        raise Refused(400, "invalid_request", "The body is not JSON") from error
