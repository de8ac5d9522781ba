"""What a gateway does while its successor is connected to the same shards, and afterwards.

Discord sends each event to both: https://docs.discord.com/developers/events/gateway#sharding.
"""

import asyncio
from typing import Any

import discord

from bot.domain.text import number
from bot.interactions.parse_errors import Parser
from bot.store.peers import Peers

#: Seconds between two looks whether a shard has connected again.
AGAIN = 1.0


def handle_once(parsers: dict[str, Parser], peers: Peers) -> None:
    """Handle no event that another process handles."""
    for event in ("INTERACTION_CREATE", "MESSAGE_CREATE"):
        parsers[event] = _claiming(parsers[event], peers)


def _claiming(parse: Parser, peers: Peers) -> Parser:
    under_way = set[asyncio.Task[None]]()

    async def parse_if_ours(event: int, data: Any) -> None:  # noqa: ANN401 - whatever Discord sends
        if await peers.place.claim(event):
            parse(data)

    def parse_once(data: Any) -> None:  # noqa: ANN401 - as above
        event = number(str(data.get("id")))
        if event is None or not peers.place.is_shared or not _counts(data):
            parse(data)
            return
        claiming = asyncio.get_running_loop().create_task(parse_if_ours(event, data))
        under_way.add(claiming)
        claiming.add_done_callback(under_way.discard)

    return parse_once


def _counts(data: Any) -> bool:  # noqa: ANN401 - as above
    """Tell whether anything is done about it: of messages, those that begin with a mention."""
    return "token" in data or str(data.get("content")).lstrip().startswith("<@")


async def leave_gateway(client: discord.AutoShardedClient, peers: Peers) -> None:
    """Once a successor answers, keep all shards disconnected."""
    await peers.place.passed_on()
    while True:
        # One that was just connecting again may be connected at the next look only.
        leaving = [shard.disconnect() for shard in client.shards.values()]
        await asyncio.gather(*leaving, return_exceptions=True)
        await asyncio.sleep(AGAIN)
