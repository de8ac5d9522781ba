"""Evolink, as far as a bot calls it: checks nothing, counts everything."""

import asyncio
import json
from dataclasses import dataclass
from math import inf
from random import random
from time import perf_counter, time_ns

import aiohttp
from aiohttp import web

from bench.http import Calls, Json, Server, answer, body_of
from bench.tasks import Tasks


@dataclass(slots=True)
class _Drawing:
    due: float
    refused: bool


class Evolink:
    """Its API, file service and results on one port."""

    def __init__(self, tasks: Tasks, picture: bytes) -> None:
        self.calls = Calls()
        #: The ids of all tasks whose state the bot was given.
        self.told: set[str] = set()
        #: Every result is this JPEG.
        self.picture = picture
        #: Seconds that a drawing takes, and the most that chance adds to them.
        self.seconds, self.more = 1.0, 0.0
        #: Its own estimate, in seconds.
        self.estimate = 5
        #: Whether it refuses every new prompt.
        self.refuses = False
        self._tasks = tasks
        self._began = time_ns()
        self._drawings: dict[str, _Drawing] = {}
        self._calling_back: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession
        self._server = Server(self._serve)

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._server.port}"

    async def start(self) -> None:
        """Listen."""
        self._http = aiohttp.ClientSession()
        await self._server.start()

    async def close(self) -> None:
        """Stop."""
        for calling in self._calling_back:
            calling.cancel()
        await self._http.close()
        await self._server.close()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path, method = request.path, request.method
        if path.startswith("/v1/tasks/") and method == "GET":
            self.calls["Evolink: read"] += 1
            return answer(self._told(path.rpartition("/")[2]))
        if path == "/v1/images/generations":
            return await self._submit(request)
        if path.startswith("/results/"):
            self.calls["Evolink: result"] += 1
            return web.Response(body=self.picture, content_type="image/jpeg")
        if path == "/v1/tasks/batch":
            return await self._batch(request)
        if path.startswith("/api/v1/files/"):
            return await self._file(request)
        return answer({"data": {"token": {"unlimited_credits": True}, "user": {}}})

    async def _submit(self, request: web.BaseRequest) -> web.Response:
        self.calls["Evolink: submit"] += 1
        raw = await body_of(request)
        now, task = perf_counter(), self._tasks.named_in(raw)
        due = now + self.seconds + random() * self.more
        # Ids never repeat, even when a bot's folder is used again.
        remote_id = f"task-unified-{self._began}-{len(self._drawings)}"
        self._drawings[remote_id] = _Drawing(due, self.refuses)
        if task is not None:
            task.submitted, task.completed = now, due
        if b'"callback_url"' in raw:
            url: str = json.loads(raw)["callback_url"]
            calling = asyncio.create_task(self._call_back(remote_id, url))
            self._calling_back.add(calling)
            calling.add_done_callback(self._calling_back.discard)
        return answer(self._told(remote_id))

    async def _call_back(self, remote_id: str, url: str) -> None:
        await asyncio.sleep(self._drawings[remote_id].due - perf_counter())
        self.calls["Evolink: callback"] += 1
        async with self._http.post(url, json=self._told(remote_id)) as response:
            await response.read()

    async def _batch(self, request: web.BaseRequest) -> web.Response:
        self.calls["Evolink: read of many"] += 1
        wanted: list[str] = json.loads(await body_of(request))["task_ids"]
        return answer({"data": [self._told(each) for each in wanted]})

    def _told(self, remote_id: str) -> Json:
        self.told.add(remote_id)
        # A task of an earlier run stays unfinished forever.
        drawing = self._drawings.get(remote_id) or _Drawing(inf, refused=False)
        done = perf_counter() >= drawing.due
        ended = "failed" if drawing.refused else "completed"
        status = ended if done else "processing"
        told: Json = {
            "id": remote_id,
            "model": "doubao-seedream-4.5",
            "object": "image.generation.task",
            "created": 1_700_000_000,
            "status": status,
            "progress": 100 if done else 40,
            "task_info": {"can_cancel": False, "estimated_time": self.estimate},
            "type": "image",
        }
        if status == "completed":
            told["results"] = [f"{self.url}/results/{remote_id}.jpg"]
        elif status == "failed":
            told["error"] = {"code": "content_policy_violation", "message": "refused"}
        return told

    async def _file(self, request: web.BaseRequest) -> web.Response:
        if request.method == "DELETE":
            self.calls["Evolink: delete file"] += 1
            return answer({"success": True, "code": 200, "msg": "ok"})
        self.calls["Evolink: upload"] += 1
        await body_of(request)
        number = self.calls["Evolink: upload"]
        data = {"file_id": f"file_{number}", "file_url": f"{self.url}/files/{number}.jpg"}
        return answer({"success": True, "code": 200, "msg": "ok", "data": data})
