"""Someone's tabs in a real browser, one for each theme: pictures of them, and a film."""

import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, FloatRect, Page, ViewportSize

from sandbox.discord.messages import Message

#: Best first: the headless shell takes half the processor time.
BROWSERS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
THEMES = ("dark", "light")
WIDE = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=800)
#: Scrolls to a message and loads its pictures; returns its frame, no wider than its content.
_FRAME = """async (id) => {
  const find = () => document.querySelector(`article[data-id="${id}"]`);
  while (!find()) await new Promise(requestAnimationFrame);
  await Promise.all([...find().querySelectorAll("img")].map((image) => {
    image.loading = "eager";
    return image.decode();
  }));
  // What arrives further down makes the page scroll to its end.
  for (let still = 0, at = null; still < 3; still += 1) {
    find().scrollIntoView({ block: "center" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { y } = find().getBoundingClientRect();
    if (y !== at) still = 0;
    at = y;
  }
  const parts = find().querySelectorAll(
    ".above > *, .message-head > *, .message-body > :not(.text-display), .text, .message-only > *");
  const ends = [...parts].map((part) => part.getBoundingClientRect().right);
  const { x, y, width, height } = find().getBoundingClientRect();
  return { x, y: y - 8, width: Math.min(width, Math.max(...ends) + 24 - x), height: height + 16 };
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
    #: What the film has so far, by theme: each picture, and for how many milliseconds.
    frames: dict[str, list[tuple[bytes, int]]] = field(
        default_factory=dict[str, list[tuple[bytes, int]]]
    )

    async def message(self, name: str, message: Message) -> None:
        """Take a picture of a message, no wider than its content."""
        for theme, tab in self.tabs.items():
            await tab.evaluate(_PICTURES)
            frame: FloatRect = await tab.evaluate(_FRAME, str(message.id))
            assert frame["y"] >= 0, f"{name} is not whole in the window"
            await self._keep(name, theme, tab, frame)

    async def page(self, name: str) -> None:
        """Take a picture of the whole tab."""
        for theme, tab in self.tabs.items():
            await tab.evaluate(_PICTURES)
            await self._keep(name, theme, tab, None)

    async def frame(self, milliseconds: int) -> None:
        """Take the film's next picture, shown for so long, if it differs from the last one."""
        for theme, tab in self.tabs.items():
            await tab.evaluate(_PICTURES)
            taken = await tab.screenshot(animations="disabled")
            shown = self.frames.setdefault(theme, [])
            if not shown or shown[-1][0] != taken:
                shown.append((taken, milliseconds))

    def keep_film(self, name: str) -> None:
        """Write the frames as a moving picture, which starts over at its end."""
        for theme, shown in self.frames.items():
            path = self._path(name, theme)
            first, *rest = (Image.open(io.BytesIO(taken)).convert("RGB") for taken, _ in shown)
            lengths = [milliseconds for _, milliseconds in shown]
            first.save(
                path,
                save_all=True,
                append_images=rest,
                duration=lengths,
                loop=0,
                quality=75,
                method=6,
            )
            _tell(path)
        self.frames.clear()

    async def _keep(self, name: str, theme: str, tab: Page, clip: FloatRect | None) -> None:
        taken = await tab.screenshot(clip=clip, animations="disabled")
        path = self._path(name, theme)
        with Image.open(io.BytesIO(taken)) as picture:
            picture.convert("RGB").save(path, quality=90, method=6)
        _tell(path)

    def _path(self, name: str, theme: str) -> Path:
        return self.folder / f"{name}-{theme}.webp"


@asynccontextmanager
async def camera(
    browser: Browser, address: str, folder: Path, size: ViewportSize = WIDE, *, scale: float = 2
) -> AsyncGenerator[Camera]:
    """Open a channel of the page once per theme."""
    contexts = [
        await browser.new_context(
            viewport=size, color_scheme=theme, device_scale_factor=scale, locale="en-US"
        )
        for theme in THEMES
    ]
    tabs = {theme: await each.new_page() for theme, each in zip(THEMES, contexts, strict=True)}
    for tab in tabs.values():
        await tab.goto(address)
        await tab.get_by_role("heading", level=1).wait_for()
    yield Camera(tabs, folder)
    for context in contexts:
        await context.close()


def browser_here() -> Path | None:
    """Return this machine's browser, where Debian's packages put it."""
    return next((path for path in BROWSERS if path.exists()), None)


def _tell(path: Path) -> None:
    print(f"{path}  {path.stat().st_size // 1024} KB", flush=True)  # noqa: T201 - a program for the terminal
