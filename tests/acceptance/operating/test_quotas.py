"""What admins decide about quotas, and who reads what of it: as admin, member and forger."""
# ruff: noqa: RUF001 - Chinese has its own signs

import asyncio

import pytest

from sandbox.discord import commands, reading
from sandbox.discord.permissions import Permission
from sandbox.person import Refused
from tests.acceptance.results_kit import answered, drawn, left, opened_form, posted
from tests.acceptance.studio import Studio, opened
from tests.kit.patience import PATIENCE

QUOTA = "imagine-admin quota"


async def _typed(studio: Studio, path: str, locale: str = "en-US", /, **values: object):
    """Return what the admin reads when typing a command of the group."""
    admin = studio.person(studio.world.admin, locale=locale)
    return await answered(studio, await admin.slash(f"{QUOTA} {path}", **values))


async def test_a_change_says_what_was_and_can_be_undone(studio):
    """Any admin can undo it, once, unless it was changed again; looking changes nothing."""
    bob = studio.world.bob
    first = await _typed(studio, "user", user=bob, images="5", reason="new here")
    assert "Limit: was 20 images a day, now 5 images a day" in first.text
    second = await _typed(studio, "user", user=bob, images="7", per="week")
    assert "Limit: was 5 images a day, now 7 images a week" in second.text
    assert "7 left this week" in (await _typed(studio, "user", user=bob)).text
    admin = studio.person(studio.world.admin)
    told = await answered(studio, await admin.press(first, "Undo"))
    assert "been changed since" in told.text
    assert "Undo" not in told.buttons
    told = await answered(studio, await admin.press(second, "Undo"))
    assert "was 7 images a week, now 5 images a day" in told.text
    told = await answered(studio, await admin.press(second, "Undo"))
    assert "been changed since" in told.text

    log = await _typed(studio, "log")
    assert "new here" in log.text
    assert log.text.index("7 images a week, now 5") < log.text.index("not set, now 5 images a day")
    chinese = await _typed(studio, "log", "zh-CN")
    assert "原为每周 7 张，现为每天 5 张" in chinese.text


async def test_a_role_counts_at_once(studio):
    """The best role counts before the server and the default; losing the role loses its limit."""
    world, bob = studio.world, studio.person(studio.world.bob)
    some = world.add_role(world.studio, "Some", 0, (world.bob,))
    more = world.add_role(world.studio, "More", 0)
    await _typed(studio, "server", images="3")
    await _typed(studio, "role", role=some, images="8")
    told = await _typed(studio, "role", role=more, images="unlimited")
    assert "was not set, now no limit" in told.text
    await studio.reads(await bob.slash("quota"), "8 left today", "Role limit: 8 images a day")
    await studio.reads(await studio.ann.slash("quota"), "3 left", "Server limit")
    world.studio.members[world.bob.id].roles.add(more.id)
    await studio.reads(await bob.slash("quota"), "no limit")
    world.studio.members[world.bob.id].roles.clear()
    await studio.reads(await bob.slash("quota"), "3 left today")
    refused = await bob.slash("imagine", prompt="a fox", count=4)
    await studio.reads(refused, "3 left today", "0/3", "Server limit: 3 images a day")

    asked = await _typed(studio, "role", role=some)
    assert asked.text == f"**<@&{some.id}> · 8 images a day**"
    await _typed(studio, "role", role=more, images="default")
    asked = await _typed(studio, "role", role=more)
    assert asked.text == f"**<@&{more.id}> · not set**\n-# Server limit: 3 images a day"
    assert (await _typed(studio, "server")).text == "**Everyone here · 3 images a day**"

    everything = await _typed(studio, "list")
    for line in ("Everyone here · 3 images a day", f"<@&{some.id}> · 8 images a day"):
        assert line in everything.text
    await _typed(studio, "role", role=some, images="default")
    assert f"<@&{some.id}>" not in (await _typed(studio, "list")).text


