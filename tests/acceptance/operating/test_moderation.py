"""What isn't wanted in a server, through the wire: as admin, manager, member and forger."""

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.discord import commands, reading
from sandbox.discord.messages import Message
from tests.acceptance.results_kit import answered, drawn, left, opened_form
from tests.acceptance.studio import Studio

GROUP = "imagine-admin moderation"


async def _typed(studio: Studio, path: str, locale: str = "en-US", /, **values: object) -> Message:
    """Return what the admin reads when typing a command of the group."""
    admin = studio.person(studio.world.admin, locale=locale)
    return await answered(studio, await admin.slash(f"{GROUP} {path}", **values))


@contextmanager
def offered_to_all(studio: Studio) -> Iterator[None]:
    """Offer the admins' commands to everybody, as a server can."""
    command = studio.discord.platform.commands.find("imagine-admin", commands.CHAT, 0)
    assert command is not None
    offered, command["default_member_permissions"] = command["default_member_permissions"], None
    yield
    command["default_member_permissions"] = offered


async def test_a_word_is_refused_before_anything_is_counted(studio):
    """It is named, no list is shown, nothing reaches Evolink; without the word it is drawn."""
    shown = await _typed(studio, "words", add="gore, nude figure, 血腥")
    assert "was none, now gore, nude figure, 血腥" in shown.text
    had = await left(studio)
    for prompt in ("Some GORE here", "a nude\u200b  Figure", "很血腥"):
        refused = await answered(studio, await studio.ann.slash("imagine", prompt=prompt))
        assert refused.ephemeral
        assert "isn't allowed in this server" in refused.text
        assert "Not charged" in refused.text
    assert "“血腥”" in refused.text
    assert "nude" not in refused.text
    chinese = studio.person(studio.world.ann, locale="zh-CN")
    told = await answered(studio, await chinese.slash("imagine", prompt="gore"))
    assert "本服务器不允许使用“gore”" in told.text
    assert await left(studio) == had
    assert not studio.evolink.books.submissions
    form = await opened_form(studio, await studio.ann.press(refused, "Edit and resend"))
    await studio.ann.fill(form, Prompt="a flower")
    await studio.results()
    await drawn(studio, "a gored bull")


async def test_words_can_be_allowed_again_and_a_change_undone(studio):
    """By admins; a task of before is not drawn again with the word in it."""
    post = await drawn(studio, "a red fox")
    await _typed(studio, "words", add="fox")
    refused = await answered(studio, await studio.ann.press(post, "Again (uses 1)"))
    assert "“fox” isn't allowed" in refused.text
    change = await _typed(studio, "words", remove="FOX")
    assert "was fox, now none" in change.text
    await answered(studio, await studio.ann.press(post, "Again (uses 1)"))
    admin = studio.person(studio.world.admin)
    await answered(studio, await admin.press(change, "Undo"))
    chinese = await _typed(studio, "words", "zh-CN")
    assert "禁用词：fox" in chinese.text  # noqa: RUF001 - Chinese has its own signs
    told = await _typed(studio, "words", add="...")
    assert "A server can have up to 200 words" in told.text


async def test_only_admins_set_what_managers_read(studio):
    """Managers see the words; neither they nor members change them, nor undo a change."""
    world, bob = studio.world, studio.person(studio.world.bob)
    role = world.add_role(world.studio, "Managers", 0, (world.bob,))
    await _typed(studio, "words", add="gore")
    with offered_to_all(studio):
        told = await answered(studio, await bob.slash(f"{GROUP} words"))
        assert "You need the Manage Server permission." in told.text
        admin = studio.person(world.admin)
        await answered(studio, await admin.slash("imagine-admin quota settings", managers=role))
        told = await answered(studio, await bob.slash(f"{GROUP} words"))
        assert "gore" in told.text
        told = await answered(studio, await bob.slash(f"{GROUP} words", add="x"))
        assert "You need the Manage Server permission." in told.text
        log = await answered(studio, await bob.slash("imagine-admin quota log"))
        undo = [each["custom_id"] for each in reading.walk(log.components) if "custom_id" in each]
        told = await answered(studio, await bob.press(log, undo[-1]))
        assert "You need the Manage Server permission." in told.text
    assert "gore" in (await _typed(studio, "words")).text
