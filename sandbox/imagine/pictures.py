"""``make pictures``: the pictures of README and docs, taken from the page while the bot works.

Each is taken in dark and light: ``drawing-dark.webp``. Take them again after changing what the bot
shows.
"""

import argparse
import asyncio
import io
import logging
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, FloatRect, Page, ViewportSize, async_playwright

from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.places import User
from sandbox.imagine.once import PROMPT
from sandbox.imagine.process import ROOT
from sandbox.imagine.samples import leaf, lighthouse
from sandbox.imagine.stage import Stage
from sandbox.page.server import Page as Server
from sandbox.person import Person, Upload

#: Best first: the headless shell takes half the processor time.
BROWSERS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
THEMES = ("dark", "light")
WIDE = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=800)
#: One task at a time, so that others wait in the queue.
_SETTINGS = {"MAX_RUNNING": "1", "USER_RUNNING": "1", "EDIT_SECONDS": "0.5"}
_SECONDS = 90.0
#: Scrolls to a message and loads its pictures; returns its frame, no wider than its content.
_FRAME = """async (id) => {
  const find = () => document.querySelector(`article[data-id="${id}"]`);
  while (!find()) await new Promise(requestAnimationFrame);
  await Promise.all([...find().querySelectorAll("img")].map((image) => {
    image.loading = "eager";
    return image.decode();
  }));
  find().scrollIntoView({ block: "center" });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const parts = find().querySelectorAll(
    ".above > *, .message-head > *, .message-body > :not(.text-display), .text, .message-only > *");
  const ends = [...parts].map((part) => part.getBoundingClientRect().right);
  const { x, y, width, height } = find().getBoundingClientRect();
  return { x, y: y - 8, width: Math.min(width, Math.max(...ends) + 24 - x), height: height + 16 };
}"""
_DROP = """([name, data]) => {
  const dataTransfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  dataTransfer.items.add(new File([bytes], name, { type: "image/png" }));
  const about = { dataTransfer, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, about));
}"""
_PICTURES = """() => Promise.all([...document.querySelectorAll("#messages img")].map((image) => {
    image.loading = "eager";
    return image.decode();
  }))"""


@dataclass(frozen=True)
class Camera:
    """Someone's tabs, one per theme, and the folder for their pictures."""

    tabs: dict[str, Page]
    folder: Path

    async def message(self, name: str, message: Message) -> None:
        """Take a picture of a message, no wider than its content."""
        for theme, tab in self.tabs.items():
            frame: FloatRect = await tab.evaluate(_FRAME, str(message.id))
            await self._keep(name, theme, tab, frame)

    async def page(self, name: str) -> None:
        """Take a picture of the whole tab."""
        for theme, tab in self.tabs.items():
            await tab.evaluate(_PICTURES)
            await self._keep(name, theme, tab, None)

    async def _keep(self, name: str, theme: str, tab: Page, clip: FloatRect | None) -> None:
        taken = await tab.screenshot(clip=clip, animations="disabled")
        path = self.folder / f"{name}-{theme}.webp"
        with Image.open(io.BytesIO(taken)) as picture:
            picture.convert("RGB").save(path, quality=90, method=6)
        print(f"{path}  {path.stat().st_size // 1024} KB", flush=True)  # noqa: T201 - a program for the terminal