async def test_a_grant_is_used_after_the_limit(studio):
    """The member sees it in /quota; once it is taken back, it is gone."""
    ann = studio.world.ann
    await _typed(studio, "user", user=ann, images="1")
    given = await _typed(studio, "grant", user=ann, images=2, until="7d", reason="contest")
    assert "2 extra images, until" in given.text
    seen = await studio.reads(await studio.ann.slash("quota"), "3 left today", "contest")
    assert "2 extra images, until" in seen.text
    chinese = studio.person(ann, locale="zh-CN")
    await studio.reads(await chinese.slash("quota"), "今天还剩 3 张", "额外额度 2 张，至")
    await studio.ann.slash("imagine", prompt="a fox", count=2)
    await studio.results()
    await studio.quiet()
    await studio.reads(await studio.ann.slash("quota"), "1 left today", "1 extra image, until")
    await studio.person(studio.world.admin).press(given, "Undo")
    await studio.reads(await studio.ann.slash("quota"), "0 left today")
    refused = await studio.ann.slash("imagine", prompt="a cat")
    await studio.reads(refused, "You've used all your images for today")

    for until in ("yesterday", "2020-01-01", "0d", "9999w"):
        told = await _typed(studio, "grant", user=ann, images=2, until=until)
        assert f"“{until}” isn't a time I know" in told.text
    await studio.reads(await studio.ann.slash("quota"), "0 left today")


async def test_why(studio):
    """All limits in the order in which they count, what is used, and what the member would read."""
    world, bob = studio.world, studio.world.bob
    role = world.add_role(world.studio, "Some", 0, (bob,))
    await _typed(studio, "role", role=role, images="8")
    await _typed(studio, "user", user=bob, images="0")
    why = await _typed(studio, "why", user=bob)
    assert "> Your limit here is 0 images a day." in why.text
    assert why.text.index("1. Personal limit: 0 images a day") < why.text.index("2. Role limit: 8")
    assert "3. Default limit: 20 images a day" in why.text
    blocked = await answered(
        studio,
        await studio.person(world.admin).slash(
            "imagine-admin block", user=bob, until="2d", reason="spam"
        ),
    )
    assert "blocked until" in blocked.text
    refused = await studio.person(bob).slash("imagine", prompt="a fox")
    await studio.reads(refused, "blocked you from drawing", "The block ends", "Reason: spam")
    why = await _typed(studio, "why", "zh-CN", user=bob)
    assert f"被 <@{world.admin.id}> 禁用" in why.text
    assert "原因：spam" in why.text
    world.studio.members.pop(bob.id)
    assert "No longer a member" in (await _typed(studio, "why", user=bob)).text


async def test_how_a_server_counts(studio):
    """Weights, open tasks and a cap of its own, with a warning if the cap is below current use."""
    await studio.ann.slash("imagine", prompt="a fox", count=3)
    await studio.results()
    told = await _typed(studio, "settings", cap=2, **{"count-4k": 3, "zone": "asia/shanghai"})
    assert "Time zone: was UTC, now Asia/Shanghai" in told.text
    assert "A 4K image counts as: was 1, now 3" in told.text
    assert "was not set, now 2 images a month" in told.text
    assert "3 are already used, which is over that limit." in told.text
    for locale, said in (("en-US", "1 member has already used more."), ("zh-CN", "1 位成员")):
        assert said in (await _typed(studio, "server", locale, images="2", reason=said)).text
        await _typed(studio, "server", images="default")
    assert "already used" not in (await _typed(studio, "server", images="3")).text
    low = await _typed(studio, "server", images="default")
    admin = studio.person(studio.world.admin)
    again = await answered(studio, await admin.press(low, "Undo"))
    assert "now 3 images a day" in again.text
    panel = await answered(studio, await admin.slash("imagine-admin overview"))
    panel = await answered(studio, await admin.choose(panel, "member", [studio.world.ann]))
    form = await opened_form(studio, await admin.press(panel, "Limit…"))
    told = await answered(studio, await admin.fill(form, images="1"))
    assert "That's less than what's already used." in told.text
    await admin.press(told, "Undo")
    await _typed(studio, "server", images="default")
    refused = await studio.ann.slash("imagine", prompt="a cat")
    await studio.reads(refused, "admins have set is used up", "Not charged")
    await _typed(studio, "settings", **{"cap-enforced": False})
    big = await studio.ann.slash("imagine", prompt="a big fox", quality="4K", count=2)
    await studio.reads(big, "6 reserved")
    await studio.results(2)
    await studio.reads(await studio.ann.slash("quota"), "11 left today")
    refused = await studio.ann.slash("imagine", prompt="too many", quality="4K", count=4)
    await studio.reads(refused, "3 left today", "each image counts as 3")

    unknown = await studio.ann.slash("imagine", prompt="a fox --v 6", quality="4K", count=1)
    assert "Send without it (uses 3)" in (await answered(studio, unknown)).buttons
    assert "时区：Asia/Shanghai" in (await _typed(studio, "settings", "zh-CN")).text
    told = await _typed(studio, "settings", zone="Mars/Olympus")
    assert "“Mars/Olympus” isn't a time zone I know" in told.text
    choices = await studio.person(studio.world.admin).autocomplete(
        f"{QUOTA} settings", "zone", "berl"
    )
    assert [each["value"] for each in choices] == ["Europe/Berlin"]


