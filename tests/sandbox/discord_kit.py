"""What the tests of the sandbox's Discord share: bodies as discord.py sends them, interactions."""

import io
import json
from typing import Any

import aiohttp

from sandbox.discord.interactions import COMMAND, Interaction, new_token
from sandbox.discord.server import Discord


def form(payload: dict[str, Any], *files: tuple[str, bytes]) -> aiohttp.FormData:
    """Return a body as discord.py sends it."""
    made = aiohttp.FormData(quote_fields=False)
    made.add_field("payload_json", json.dumps(payload), content_type="application/json")
    for number, (name, data) in enumerate(files):
        made.add_field(f"files[{number}]", io.BytesIO(data), filename=name)
    return made


async def told(response: aiohttp.ClientResponse) -> tuple[int, int]:
    """Return an answer's status and Discord's code."""
    return response.status, (await response.json()).get("code", 0)


def opened(server: Discord, *, ago: float = 0.0) -> Interaction:
    """Let Ann use a command in #general, ``ago`` seconds before now."""
    number = server.platform.snowflakes.next()
    made = Interaction(
        number,
        new_token(number),
        COMMAND,
        server.world.ann,
        server.world.general,
        server.clock.elapsed() - ago,
        {"name": "imagine"},
        owners={"0": str(server.world.studio.id)},
        file_bytes=10 * 1024 * 1024,
    )
    server.platform.open(made)
    return made


def callback(made: Interaction) -> str:
    """Return where an interaction is answered."""
    return f"interactions/{made.id}/{made.token}/callback?with_response=1"
