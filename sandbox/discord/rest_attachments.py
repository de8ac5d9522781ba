"""Refreshing links of attachments."""

from collections.abc import Sequence

from aiohttp import web

from sandbox.discord import body, errors
from sandbox.discord.platform import Platform
from sandbox.discord.wire import answer

#: The most links in one request.
LIMIT = 50


class AttachmentRoutes:
    """What clients call when a link is about to expire; Discord does not document it for bots."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [web.post("/attachments/refresh-urls", self.refresh)]

    async def refresh(self, request: web.Request) -> web.Response:
        """Refresh links, even of deleted files: that shows only when they are fetched."""
        platform = self._platform
        if not platform.behaviour.refreshes_links:
            raise errors.Refusal(404, 0, "404: Not Found")
        incoming = await body.read(request, platform.cdn, platform.behaviour.request_bytes)
        links: list[str] = incoming.payload.get("attachment_urls") or []
        if not 1 <= len(links) <= LIMIT:
            raise errors.invalid(
                ("attachment_urls",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {LIMIT}."
            )
        signed = [
            {"original": link, "refreshed": platform.cdn.refreshed(link) or link} for link in links
        ]
        return answer({"refreshed_urls": signed})