async def test_buttons_say_what_they_use(studio):
    """Buttons show what an image costs by the server's settings, and that is what is charged."""
    await _typed(studio, "settings", **{"count-4k": 3, "count-references": 2})
    result = await drawn(studio, "a counted fox")
    had = await left(studio)
    await studio.ann.press(result, "4K (uses 6)")
    redrawn = await posted(studio, "4K of")
    assert await left(studio) == had - 6
    assert "Vary (uses 24)" in redrawn.buttons


async def test_who_is_no_admin_changes_nothing(studio):
    """Discord offers it to admins only; if a server offers it to all, the bot checks the right."""
    world, bob = studio.world, studio.person(studio.world.bob)
    with pytest.raises(Refused):
        await bob.slash(f"{QUOTA} user", user=world.bob, images="99")
    deputy = world.add_role(world.studio, "Deputies", int(Permission.MANAGE_GUILD), (world.bob,))
    card = await answered(studio, await bob.slash(f"{QUOTA} user", user=world.bob, images="99"))
    log = await answered(studio, await bob.slash(f"{QUOTA} log"))
    world.set_role(world.studio, deputy, 0)
    for message in (card, log):
        told = await answered(studio, await bob.press(message, "Undo"))
        assert "You need the Manage Server permission." in told.text
    await studio.reads(await bob.slash("quota"), "99 left today")
    log = (await _typed(studio, "log")).text
    assert log.count(f"<@{world.bob.id}> tried something only admins can do.") == 1
    assert "越权" in (await _typed(studio, "log", "zh-CN")).text


async def test_what_is_another_servers_or_gone(studio):
    """Another server's change can't be found; a deleted role no longer gives anything."""
    world, bob = studio.world, studio.world.bob
    change = await _typed(studio, "user", user=bob, images="5")
    (button,) = [each for each in reading.walk(change.components) if "custom_id" in each]
    for number in ("1", str(int(button["custom_id"].split(":")[1]) + 1), "9" * 18):
        # Forged.
        button["custom_id"] = f"change:{number}:undo"
        told = await answered(studio, await studio.person(world.admin).press(change, "Undo"))
        assert "been changed since" in told.text
    assert "5 left today" in (await _typed(studio, "user", user=bob)).text
    role = world.add_role(world.studio, "Gone", 0, (bob,))
    await _typed(studio, "clear", user=bob)
    await _typed(studio, "role", role=role, images="unlimited")
    await studio.reads(await studio.person(bob).slash("quota"), "no limit")
    world.delete_role(world.studio, role)
    await studio.reads(await studio.person(bob).slash("quota"), "20 left today")
    assert f"<@&{role.id}> · no limit" in (await _typed(studio, "list")).text
    gone = {"name": f"deleted role {role.id} · no limit", "value": str(role.id)}
    admin = studio.person(world.admin)
    async with asyncio.timeout(PATIENCE):
        while await admin.autocomplete(f"{QUOTA} clear", "role", "del") != [gone]:  # noqa: ASYNC110 - asks
            await asyncio.sleep(0.05)
    told = await _typed(studio, "clear", role="everyone")
    assert "“everyone” isn't a role." in told.text
    told = await _typed(studio, "clear", user=bob, role=str(role.id))
    assert "a member or a role, not both" in told.text
    told = await _typed(studio, "clear", role=f"<@&{role.id}>")
    assert f"<@&{role.id}>: was no limit, now not set" in told.text
    assert f"<@&{role.id}>" not in (await _typed(studio, "list")).text


