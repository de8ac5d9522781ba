"""Reading what the bot sends: JSON, or a multipart form with files."""

import json
import re
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from sandbox.discord import errors
from sandbox.discord.books import BODY
from sandbox.discord.cdn import Cdn, Upload
from sandbox.discord.wire import Json

_FILE = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True)
class Incoming:
    """A request's JSON, and its files by number."""

    payload: Json
    files: dict[int, Upload] = field(default_factory=dict[int, Upload])


async def read_json(request: web.Request) -> Json | list[Json]:
    """Return a JSON body; 50109 if it isn't JSON."""
    try:
        payload = json.loads(await request.read())
    except ValueError:
        raise errors.Refusal(400, 50109, "The request body contains invalid JSON.") from None
    request[BODY] = payload
    return payload


async def read(request: web.Request, cdn: Cdn, limit: int) -> Incoming:
    """Return a message's body.

    Raises:
        Refusal: 40005 if it exceeds ``limit`` bytes in all, 50035 or 50109 if it can't be read.
    """
    if request.content_type != "multipart/form-data":
        whole = await read_json(request)
        if not isinstance(whole, dict):
            raise errors.invalid((), "DICT_TYPE_CONVERT", "Only dictionaries may be used.")
        return Incoming(whole)
    payload: Json = {}
    files: dict[int, Upload] = {}
    total = 0
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise errors.invalid((), "BAD_FORM", "nested multipart")
        number = _FILE.fullmatch(part.name or "")
        if number is None:
            text = await part.text()
            total += len(text)
            if part.name == "payload_json":
                payload = json.loads(text)
            continue
        upload, size = await _receive(part, cdn, limit - total)
        total += size
        files[int(number[1])] = upload
    request[BODY] = {**payload, "_files": [upload.name for upload in files.values()]}
    if total > limit:
        raise errors.too_large()
    return Incoming(payload, files)


async def _receive(part: BodyPartReader, cdn: Cdn, room: int) -> tuple[Upload, int]:
    """Write one file; bytes beyond the limit are read but not kept."""
    path = cdn.staging()
    size = 0
    with path.open("wb") as file:
        while chunk := await part.read_chunk(1 << 20):
            size += len(chunk)
            if size <= room:
                file.write(chunk)
    return Upload(part.filename or "unknown", path), size
