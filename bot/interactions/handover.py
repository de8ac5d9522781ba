"""What a gateway does while its successor is connected to the same shards, and afterwards.

Discord sends each event to both: https://docs.discord.com/developers/events/gateway#sharding.
"""

import asyncio
from typing import Any, cast

import discord

from bot.domain.text import number
from bot.interactions.parse_errors import Parser
from bot.store.peers import Peers

#: Seconds between two checks for a shard that has reconnected.
AGAIN = 1.0


def handle_once(parsers: dict[str, Parser], peers: Peers) -> None:
    """Skip events that another process handles."""
    for event in ("INTERACTION_CREATE", "MESSAGE_CREATE"):
        parsers[event] = _claiming(parsers[event], peers)


def _claiming(parse: Parser, peers: Peers) -> Parser:
    under_way = set[asyncio.Task[None]]()

    async def parse_if_ours(event: int, data: Any) -> None:  # noqa: ANN401 - whatever Discord sends
        if await peers.place.claim(event):
            parse(data)

    def parse_once(data: Any) -> None:  # noqa: ANN401 - as above
        event = _event(data) if peers.place.is_shared else None
        if event is None:
            parse(data)
            return
        claiming = asyncio.get_running_loop().create_task(parse_if_ours(event, data))
        under_way.add(claiming)
        claiming.add_done_callback(under_way.discard)

    return parse_once


def _event(data: Any) -> int | None:  # noqa: ANN401 - as above
    """Return the id of what we act on: interactions, and messages that begin with a mention."""
    event = cast("dict[str, Any]", data if isinstance(data, dict) else {})
    if "token" in event or str(event.get("content")).lstrip().startswith("<@"):
        return number(str(event.get("id")))
    return None


async def leave_gateway(client: discord.AutoShardedClient, peers: Peers) -> None:
    """Once a successor answers, keep all shards disconnected."""
    await peers.place.passed_on()
    while True:
        # A shard that is just reconnecting may only be connected at the next check.
        leaving = [shard.disconnect() for shard in client.shards.values()]
        await asyncio.gather(*leaving, return_exceptions=True)
        await asyncio.sleep(AGAIN)
