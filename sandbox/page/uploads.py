"""Files that a browser has sent ahead of the message or command that they go with."""

import secrets

from aiohttp import web

from sandbox.discord.cdn import Cdn, Upload
from sandbox.person import Refused

#: Discord's largest file for anybody is 500 MB; here the machine's memory is shared.
LIMIT = 100 * 1024 * 1024


class Uploads:
    """Received files, by a number that only the page knows."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn
        self._files: dict[str, Upload] = {}

    async def receive(self, request: web.Request) -> web.Response:
        """Keep the request's body as a file; answer its number."""
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
        """Return a file; it stays, for a command that is sent again after an error."""
        if number not in self._files:
            raise Refused("that file was not uploaded")
        return self._files[number]
