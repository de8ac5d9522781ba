"""The page's server: who may reach it, and what it hands out."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.imagine.stage import Stage
from sandbox.page.server import Page
from sandbox.page.troubles import TROUBLES, Troubles
from tests.kit.patience import PATIENCE
from tests.kit.pictures import png


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Both stand-ins, without a bot."""
    made = Stage()
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def page(stage: Stage) -> AsyncIterator[Page]:
    """The page's server."""
    made = Page(stage)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def http(page: Page) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser, as far as HTTP goes."""
    async with aiohttp.ClientSession(page.url) as session:
        yield session


class Tab:
    """A socket that asks and waits for the answer."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.number = 0

    async def ask(self, what: str, **about: object):
        self.number += 1
        await self.socket.send_json({"id": self.number, "do": what, "with": about})
        return await self.told("id", self.number)

    async def told(self, key: str, value: object):
        """Return the next message that has this value under this key."""
        while True:
            said = await self.socket.receive_json(timeout=PATIENCE)
            if said.get(key) == value:
                return said


@pytest.fixture
async def tab(http: aiohttp.ClientSession) -> AsyncIterator[Tab]:
    """A tab of Ann's."""
    async with http.ws_connect("/live") as socket:
        yield Tab(socket)


@pytest.mark.parametrize("path", ["/", "/live", "/static/app.js"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:80"}], ids=str
)
async def test_another_site_reaches_nothing(http, path, headers):
    """Neither across origins nor under a name that resolves to this machine."""
    async with http.get(path, headers=headers) as answer:
        assert answer.status == 403


async def test_only_the_pages_own_code_runs(http):
    """The policy allows neither inline code nor code from elsewhere."""
    async with http.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


async def test_an_uploaded_page_is_no_page(http, stage, tab):
    """Uploaded HTML is served as plain bytes, pictures as pictures."""
    found = {}
    for name, data in (("a.html", b"<script>alert(1)</script>"), ("a.png", png())):
        async with http.post("/uploads", params={"name": name}, data=data) as answer:
            number = (await answer.json())["id"]
        await tab.ask("say", text="here", files=[number])
        (file,) = stage.discord.world.general.messages()[-1].images
        async with http.get(file.url.removeprefix(stage.discord.url)) as answer:
            found[name] = answer.content_type, answer.headers["X-Content-Type-Options"]
    assert found == {
        "a.html": ("application/octet-stream", "nosniff"),
        "a.png": ("image/png", "nosniff"),
    }


async def test_a_tab_sees_only_what_its_person_sees(stage, tab):
    """Others' ephemeral messages and direct messages are neither sent nor listed."""
    world, platform = stage.discord.world, stage.discord.platform
    await tab.ask("be", user="ann", channel="general")
    for text, channel, reader in (
        ("for bob alone", world.general, world.bob),
        ("to bob", world.dm(world.bob), None),
        ("for ann alone", world.general, world.ann),
    ):
        platform.post(channel, world.bot, platform.write_text(text, channel), only_for=reader)
    said = await tab.told("event", "message")
    assert said["message"]["content"] == "for ann alone"
    listed = (await tab.ask("history"))["ok"]["messages"]
    assert [message["content"] for message in listed] == ["for ann alone"]
    assert (await tab.ask("be", user="ann", channel=str(world.dm(world.bob).id)))["ok"]["here"] == (
        str(world.general.id)
    )


async def test_what_discords_client_would_not_send_is_refused(tab):
    """For a command that doesn't exist or an empty message, a sentence, and no error of ours."""
    for what, about in (
        ("slash", {"path": "nothing", "values": {}}),
        ("say", {"text": ""}),
        ("press", {"message": "1", "custom_id": "x"}),
    ):
        said = await tab.ask(what, **about)
        assert said["error"] == "refused"
        assert said["text"]


@pytest.mark.parametrize("key", TROUBLES)
async def test_each_trouble_is_lifted_again(stage, key):
    """Switched on and off, everything is as it was."""

    def state() -> tuple[object, ...]:
        evolink, discord = stage.evolink, stage.discord
        return (
            vars(evolink.behaviour) | {"moderate_words": list(evolink.behaviour.moderate_words)},
            evolink.credits,
            vars(discord.behaviour).copy(),
            [*evolink.faults.rules, *discord.faults.rules],
        )

    before, troubles = state(), Troubles(stage)
    troubles.switch(key, on=True)
    assert troubles.state()[key]
    assert state() != before
    troubles.switch(key, on=False)
    assert state() == before
