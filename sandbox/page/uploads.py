"""Files that the browser uploads before the message or command that uses them."""

import secrets

from aiohttp import web

from sandbox.discord.cdn import Cdn, Upload
from sandbox.person import Refused

#: Discord takes up to 500 MB; this runs on somebody's own machine.
LIMIT = 100 * 1024 * 1024


class Uploads:
    """Received files, under random ids."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn
        self._files: dict[str, Upload] = {}

    async def receive(self, request: web.Request) -> web.Response:
        """Keep the request's body as a file; answer with its id."""
        path = self._cdn.staging()
        size = 0
        with path.open("wb") as file:
            async for chunk in request.content.iter_chunked(1 << 20):
                size += len(chunk)
                if size > LIMIT:
                    path.unlink()
                    raise web.HTTPRequestEntityTooLarge(LIMIT, size)
                file.write(chunk)
        number = secrets.token_hex(8)
        self._files[number] = Upload(request.query.get("name", "unknown"), path)
        return web.json_response({"id": number})

    def take(self, number: str) -> Upload:
        """Return a file. It stays, so that a command can be sent again after an error."""
        if number not in self._files:
            raise Refused("that file was not uploaded")
        return self._files[number]