async def test_managers(studio):
    """An admin names a role: it can set limits, but neither name managers nor undo that."""
    world, bob = studio.world, studio.person(studio.world.bob)
    role = world.add_role(world.studio, "Managers", 0, (world.bob,))
    # The server offers the command to everybody, as its admins can.
    command = studio.discord.platform.commands.find("imagine-admin", commands.CHAT, 0)
    assert command is not None
    offered = command["default_member_permissions"]
    command["default_member_permissions"] = None
    told = await answered(studio, await bob.slash(f"{QUOTA} user", user=world.bob, images="99"))
    assert "You need the Manage Server permission." in told.text
    named = await _typed(studio, "settings", managers=role)
    assert f"Who else can set limits: was not set, now <@&{role.id}>" in named.text
    told = await answered(studio, await bob.slash(f"{QUOTA} user", user=world.ann, images="9"))
    assert "now 9 images a day" in told.text
    assert "Undo" in told.buttons
    for path, values in ((f"{QUOTA} settings", {"cap": 5}), ("imagine-admin settings", {})):
        told = await answered(studio, await bob.slash(path, **values))
        assert "You need the Manage Server permission." in told.text
    log = await answered(studio, await bob.slash(f"{QUOTA} log"))
    # The second entry's button is the one that named the managers.
    undo = [each["custom_id"] for each in reading.walk(log.components) if "custom_id" in each]
    told = await answered(studio, await bob.press(log, undo[1]))
    assert "You need the Manage Server permission." in told.text
    told = await answered(studio, await bob.press(log, undo[0]))
    assert "was 9 images a day, now not set" in told.text
    command["default_member_permissions"] = offered
    world.studio.members[world.bob.id].roles.clear()
    told = await answered(studio, await bob.press(log, undo[0]))
    assert "You need the Manage Server permission." in told.text


async def test_notices_of_the_limit_for_all(tmp_path):
    """Once, in the chosen channel, in the language of the admin who chose it."""
    async with opened(tmp_path) as studio:
        told = await _typed(studio, "settings", "zh-CN", cap=4, notices=studio.world.general)
        assert f"<#{studio.world.general.id}>" in told.text
        await studio.ann.slash("imagine", prompt="a fox", count=3)
        await studio.results()
        await studio.quiet()

        def read() -> list[str]:
            return [m.text for m in studio.world.general.messages() if "3/4" in m.text]

        for _ in range(2):
            await studio.bot.stop()
            await studio.restart()
            await studio.until(read)
            assert len(read()) == 1
        assert "全体成员的合计上限：" in read()[0]


async def test_it_holds_after_a_kill(tmp_path):
    """What was confirmed has been written."""
    async with opened(tmp_path) as studio:
        told = await _typed(studio, "grant", user=studio.world.ann, images=5)
        await studio.bot.kill()
        await studio.restart()
        await studio.reads(await studio.ann.slash("quota"), "25 left today")
        await studio.person(studio.world.admin).press(told, "Undo")
        await studio.reads(await studio.ann.slash("quota"), "20 left today")


