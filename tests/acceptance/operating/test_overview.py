"""The overview's orders and pages, and who may turn them."""

import pytest

from sandbox.discord.permissions import Permission
from tests.acceptance.results_kit import answered

MENUS = {
    "en-US": ("Most refused today", "3 limits · 1 extra"),
    "zh-CN": ("按今天被拒次数", "3 项上限 · 1 项额外额度"),
}


@pytest.mark.parametrize("locale", MENUS)
async def test_orders_and_what_is_set(studio, locale):
    """By use this month or today, or by refusals; limits and extra images are counted."""
    world, bob = studio.world, studio.person(studio.world.bob)
    admin = studio.person(world.admin, locale=locale)
    refused, counted = MENUS[locale]
    await studio.ann.slash("imagine", prompt="a fox", count=2)
    await studio.results(1)
    for _ in range(3):
        await bob.slash("imagine", prompt="odd", size="huge")
    await studio.ann.slash("imagine", prompt="odd", size="huge")
    quota = "imagine-admin quota"
    await admin.slash(f"{quota} user", user=world.bob, images="5")
    await admin.slash(f"{quota} server", images="9")
    await admin.slash(f"{quota} role", role=world.add_role(world.studio, "R", 0), images="9")
    zeros = (" 0 ", "0 项")
    before = await answered(studio, await admin.slash("imagine-admin overview"))
    assert counted.partition(" · ")[0] in before.text
    assert not any(zero in before.text for zero in zeros)
    await answered(studio, await admin.slash(f"{quota} grant", user=world.bob, images=5))

    page = await answered(studio, await admin.slash("imagine-admin overview"))
    assert counted in page.text
    assert refused in str(page.components)
    assert f"1. <@{world.ann.id}> ▰▰▰▰▰▰▰▰▰▰ 2/2" in page.text
    await admin.choose(page, "overview-order", ["refused"])
    await studio.until(lambda: f"1. <@{world.bob.id}> ▰▰▰▰▰▰▰▱▱▱ 3/4" in page.text)
    assert f"2. <@{world.ann.id}>" in page.text
    await admin.choose(page, "overview-order", ["today"])
    await studio.until(lambda: f"1. <@{world.ann.id}>" in page.text)


async def test_pages_go_on(studio):
    """Every page keeps the order; somebody who is no longer an admin can't turn pages."""
    world = studio.world
    for number in range(11):
        guest = world.add_person(f"guest{number}")
        world.join(world.studio, guest)
        await studio.person(guest).slash("imagine", prompt="odd", size="huge")
    deputy = world.add_role(world.studio, "x", int(Permission.MANAGE_GUILD), (world.bob,))
    bob = studio.person(world.bob)
    page = await answered(studio, await bob.slash("imagine-admin overview"))
    await bob.choose(page, "overview-order", ["refused"])
    await studio.until(lambda: "10. <@" in page.text)
    await bob.press(page, "More…")
    await studio.until(lambda: "11. <@" in page.text)
    await bob.press(page, "Back")
    await studio.until(lambda: "10. <@" in page.text)
    world.set_role(world.studio, deputy, 0)
    for press in (bob.press(page, "More…"), bob.choose(page, "overview-order", ["month"])):
        told = await answered(studio, await press)
        assert "You need the Manage Server permission." in told.text
