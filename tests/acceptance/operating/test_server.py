"""A server as a whole: where drawing is allowed, who is told of changes, its own pause."""

import io
import zipfile

import pytest

from sandbox.discord import commands
from tests.acceptance.results_kit import answered
from tests.acceptance.studio import Studio

REFUSED = {
    "en-US": ("Drawing isn't allowed in this channel. Try <#{}>.", "An admin has paused drawing"),
    "zh-CN": ("这个频道不允许生成图片", "管理员已在本服务器暂停生成"),
}


async def chosen(studio: Studio, command: str, menu: str, channels: list):
    """Open a panel as the admin, and choose channels there."""
    admin = studio.person(studio.world.admin)
    panel = await answered(studio, await admin.slash(f"imagine-admin {command}"))
    return await answered(studio, await admin.choose(panel, menu, channels))


@pytest.mark.parametrize("locale", REFUSED)
async def test_where_drawing_is_allowed(studio, locale):
    """A thread follows its channel, everywhere is the default, and Undo sets it back."""
    world, admin = studio.world, studio.person(studio.world.admin)
    told = await chosen(studio, "channels", "channels", [world.art])
    assert f"Where drawing is allowed: was everywhere, now <#{world.art.id}>" in told.text
    ann = studio.person(world.ann, locale=locale)
    refused = await answered(studio, await ann.slash("imagine", prompt="a fox"))
    assert REFUSED[locale][0].format(world.art.id) in refused.text
    assert refused.buttons == []
    panel = await answered(studio, await admin.slash("imagine-admin channels"))
    assert f"[{{'id': '{world.art.id}'" in str(panel.components)
    thread = world.add_thread(world.art, "foxes")
    await studio.person(world.ann, thread).slash("imagine", prompt="a fox in a thread")
    await studio.person(world.ann, world.art).slash("imagine", prompt="a fox")
    await studio.results(1, world.art)
    await studio.results(1, thread)
    await studio.reads(await admin.press(told, "Undo"), "now everywhere")
    await ann.slash("imagine", prompt="a fox")
    await studio.results()
    told = await chosen(studio, "channels", "channels", [world.art, world.general])
    told = await chosen(studio, "channels", "channels", [])
    assert "now everywhere" in told.text


@pytest.mark.parametrize("locale", REFUSED)
async def test_a_server_has_its_own_pause(studio, locale):
    """New requests are refused and can be sent again; what is being drawn goes on."""
    world, bob = studio.world, studio.person(studio.world.bob, locale=locale)
    studio.evolink.behaviour.unfinished = True
    await studio.ann.slash("imagine", prompt="a fox", count=2)
    await studio.until(lambda: studio.evolink.books.submissions)
    guild = world.add_guild("elsewhere", members=(world.bob,))
    there = studio.person(world.bob, world.add_channel(guild, "general"))
    admin = studio.person(world.admin)
    over = await admin.slash("imagine-admin quota settings", cap=1, **{"cap-enforced": False})
    await studio.reads(over, "2 are already used")
    told = await answered(studio, await admin.slash("imagine-admin pause"))
    assert "Paused by an admin: was no, now yes" in told.text
    assert "already waiting will still be drawn" in told.text
    assert "already used" not in told.text
    refused = await answered(studio, await bob.slash("imagine", prompt="a cat"))
    assert REFUSED[locale][1] in refused.text
    assert len(refused.buttons) == 1
    studio.evolink.behaviour.unfinished = False
    await studio.results()
    await there.slash("imagine", prompt="elsewhere")
    await studio.results(1, there.channel)
    await studio.reads(await admin.slash("imagine-admin resume"), "was yes, now no")
    await bob.press(refused, refused.buttons[0])
    await studio.results(2)


async def test_a_channel_is_told_of_changes(studio):
    """Who changed what, and why; once, even after a restart; nothing once it is off."""
    world, admin = studio.world, studio.person(studio.world.admin)
    told = await chosen(studio, "log-channel", "told:log", [world.art])
    assert f"was not set, now <#{world.art.id}>" in told.text

    def read() -> list[str]:
        return [each.text for each in world.art.messages()]

    await admin.slash("imagine-admin quota user", user=world.bob, images="5", reason="new here")
    await studio.until(lambda: any("now 5 images a day" in text for text in read()))
    (change,) = [text for text in read() if "now 5 images a day" in text]
    assert f"<@{world.admin.id}> · new here" in change
    told = await chosen(studio, "log-channel", "told:log", [])
    assert f"was <#{world.art.id}>, now not set" in told.text
    await admin.slash("imagine-admin quota user", user=world.bob, images="6")
    told = await chosen(studio, "log-channel", "told:notices", [world.no_bots])
    assert f"The bot can't write in <#{world.no_bots.id}> yet." in told.text
    told = await chosen(studio, "log-channel", "told:notices", [])
    assert f"was <#{world.no_bots.id}>, now not set" in told.text
    assert not [text for text in read() if "now 6 images" in text]


async def test_an_export(studio):
    """The file is for the admin only; nobody else gets one, and no copy stays."""
    world, admin = studio.world, studio.person(studio.world.admin, locale="zh-CN")
    await studio.ann.slash("imagine", prompt="=fox()", count=2)
    await studio.results()
    await studio.quiet()
    sent = await admin.slash("imagine-admin export", days=7)
    message = await answered(studio, sent)
    (file,) = message.body.files.values()
    assert (file.name, message.ephemeral) == ("imagine-7-days.zip", True)
    with zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        assert b",2,2,2,0,'=fox()" in archive.read("tasks.csv")
        assert f"<@{world.ann.id}>,2".encode() in archive.read("use.csv")
    await studio.until(lambda: not list((studio.folder / "data" / "incoming").iterdir()))
    command = studio.discord.platform.commands.find("imagine-admin", commands.CHAT, 0)
    assert command is not None
    offered = command["default_member_permissions"]
    command["default_member_permissions"] = None
    told = await answered(studio, await studio.ann.slash("imagine-admin export"))
    assert "You need the Manage Server permission." in told.text
    command["default_member_permissions"] = offered


async def test_who_is_no_admin_decides_none_of_it(studio):
    """Neither managers nor members can, not even with a forged command or menu."""
    world, bob = studio.world, studio.person(studio.world.bob)
    admin = studio.person(world.admin)
    role = world.add_role(world.studio, "Managers", 0, (world.bob,))
    await answered(studio, await admin.slash("imagine-admin quota settings", managers=role))
    command = studio.discord.platform.commands.find("imagine-admin", commands.CHAT, 0)
    assert command is not None
    offered = command["default_member_permissions"]
    command["default_member_permissions"] = None
    panels = [
        await answered(studio, await admin.slash(f"imagine-admin {name}"))
        for name in ("channels", "log-channel")
    ]
    presses = [
        await bob.slash(f"imagine-admin {name}")
        for name in ("channels", "log-channel", "pause", "resume", "export")
    ]
    for panel, menu in zip(panels, ("channels", "told:log"), strict=True):
        panel.only_for = world.bob.id
        presses.append(await bob.choose(panel, menu, [world.general]))
    for press in presses:
        told = await answered(studio, press)
        assert "You need the Manage Server permission." in told.text
    log = await admin.slash("imagine-admin quota log")
    await studio.reads(log, f"<@{world.bob.id}> tried something only admins can do.")
    command["default_member_permissions"] = offered
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()