async def test_the_overview_and_what_can_be_done_there(studio):
    """Members by use, blocks, refusals; a chosen one is limited, given more, blocked, and back."""
    world, bob = studio.world, studio.person(studio.world.bob)
    admin = studio.person(world.admin)
    await studio.ann.slash("imagine", prompt="a fox", count=3)
    await bob.slash("imagine", prompt="a cat")
    await studio.results(2)
    await _typed(studio, "user", user=world.ann, images="3")
    refused = await studio.ann.slash("imagine", prompt="no more")
    await studio.reads(refused, "used all your images")
    await studio.ann.slash("imagine", prompt="odd", size="huge")
    await _typed(studio, "settings", cap=8)

    page = await answered(studio, await admin.slash("imagine-admin overview"))
    assert "4 used this month, 4 of them today" in page.text
    assert f"1. <@{world.ann.id}> ▰▰▰▰▰▰▰▱▱▱ 3/4" in page.text
    assert f"2. <@{world.bob.id}> ▰▰▱▱▱▱▱▱▱▱ 1/4" in page.text
    assert "All members: ▰▰▰▰▰▱▱▱▱▱ 4/8" in page.text
    assert "Refused today: limit reached 1 · unusable size 1" in page.text

    panel = await answered(studio, await admin.choose(page, "member", [world.bob]))
    assert "1. Default limit: 20 images a day" in panel.text
    form = await opened_form(studio, await admin.press(panel, "Limit…"))
    told = await answered(studio, await admin.fill(form, images="2"))
    assert "was not set, now 2 images a day" in told.text
    form = await opened_form(studio, await admin.press(panel, "Limit…"))
    told = await answered(studio, await admin.fill(form, images="lots"))
    assert "“lots” isn't a limit I know" in told.text
    more = await answered(studio, await admin.press(panel, "+10 today"))
    assert "10 extra images, until" in more.text
    await studio.reads(await bob.slash("quota"), "11 left today")
    blocked = await answered(studio, await admin.press(panel, "Block"))
    refused = await bob.slash("imagine", prompt="a dog")
    await studio.reads(refused, "blocked you from drawing")
    chinese = studio.person(world.admin, locale="zh-CN")
    page = await answered(studio, await chinese.slash("imagine-admin overview"))
    assert f"已禁用：<@{world.bob.id}>" in page.text
    assert "已达上限 1" in page.text
    await admin.press(blocked, "Undo")
    await studio.reads(await bob.slash("quota"), "11 left today")
    for word, now in (("不限", "不限"), ("默认", "未设定")):
        form = await opened_form(studio, await chinese.press(panel, "Limit…"))
        told = await answered(studio, await chinese.fill(form, images=word))
        assert f"现为{now}" in told.text
    form = await opened_form(studio, await admin.press(panel, "Limit…"))
    await answered(studio, await admin.fill(form, images="2"))

    for button in ("+10 today", "Block", "Limit…"):
        told = await answered(studio, await _as_bob(studio, button))
        assert "You need the Manage Server permission." in told.text
    await studio.reads(await bob.slash("quota"), "11 left today")


async def _as_bob(studio: Studio, button: str):
    """Press a button of a panel that Bob got as an admin, when he is none any more."""
    deputy = studio.world.add_role(studio.world.studio, "x", int(Permission.MANAGE_GUILD))
    studio.world.studio.members[studio.world.bob.id].roles.add(deputy.id)
    bob = studio.person(studio.world.bob)
    page = await answered(studio, await bob.slash("imagine-admin overview"))
    panel = await answered(studio, await bob.choose(page, "member", [studio.world.ann]))
    studio.world.set_role(studio.world.studio, deputy, 0)
    return await bob.press(panel, button)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_numbers_that_discord_would_not_send(studio, locale):
    """As in a forged interaction: a sentence says what is possible, and nothing changes."""
    admin = studio.person(studio.world.admin, locale=locale)
    command = studio.discord.platform.commands.find("imagine-admin", commands.CHAT, 0)
    assert command is not None
    ranged = [each for each in _options(command) if "max_value" in each]
    bounds = [(each, each.pop("max_value"), each.pop("min_value")) for each in ranged]
    said = {
        "en-US": "{0} is out of range. Use {1} to {2}.",
        "zh-CN": "{0} 超出范围，请用 {1} 到 {2}。",
    }
    for path, least, most, values in (
        (f"{QUOTA} grant", 1, 100_000, {"user": studio.world.bob, "images": 10**9}),
        (f"{QUOTA} grant", 1, 100_000, {"user": studio.world.bob, "images": 0}),
        (f"{QUOTA} settings", 1, 20, {"count-4k": 21}),
        (f"{QUOTA} settings", 1, 20, {"count-references": -1}),
        (f"{QUOTA} settings", 1, 10_000_000, {"cap": 10**12}),
        (f"{QUOTA} settings", 1, 100_000, {"open-tasks": -1}),
        ("imagine-admin moderation strikes", 1, 100, {"count": 101}),
        ("imagine-admin moderation strikes", 1, 365, {"days": 0}),
        ("imagine-admin moderation strikes", 1, 365, {"block-days": 10**9}),
        ("imagine-admin export", 1, 366, {"days": 10**6}),
    ):
        told = await answered(studio, await admin.slash(path, **values))
        number = list(values.values())[-1]
        assert said[locale].format(number, least, most) in told.text
    assert "· " not in (await _typed(studio, "log")).text
    for option, largest, smallest in bounds:
        option |= {"max_value": largest, "min_value": smallest}


def _options(command: dict) -> list[dict]:
    """The options of a command and of all that are in it."""
    every = command.get("options") or []
    return [*every, *(inner for each in every for inner in _options(each))]
