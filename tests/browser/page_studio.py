"""The real bot on the page, and hands for it: they type, drop, press and look as a person does."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from sandbox.imagine.stage import Stage
from sandbox.page.server import Page as Server
from tests.kit.forks import ForkedBot
from tests.kit.patience import PATIENCE, until
from tests.kit.waits import SHORT_WAITS

# Two bots and a browser on a busy machine of two cores need their time.
expect.set_options(timeout=PATIENCE * 1_000)
#: Drops a file on the page, or on an element of it.
DROP = """([name, data], on = document.body) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
  const about = { dataTransfer: transfer, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"]) {
    on.dispatchEvent(new DragEvent(kind, about));
  }
}"""


class Studio:
    """The stand-ins, the bot's process, and the page's server."""

    def __init__(self, stage: Stage, server: Server) -> None:
        self.stage = stage
        self.server = server

    @property
    def world(self):
        return self.stage.discord.world

    @property
    def evolink(self):
        return self.stage.evolink

    async def until_read(self, prompt: str) -> None:
        """Wait until the bot reads a task's progress: by then it has written Evolink's id."""

        def is_read() -> bool:
            submitted = {
                each.id for each in self.evolink.books.submissions if prompt in each.prompt
            }
            return any(each.task_id in submitted for each in self.evolink.books.reads)

        await until(is_read)

    async def visit(self, open_tab, who: str = "ann", where: str = "general", **options) -> "Hands":
        """Open a tab as someone, somewhere."""
        tab = await open_tab(f"{self.server.url}/#{who}/{where}", **options)
        await tab.get_by_role("heading", level=1).wait_for()
        return Hands(tab)


class Hands:
    """Somebody using a tab."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    @property
    def box(self) -> Locator:
        return self.tab.locator("#write")

    @property
    def last(self) -> Locator:
        return self.tab.locator("#messages article").last

    def said(self, text: str) -> Locator:
        """The newest message that reads ``text`` somewhere."""
        return self.tab.locator("#messages article").filter(has_text=text).last

    def option(self, name: str) -> Locator:
        """A field of the command that is being typed."""
        return self.tab.locator(f'.option-value[data-option="{name}"]')

    async def command(self, path: str, prompt: str = "") -> None:
        """Begin a command, by its first letters and the list above the box."""
        await self.box.focus()
        await self.tab.keyboard.type(f"/{path}")
        row = self.tab.get_by_role("option").filter(
            has=self.tab.get_by_text(f"/{path}", exact=True)
        )
        await row.wait_for()
        await self.tab.keyboard.press("Enter")
        if prompt:
            await self.tab.keyboard.type(prompt)

    async def set(self, name: str, value: str, *, choose: bool = False) -> None:
        """Take an option of the command and type a value, or choose it from the list."""
        field = self.option(name)
        if not await field.count():
            await self.tab.locator(".option-rest").focus()
            await self.tab.keyboard.type(name)
            await self.tab.keyboard.press("Tab")
        await field.focus()
        await self.tab.keyboard.type(value)
        if choose:
            await self.tab.get_by_role("option", selected=True).filter(has_text=value).wait_for()
            await self.tab.keyboard.press("Enter")

    async def send(self) -> None:
        await self.tab.keyboard.press("Enter")

    async def imagine(self, prompt: str) -> None:
        """Type ``/imagine`` with a prompt and send it."""
        await self.command("imagine", prompt)
        await self.send()

    async def drop(self, name: str, data: bytes) -> None:
        """Drop a picture on the page."""
        await self.tab.evaluate(DROP, [name, base64.b64encode(data).decode()])


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Studio]:
    """Start the stand-ins, the bot and the page."""
    stage = Stage(folder=folder, kind=ForkedBot)
    await stage.open()
    server = Server(stage)
    await server.start()
    behaviour = stage.evolink.behaviour
    behaviour.cheap_pictures = True
    behaviour.drawing_seconds = 0.5
    behaviour.pending_seconds = 0.1
    behaviour.estimated_time = 1
    stage.discord.behaviour.rate_limits = False
    try:
        await stage.start_bot(**SHORT_WAITS, COVERAGE_PROCESS_START="")
        yield Studio(stage, server)
        assert not stage.discord.books.violations
    finally:
        await server.close()
        await stage.close()
