"""A channel that the fixture application writes in, and one tab that looks at it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO

from PIL import Image
from playwright.async_api import Locator, Page

from sandbox.imagine.stage import Stage
from sandbox.page.server import Page as Server
from sandbox.person import Person
from tests.browser.application import Application, Json, silent_update
from tests.kit.patience import PATIENCE, until

#: Opens an address in a fresh tab; keywords go to Playwright's ``new_context``.
Open = Callable[..., Awaitable[Page]]


class Wall:
    """A tab that Ann looks at; what is sent appears in it."""

    def __init__(self, stage: Stage, server: Server, app: Application) -> None:
        self.stage = stage
        self.server = server
        self.app = app
        self.tab: Page

    @property
    def world(self):
        return self.stage.discord.world

    @property
    def ann(self) -> Person:
        return Person(self.stage.discord, self.world.ann, self.world.general)

    @property
    def bob(self) -> Person:
        return Person(self.stage.discord, self.world.bob, self.world.general)

    def address(self, who: str = "ann", where: str = "general") -> str:
        return f"{self.server.url}/#{who}/{where}"

    async def look(self, open_tab, who: str = "ann", **options) -> Page:
        """Open the tab, and wait until it shows the channel."""
        self.tab = await open_tab(self.address(who), **options)
        await self.tab.locator(".welcome").wait_for()
        return self.tab

    def article(self, message: Json) -> Locator:
        return self.tab.locator(f'article[data-id="{message["id"]}"]')

    async def send(self, payload: Json, **files: bytes) -> Locator:
        """Post a message and wait until the tab shows it."""
        article = self.article(await self.app.send(self.world.general, payload, **files))
        await article.wait_for()
        return article

    async def show(self, *components: Json, **files: bytes) -> Locator:
        """Post components and wait until the tab shows them."""
        article = self.article(await self.app.show(self.world.general, *components, **files))
        await article.wait_for()
        return article

    async def forget(self) -> None:
        """Forget the application's requests so far, and answer as at first."""
        await self.tab.evaluate(
            "document.querySelectorAll('dialog').forEach((each) => each.close())"
        )
        self.app.interactions.clear()
        self.app.answer = silent_update
        self.stage.discord.behaviour.ack_seconds = PATIENCE

    async def asked(self, number: int = 1) -> Json:
        """Wait until the application was asked for so many things; return the last of them."""
        await until(lambda: len(self.app.interactions) >= number, every=0.01)
        return self.app.interactions[-1]


@asynccontextmanager
async def built() -> AsyncGenerator[Wall]:
    """Start a sandbox, the page and the application."""
    stage = Stage()
    await stage.open()
    stage.discord.behaviour.rate_limits = False
    server, app = Server(stage), Application(stage.discord)
    await server.start()
    await app.open()
    try:
        yield Wall(stage, server, app)
        assert not stage.discord.books.violations
    finally:
        await app.close()
        await server.close()
        await stage.close()


def png(width: int = 64, height: int = 64, colour: str = "teal") -> bytes:
    """A picture of one colour."""
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def pictures(number: int, width: int = 640, height: int = 360) -> dict[str, bytes]:
    """Files ``p0.png``, ``p1.png``…, for :func:`gallery`."""
    return {f"p{i}__png": png(width, height, f"hsl({i * 36}, 60%, 50%)") for i in range(number)}


def gallery(number: int) -> Json:
    """A media gallery of :func:`pictures`."""
    items = [
        {"media": {"url": f"attachment://p{i}.png"}, "description": f"picture {i}"}
        for i in range(number)
    ]
    return {"type": 12, "items": items}


def text(content: str) -> Json:
    """A text display."""
    return {"type": 10, "content": content}


def row(*parts: Json) -> Json:
    """An action row."""
    return {"type": 1, "components": list(parts)}


def box(*parts: Json, **more: object) -> Json:
    """A container."""
    return {"type": 17, "components": list(parts), **more}


def button(label: str, style: int = 2, **more: object) -> Json:
    """A button; its ``custom_id`` is its label, in small letters."""
    return {"type": 2, "style": style, "label": label, "custom_id": label.lower(), **more}
