"""Discord's links to files, signed anew once they are dead.

Clients do it with a request that Discord does not document for bots, and that bots have used since
links die: https://github.com/esmBot/esmBot/issues/461.
"""

from typing import Any

import discord
import structlog
from discord.http import Route

from bot.chat.attachments import address
from bot.chat.discord_api import DiscordApi
from bot.chat.failures import is_json, talking
from bot.domain.cdn import HOSTS
from bot.errors import ChatUnavailable, UnusablePicture

log = structlog.get_logger()


class RefreshedLinks:
    """Asks until Discord says that there is no such request, and then never again."""

    def __init__(self, link: DiscordApi) -> None:
        self._link = link
        self._is_known = True

    async def refreshed(self, url: str) -> str | None:
        """Return a link to the same file that is good for a day; ``None``: none is to be had.

        Whether the file is there is not asked: that shows when it is fetched.

        Raises:
            ChatRefused: Discord refuses this one.
            ChatUnavailable: Discord is failing.
        """
        if not self._is_known or not self._is_file(url):
            return None
        async with talking(self._link.timeout):
            try:
                answer: Any = await self._link.client.http.request(
                    Route("POST", "/attachments/refresh-urls"), json={"attachment_urls": [url]}
                )
            except discord.NotFound as error:
                if not is_json(error):
                    # Not Discord's own word: something in front of it.
                    raise ChatUnavailable from error
                self._is_known = False
                log.warning("discord signs no links anew any more; they are given up once dead")
                return None
        match answer:
            case {"refreshed_urls": [{"refreshed": str(signed)}]} if self._is_file(signed):
                return signed
            case _:
                return None

    def _is_file(self, url: str) -> bool:
        try:
            path = address(url, self._link.api_url, HOSTS).path
        except UnusablePicture:
            return False
        return path.startswith(("/attachments/", "/ephemeral-attachments/"))
