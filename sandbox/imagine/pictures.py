"""``make pictures``: the pictures of README and docs, taken from the page while the bot works.

Each is taken in dark and light: ``drawing-dark.webp``. Take them again after changing what the bot
shows.
"""

import argparse
import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from playwright.async_api import Browser, ViewportSize, async_playwright

from sandbox.discord.interactions import Interaction
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Channel, User
from sandbox.imagine.camera import PHONE, WIDE, Camera, browser_here, camera
from sandbox.imagine.once import PROMPT
from sandbox.imagine.process import ROOT
from sandbox.imagine.samples import leaf, lighthouse
from sandbox.imagine.stage import Stage
from sandbox.page.server import Page as Server
from sandbox.person import Person, Upload

T = TypeVar("T")

#: The layout without side panels, as small as four images and their buttons allow.
FILM = ViewportSize(width=620, height=644)
#: One task at a time, so that others wait in the queue.
_SETTINGS = {"MAX_RUNNING": "1", "USER_RUNNING": "1", "EDIT_SECONDS": "0.5"}
_SECONDS = 90.0
_DROP = """([name, data]) => {
  const dataTransfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  dataTransfer.items.add(new File([bytes], name, { type: "image/png" }));
  const about = { dataTransfer, bubbles: true, cancelable: true };
  for (const kind of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, about));
}"""


