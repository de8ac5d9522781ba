"""The file service: it keeps uploads for three days, at most a hundred."""

import base64
import binascii
import hashlib
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import aiohttp
from aiohttp import BodyPartReader, web
from yarl import URL

from sandbox.clock import Clock
from sandbox.evolink.behaviour import Behaviour
from sandbox.evolink.books import Books, Upload
from sandbox.evolink.references import TIMEOUT, USER_AGENT, download
from sandbox.evolink.wording import FileRefused

MAX_BYTES = 100 * 1024 * 1024
#: Sandbox seconds (documented: 72 hours).
LIVES = 72 * 3600.0

TOO_LARGE = 40001
TYPE = 40002
QUOTA = 40003
FETCH_FAILED = 40004
#: This code is not documented; the shape of the response is.
BAD_REQUEST = 400
NOT_FOUND = 404

_MAGIC = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Incoming:
    """A file being received, with the names it was sent with."""

    data: bytes
    path: str | None = None
    name: str | None = None
    original_name: str | None = None


class FileService:
    """Stored files, on disk while the sandbox runs."""

    def __init__(self, clock: Clock, behaviour: Behaviour, books: Books) -> None:
        #: The start of every link; set once the server listens.
        self.base = ""
        self._clock = clock
        self._behaviour = behaviour
        self._books = books
        self._stored: dict[str, Upload] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="evolink-")

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the service and of the files it serves."""
        return [
            web.post("/api/v1/files/upload/stream", self._upload_stream),
            web.post("/api/v1/files/upload/base64", self._upload_base64),
            web.post("/api/v1/files/upload/url", self._upload_url),
            web.get("/api/v1/files/quota", self._quota),
            web.get("/api/v1/files/download/{file_id}", self._download),
            web.delete("/api/v1/files/{file_id}", self._delete),
            web.get("/files/{link:.+}", self._serve),
        ]

    def close(self) -> None:
        """Remove all files."""
        self._folder.cleanup()

    async def _upload_stream(self, request: web.Request) -> web.Response:
        if request.content_type != "multipart/form-data":
            raise FileRefused(BAD_REQUEST, "The body must be multipart/form-data")
        return self._store(await _read_form(request))

    async def _upload_base64(self, request: web.Request) -> web.Response:
        fields = await _fields(request)
        encoded = fields.get("base64_data", "").rpartition(",")[2]
        try:
            data = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise FileRefused(BAD_REQUEST, "base64_data is not base64") from error
        return self._store(Incoming(data, fields.get("upload_path"), fields.get("file_name")))

    async def _upload_url(self, request: web.Request) -> web.Response:
        fields = await _fields(request)
        agent = {"User-Agent": USER_AGENT}
        async with aiohttp.ClientSession(timeout=TIMEOUT, headers=agent) as http:
            data = await download(http, fields.get("file_url", ""), MAX_BYTES)
        if data is None:
            raise FileRefused(FETCH_FAILED, "Failed to fetch the file")
        return self._store(Incoming(data, fields.get("upload_path"), fields.get("file_name")))

    def _store(self, incoming: Incoming) -> web.Response:
        """Store the file under its path and name, replacing one with the same name."""
        mime_type = _sniffed(incoming.data)
        if len(incoming.data) > MAX_BYTES:
            raise self._refused(TOO_LARGE, "File size exceeds the limit")
        if mime_type is None:
            raise self._refused(TYPE, "File type is not supported")
        file_id = f"file_{secrets.token_hex(8)}"
        path = _clean(incoming.path) or "images"
        name = _clean(incoming.name) or f"{file_id}.{mime_type.partition('/')[2]}"
        link = f"{path}/{name}"
        known = self._alive(link)
        if known is None and len(self._all_alive()) >= self._behaviour.stored_files:
            raise self._refused(QUOTA, "File quota exhausted")
        if known is not None:
            self._remove(known)
        now = self._clock.now()
        upload = Upload(
            id=file_id,
            path=path,
            name=name,
            size=len(incoming.data),
            mime_type=mime_type,
            sha256=hashlib.sha256(incoming.data).hexdigest(),
            stored_at=now,
            expires_at=now + self._clock.lasting(LIVES),
        )
        self._file(upload).write_bytes(incoming.data)
        self._stored[link] = upload
        self._books.uploads.append(upload)
        return _done("File uploaded successfully", self._shown(upload, incoming.original_name))

    def _refused(self, code: int, message: str) -> FileRefused:
        return FileRefused(code, message, self._behaviour.file_refusal_status)

    async def _delete(self, request: web.Request) -> web.Response:
        upload = self._by_id(request.match_info["file_id"])
        self._remove(upload)
        return _done("File deleted successfully", None)

    async def _quota(self, _: web.Request) -> web.Response:
        used, most = len(self._all_alive()), self._behaviour.stored_files
        quota = {
            "user_group": "default",
            "total_files": most,
            "used_files": used,
            "remaining_files": max(0, most - used),
        }
        return _done("success", quota)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        return self._sent(self._by_id(request.match_info["file_id"]))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        upload = self._alive(request.match_info["link"])
        if upload is None:
            raise web.HTTPNotFound(text="NoSuchKey")
        return self._sent(upload)

    def _sent(self, upload: Upload) -> web.StreamResponse:
        return web.FileResponse(self._file(upload), headers={"Content-Type": upload.mime_type})

    def _shown(self, upload: Upload, original_name: str | None) -> dict[str, object]:
        return {
            "file_id": upload.id,
            "file_name": upload.name,
            "original_name": original_name or upload.name,
            "file_size": upload.size,
            "mime_type": upload.mime_type,
            "upload_path": upload.path,
            "file_url": str(URL(self.base) / "files" / upload.path / upload.name),
            "download_url": f"{self.base}/api/v1/files/download/{upload.id}",
            "upload_time": _iso(upload.stored_at),
            "expires_at": _iso(upload.expires_at),
        }

    def _file(self, upload: Upload) -> Path:
        return Path(self._folder.name) / upload.id

    def _remove(self, upload: Upload) -> None:
        upload.deleted_at = self._clock.now()
        del self._stored[f"{upload.path}/{upload.name}"]
        self._file(upload).unlink()

    def _by_id(self, file_id: str) -> Upload:
        for upload in self._all_alive():
            if upload.id == file_id:
                return upload
        raise FileRefused(NOT_FOUND, "File not found", status=404)

    def _alive(self, link: str) -> Upload | None:
        self._all_alive()
        return self._stored.get(link)

    def _all_alive(self) -> list[Upload]:
        """Remove what has expired, and return the rest."""
        now = self._clock.now()
        for link, upload in list(self._stored.items()):
            if now > upload.expires_at:
                del self._stored[link]
                self._file(upload).unlink()
        return list(self._stored.values())


async def _read_form(request: web.Request) -> Incoming:
    fields: dict[str, str] = {}
    data = original_name = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise FileRefused(BAD_REQUEST, "Nested multipart is not supported")
        if part.name == "file":
            data, original_name = await _read_capped(part), part.filename
        else:
            fields[str(part.name)] = await part.text()
    if data is None:
        raise FileRefused(BAD_REQUEST, "file is required")
    path = fields.get("upload_path") or fields.get("uploadPath")
    return Incoming(data, path, fields.get("file_name") or fields.get("fileName"), original_name)


async def _read_capped(part: BodyPartReader) -> bytes:
    """Return the part, truncated one byte above the limit; the rest is discarded."""
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk[: MAX_BYTES + 1 - len(data)]
    return bytes(data)


async def _fields(request: web.Request) -> Mapping[str, str]:
    try:
        body = cast("object", await request.json())
    except ValueError as error:
        raise FileRefused(BAD_REQUEST, "The body is not JSON") from error
    if not isinstance(body, dict):
        raise FileRefused(BAD_REQUEST, "The body must be an object")
    fields = cast("dict[str, object]", body)
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _sniffed(data: bytes) -> str | None:
    """Return the type by the bytes, one of the four that are accepted."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for magic, mime in _MAGIC.items() if data.startswith(magic)), None)


def _clean(name: str | None) -> str:
    """Return a path without empty and dotted parts."""
    parts = (name or "").split("/")
    return "/".join(part for part in parts if part not in {"", ".", ".."})


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def _done(message: str, data: object) -> web.Response:
    return web.json_response({"success": True, "code": 200, "msg": message, "data": data})
