"""discord.py (2.7) stops on an event that it can't parse; the bot must keep running."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import structlog
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import HTTPClient, Route

from bot.chat.failures import FAILURES
from bot.errors import ImagineError
from bot.ui.explain import explain
from bot.ui.texts import texts

log = structlog.get_logger()

Parser = Callable[[Any], None]

#: Errors after which a shard reconnects (``Shard._handled_exceptions``).
_KNOWN = (
    OSError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    ReconnectWebSocket,
)
#: Types of interactions that a message can answer: all but completions.
_ANSWERABLE = frozenset({2, 3, 5})


def survive_parse_errors(parsers: dict[str, Parser], http: HTTPClient) -> None:
    """Keep events that discord.py can't parse from ending the process.

    The user of an interaction still gets an answer.
    """
    for event, parse in list(parsers.items()):
        parsers[event] = _enduring(event, parse, http)
    if DiscordWebSocket.received_message is not _received:
        DiscordWebSocket.received_message = _received


def _enduring(event: str, parse: Parser, http: HTTPClient) -> Parser:
    under_way = set[asyncio.Task[None]]()

    def parse_or_tell(data: Any) -> None:  # noqa: ANN401 - whatever Discord sends
        try:
            parse(data)
        except Exception as error:
            log.exception("an event could not be read", kind=event, error=repr(error))
            if event == "INTERACTION_CREATE" and data.get("type") in _ANSWERABLE:
                telling = asyncio.get_running_loop().create_task(_tell(http, data))
                under_way.add(telling)
                telling.add_done_callback(under_way.discard)

    return parse_or_tell


async def _tell(http: HTTPClient, data: dict[str, Any]) -> None:
    """Answer an interaction from its raw data."""
    text = explain(ImagineError(), texts(data.get("locale", "")))
    route = Route(
        "POST",
        "/interactions/{webhook_id}/{webhook_token}/callback",
        webhook_id=data.get("id"),
        webhook_token=data.get("token"),
    )
    try:
        await http.request(route, json={"type": 4, "data": {"content": text, "flags": 64}})
    except FAILURES as error:
        log.warning("an answer could not be given", error=repr(error))


_read = DiscordWebSocket.received_message


async def _received(socket: DiscordWebSocket, message: Any, /) -> None:  # noqa: ANN401 - bytes or text
    """Read a frame; if it can't be read, reconnect as after a broken connection."""
    try:
        await _read(socket, message)
    except _KNOWN:
        raise
    except Exception as error:
        log.exception("a frame of the gateway could not be read")
        raise ConnectionError("a frame that cannot be read") from error
