"""New signatures for Discord's expired links to files.

Discord's clients use this request. It isn't documented for bots, but they have used it since links
expire: https://github.com/esmBot/esmBot/issues/461.
"""

from typing import Any

import discord
import structlog
from discord.http import Route

from bot.chat.attachments import address
from bot.chat.discord_api import DiscordApi
from bot.chat.failures import is_json, requesting
from bot.domain.cdn import HOSTS
from bot.errors import ChatUnavailable, UnusablePicture

log = structlog.get_logger()


class RefreshedLinks:
    """Refreshes links until Discord says that the request doesn't exist, then never again."""

    def __init__(self, api: DiscordApi) -> None:
        self._api = api
        self._is_supported = True

    async def refresh_url(self, url: str) -> str | None:
        """Return a link to the same file that is valid for a day; ``None``: there is none.

        The file may be gone even so, which shows when it is downloaded.

        Raises:
            ChatRefused: Discord refuses this link.
            ChatUnavailable: Discord is failing.
        """
        if not self._is_supported or not self._is_file(url):
            return None
        async with requesting(self._api.timeout):
            try:
                answer: Any = await self._api.client.http.request(
                    Route("POST", "/attachments/refresh-urls"), json={"attachment_urls": [url]}
                )
            except discord.NotFound as error:
                if not is_json(error):
                    # Not from Discord, but from a proxy in front of it.
                    raise ChatUnavailable from error
                self._is_supported = False
                log.warning("discord no longer refreshes links; expired ones are given up")
                return None
        match answer:
            case {"refreshed_urls": [{"refreshed": str(signed)}]} if self._is_file(signed):
                return signed
            case _:
                return None

    def _is_file(self, url: str) -> bool:
        try:
            path = address(url, self._api.api_url, HOSTS).path
        except UnusablePicture:
            return False
        return path.startswith(("/attachments/", "/ephemeral-attachments/"))