@dataclass(frozen=True)
class Story:
    """What happens while the pictures are taken."""

    stage: Stage
    server: Server
    browser: Browser
    folder: Path

    async def tell(self) -> None:
        """Take every picture, without captions: they would repeat the prompt four times."""
        self.stage.evolink.behaviour.captions = False
        world = self.stage.discord.world
        ann, bob, admin = (self._person(user) for user in (world.ann, world.bob, world.admin))
        async with self._camera("ann", "art", FILM, scale=1.5) as film:
            await self._film(film)
        async with self._camera("ann") as wide:
            await self._typing(wide)
        async with self._camera("ann") as wide, self._camera("ann", size=PHONE) as phone:
            result = await self._drawing(wide, ann, bob)
            await phone.page("phone")
            await wide.message("panel", await self._answer(await ann.press(result, "2")))
            await self._failing(wide, ann)
            await wide.message("quota", await self._answer(await ann.slash("quota")))
            await wide.message("tasks", await self._answer(await ann.slash("tasks")))
            await wide.message("privacy", await self._answer(await ann.slash("privacy")))
        async with self._camera("admin") as wide:
            await _imagine(bob, "A cat in a city at night", count=2)
            await self._posted(bob)
            await self._limiting(wide, admin)
            await self._operating(wide, admin)
            await self._moderating(wide, admin, bob)
        async with self._camera("bob") as wide:
            refused = await bob.slash("imagine", prompt="One more boat", count=2)
            await wide.message("quota-reached", await self._answer(refused))

    async def _film(self, camera: Camera) -> None:
        """Type the command, watch the images come, and open one."""
        behaviour = self.stage.evolink.behaviour
        behaviour.drawing_seconds, behaviour.seconds_per_extra_image = 4.0, 1.0
        behaviour.estimated_time = 8
        await camera.frame(700)
        await self._type(camera, "/imag", 110)
        await camera.frame(500)
        await self._type(camera, "\n", 250)
        await self._type(camera, "a fox in a paper boat at dusk --ar 16:9 --n 4", 60, letters=2)
        await camera.frame(700)
        first, *others = camera.tabs.values()
        # Sent once; the other tab shows the same person, and so the same answers.
        await first.keyboard.press("Enter")
        for tab in others:
            await tab.reload()
        ann = self._person(self.stage.discord.world.ann, self.stage.discord.world.art)
        while not self._results(ann):
            await camera.frame(400)
        for tab in camera.tabs.values():
            await tab.get_by_role("button", name="Again").wait_for()
            await tab.get_by_role("button", name="2", exact=True).hover()
        await camera.frame(2200)
        await first.get_by_role("button", name="2", exact=True).click()
        for tab in camera.tabs.values():
            await tab.get_by_role("button", name="Vary").wait_for()
            await tab.mouse.move(0, 0)
            await tab.locator("#messages > li").last.scroll_into_view_if_needed()
        await camera.frame(3000)
        camera.keep_film("imagine")

    async def _type(self, camera: Camera, text: str, milliseconds: int, letters: int = 1) -> None:
        for at in range(0, len(text), letters):
            for tab in camera.tabs.values():
                await tab.keyboard.type(text[at : at + letters])
            await camera.frame(milliseconds)

    async def _limiting(self, camera: Camera, admin: Person) -> None:
        """Set a limit, see who uses how much, why, and who changed it."""
        bob = self.stage.discord.world.bob
        asked = await admin.slash(
            "imagine-admin quota user", user=bob, images="3", reason="Just trying"
        )
        await camera.message("admin", await self._answer(asked))
        asked = await admin.slash("imagine-admin overview")
        chart = await self._until(lambda: next((m for m in asked.followups if m.images), None))
        await camera.message("overview", await self._answer(asked))
        await camera.message("chart", chart)
        asked = await admin.slash("imagine-admin quota why", user=bob)
        await camera.message("why", await self._answer(asked))
        asked = await admin.slash("imagine-admin quota log")
        await camera.message("log", await self._answer(asked))

    async def _operating(self, camera: Camera, admin: Person) -> None:
        """Cap what all servers cost."""
        asked = await admin.slash("imagine-owner caps", month=900, **{"credits-day": 40})
        await camera.message("caps", await self._answer(asked))

    async def _moderating(self, camera: Camera, admin: Person, bob: Person) -> None:
        """Set a rule for strikes, and give the first one."""
        asked = await admin.slash("imagine-admin moderation strikes", count=3)
        await camera.message("strikes", await self._answer(asked))
        world, may = self.stage.discord.world, int(Permission.MANAGE_MESSAGES)
        world.add_role(world.studio, "Moderators", may, (world.admin,))
        (result,) = self._results(bob)
        asked = await admin.menu("Remove image", result)
        form = await self._until(lambda: asked.modal)
        asked = await admin.fill(form, reason="Not in this channel", strike=["Strike"])
        await camera.message("removed", await self._answer(asked))

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
        behaviour.drawing_seconds = behaviour.estimated_time = 26
        behaviour.seconds_per_extra_image = 2.0
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
        card = await _imagine(ann, "Something that is not allowed")
        await camera.message("failed", await self._reads(card, "Couldn't draw this"))

    def _person(self, user: User, where: Channel | None = None) -> Person:
        return Person(self.stage.discord, user, where or self.stage.discord.world.general)

    async def _answer(self, asked: Interaction) -> Message:
        return await self._until(lambda: None if asked.loading else asked.message)

    async def _reads(self, card: Interaction, text: str) -> Message:
        return await self._until(lambda: _with(card.message, text))

    async def _posted(self, person: Person) -> Message:
        return await self._until(lambda: next(iter(self._results(person)), None))

    def _results(self, person: Person) -> list[Message]:
        bot = self.stage.discord.world.bot.id
        theirs = [m for m in person.channel_messages() if person.user.id in m.mentions()]
        return [m for m in theirs if m.author_id == bot and m.images]

    async def _until(self, look: Callable[[], T | None]) -> T:
        return await self.stage.discord.until(look, _SECONDS)

    def _camera(
        self, who: str, where: str = "general", size: ViewportSize = WIDE, *, scale: float = 2
    ) -> AbstractAsyncContextManager[Camera]:
        address = f"{self.server.url}/#{who}/{where}"
        return camera(self.browser, address, self.folder, size, scale=scale)


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
        operators = stage.discord.world.studio.id
        await stage.start_bot(**_SETTINGS, OPERATOR_SERVER=str(operators))
        await stage.discord.until(lambda: stage.discord.platform.commands.registered(operators))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=browser_here())
            await Story(stage, server, browser, folder).tell()
            await browser.close()
    finally:
        await server.close()
        await stage.close()


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