@dataclass(frozen=True)
class Story:
    """What happens while the pictures are taken."""

    stage: Stage
    server: Server
    browser: Browser
    folder: Path

    async def tell(self) -> None:
        """Take every picture."""
        world = self.stage.discord.world
        ann, bob, admin = (self._person(user) for user in (world.ann, world.bob, world.admin))
        async with self._camera("ann") as wide:
            await self._typing(wide)
        async with self._camera("ann") as wide, self._camera("ann", PHONE) as phone:
            result = await self._drawing(wide, ann, bob)
            await phone.page("phone")
            await wide.message("panel", await self._answer(await ann.press(result, "2")))
            await self._failing(wide, ann)
            await wide.message("quota", await self._answer(await ann.slash("quota")))
            await wide.message("tasks", await self._answer(await ann.slash("tasks")))
        async with self._camera("admin") as wide:
            told = await admin.slash("imagine-admin quota user", user=world.bob, images="1")
            await wide.message("admin", await self._answer(told))
        async with self._camera("bob") as wide:
            refused = await bob.slash("imagine", prompt="One more boat", count=2)
            await wide.message("quota-reached", await self._answer(refused))

    async def _typing(self, camera: Camera) -> None:
        """Type the command and drop a picture on it."""
        for tab in camera.tabs.values():
            await tab.locator("#write").focus()
            await tab.keyboard.type("/imag")
            await tab.get_by_role("option").first.wait_for()
            await tab.keyboard.press("Enter")
            await tab.keyboard.type("The lighthouse at dusk")
            await tab.evaluate(_DROP, ["lighthouse.png", b64encode(lighthouse()).decode()])
            await tab.locator(".tray-card img").wait_for()
        await camera.page("typing")

    async def _drawing(self, camera: Camera, ann: Person, bob: Person) -> Message:
        """Draw one task while another waits for its turn; return the result."""
        behaviour = self.stage.evolink.behaviour
        behaviour.drawing_seconds = behaviour.estimated_time = 30
        sent = [Upload("lighthouse.png", lighthouse()), Upload("leaf.png", leaf())]
        drawn = await _imagine(ann, PROMPT, sent, count=4)
        await camera.message("drawing", await self._reads(drawn, "\N{BLACK PARALLELOGRAM}"))
        waiting = await _imagine(bob, "A paper boat in a puddle, seen from above")
        message = await self._reads(waiting, "in line")
        await camera.message("waiting", message)
        await bob.press(message, "Cancel")
        bob.say("Oh, I like yours better.")
        result = await self._posted(ann)
        await camera.message("result", result)
        return result

    async def _failing(self, camera: Camera, ann: Person) -> None:
        behaviour = self.stage.evolink.behaviour
        behaviour.drawing_seconds = behaviour.estimated_time = 3
        behaviour.next_failures.append("content_policy_violation")
        card = await _imagine(ann, "Something that Evolink does not draw")
        await camera.message("failed", await self._reads(card, "Couldn't draw this"))

    def _person(self, user: User) -> Person:
        return Person(self.stage.discord, user, self.stage.discord.world.general)

    async def _answer(self, asked: Interaction) -> Message:
        return await self._until(lambda: None if asked.loading else asked.message)

    async def _reads(self, card: Interaction, text: str) -> Message:
        return await self._until(lambda: _with(card.message, text))

    async def _posted(self, person: Person) -> Message:
        bot = self.stage.discord.world.bot.id

        def found() -> Message | None:
            theirs = [m for m in person.channel_messages() if person.user.id in m.mentions()]
            return next((m for m in theirs if m.author_id == bot and m.images), None)

        return await self._until(found)

    async def _until(self, look: Callable[[], Message | None]) -> Message:
        return await self.stage.discord.until(look, _SECONDS)

    @asynccontextmanager
    async def _camera(self, who: str, size: ViewportSize = WIDE) -> AsyncGenerator[Camera]:
        """Open the channel as someone, once per theme."""
        contexts = [
            await self.browser.new_context(
                viewport=size, color_scheme=theme, device_scale_factor=2, locale="en-US"
            )
            for theme in THEMES
        ]
        tabs = {theme: await each.new_page() for theme, each in zip(THEMES, contexts, strict=True)}
        for tab in tabs.values():
            await tab.goto(f"{self.server.url}/#{who}/general")
            await tab.locator("#messages > li").first.wait_for()
        yield Camera(tabs, self.folder)
        for context in contexts:
            await context.close()


async def _imagine(
    person: Person, prompt: str, files: Sequence[Upload] = (), count: int = 1
) -> Interaction:
    images = {f"image{number or ''}": file for number, file in zip((0, 2), files, strict=False)}
    return await person.slash("imagine", prompt=prompt, size="16:9", count=count, **images)


def _with(card: Message | None, text: str) -> Message | None:
    return card if card and text in card.text else None


async def _take(folder: Path) -> None:
    stage = Stage()
    server = Server(stage)
    try:
        await stage.open()
        await server.start()
        await stage.start_bot(**_SETTINGS)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=browser_here())
            await Story(stage, server, browser, folder).tell()
            await browser.close()
    finally:
        await server.close()
        await stage.close()


def browser_here() -> Path | None:
    """Return this machine's browser, where Debian's packages put it."""
    return next((path for path in BROWSERS if path.exists()), None)


def main() -> None:
    """Take the pictures; needs Chromium, and the fonts that .ci/run installs."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.imagine.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "pictures")
    logging.basicConfig(level=logging.ERROR)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_take(folder))


if __name__ == "__main__":
    main()
