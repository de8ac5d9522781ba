"""What isn't wanted in a server, through the wire: as admin, manager, member and forger."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from sandbox.discord import commands, reading
from sandbox.discord.messages import Message
from sandbox.discord.permissions import Permission
from sandbox.discord.places import Channel
from sandbox.faults import Fault
from sandbox.person import Person, Refused
from tests.acceptance.results_kit import answered, drawn, left, number_of, opened_form, posted
from tests.acceptance.studio import Studio

GROUP = "imagine-admin moderation"


async def _typed(studio: Studio, path: str, locale: str = "en-US", /, **values: object) -> Message:
    """Return what the admin reads when typing a command of the group."""
    admin = studio.person(studio.world.admin, locale=locale)
    return await answered(studio, await admin.slash(f"{GROUP} {path}", **values))


@contextmanager
def offered_to_all(studio: Studio) -> Generator[None]:
    """Offer the admins' commands to everybody, as a server can."""
    command = studio.discord.platform.commands.find("imagine-admin", commands.CHAT, 0)
    assert command is not None
    offered, command["default_member_permissions"] = command["default_member_permissions"], None
    yield
    command["default_member_permissions"] = offered


async def test_a_word_is_refused_before_anything_is_counted(studio):
    """The answer names the word, but shows no list, and nothing reaches Evolink."""
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
    """By admins only; *Again* doesn't draw an earlier task with the word in it."""
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


async def _removed(
    studio: Studio, person: Person, message: Message, reason: str = "", *, strike: bool = False
) -> Message:
    """Choose *Remove image* and fill in its form; return the answer."""
    form = await opened_form(studio, await person.menu("Remove image", message))
    chosen = "Strike" if strike else "No strike"
    return await answered(studio, await person.fill(form, reason=reason, strike=[chosen]))


def _moderator(studio: Studio) -> Person:
    """Bob, who may manage messages."""
    world = studio.world
    world.add_role(world.studio, "Mods", int(Permission.MANAGE_MESSAGES), (world.bob,))
    return studio.person(world.bob)


async def test_a_moderator_removes_a_result_whole(studio):
    """Message and files go; the requester is told why, and the charge stays."""
    mod = _moderator(studio)
    post = await drawn(studio, "three rude foxes", count=3)
    await studio.quiet()
    had, files = await left(studio), len(studio.originals())
    told = await _removed(studio, mod, post, "not\n**here**")
    assert "Deleted." in told.text
    assert "They got a direct message about it." in told.text
    assert post not in studio.posted()
    assert len(studio.originals()) == files - 3
    assert await left(studio) == had
    (notice,) = studio.ann.direct_messages()
    for word in ("A moderator removed your images", "rude", "not ", "here", "isn't refunded"):
        assert word in notice.text
    assert "**here**" not in notice.text
    assert "Strikes" not in notice.text
    log = await answered(
        studio, await studio.person(studio.world.admin).slash("imagine-admin quota log")
    )
    assert f"<@{studio.world.ann.id}>: removal of their images requested" in log.text
    assert f"<@{mod.user.id}>" in log.text


async def test_strikes_lead_to_a_block_by_the_rule(studio):
    """Off at first; the block ends by itself, is announced, and can be undone like any other."""
    mod, ann = _moderator(studio), studio.world.ann
    told = await _removed(studio, mod, await drawn(studio, "fox 1"), strike=True)
    assert f"<@{ann.id}> · Strikes: 1" in told.text
    shown = await _typed(studio, "strikes", count=3, days=10)
    assert "was off, now 3 within 10 days, for 7 days" in shown.text
    told = await _removed(studio, mod, await drawn(studio, "fox 2"), strike=True)
    assert "Strikes: 2 of 3" in told.text
    waiting = await drawn(studio, "fox 3")
    told = await _removed(studio, mod, waiting, "third time", strike=True)
    assert "Strikes: 3 of 3" in told.text
    assert "blocked until" in told.text
    assert "You can't draw there until" in studio.ann.direct_messages()[-1].text
    refused = await answered(studio, await studio.ann.slash("imagine", prompt="a fox"))
    assert "An admin has blocked you from drawing here." in refused.text
    assert "third time" in refused.text
    admin = studio.person(studio.world.admin)
    log = await answered(studio, await admin.slash("imagine-admin quota log"))
    undo = [each["custom_id"] for each in reading.walk(log.components) if "custom_id" in each]
    await answered(studio, await admin.press(log, undo[0]))
    await drawn(studio, "a better fox")
    # Undoing a strike also takes it off the count.
    await answered(studio, await admin.press(log, undo[1]))
    told = await _removed(studio, mod, await drawn(studio, "fox 4"), strike=True)
    assert "Strikes: 3 of 3" in told.text


async def test_who_deletes_their_data_is_given_a_strike_all_the_same(studio):
    """The remaining message goes; nobody is told about what was forgotten."""
    mod, ann = _moderator(studio), studio.world.ann
    await _typed(studio, "strikes", count=1)
    post = await drawn(studio, "a forgotten fox")
    await studio.quiet()
    card = await answered(studio, await studio.ann.slash("privacy"))
    for label, then in (("Delete my data…", "Gone for good"), ("Delete", "Deleted.")):
        await studio.ann.press(card, label)
        await studio.until(lambda then=then: then in card.text)
    await studio.quiet()
    assert post in studio.posted()
    # A forged form can't have the bot delete something else instead.
    studio.world.overwrite(studio.world.general, studio.world.bot, allow=Permission.MANAGE_MESSAGES)
    said = studio.ann.say("a fox of my own")
    form = await opened_form(studio, await mod.menu("Remove image", post))
    form.data["custom_id"] = f"moderate:{number_of(post)}:{said.id}:remove"
    told = await answered(studio, await mod.fill(form, reason="", strike=["Strike"]))
    assert "isn't a result the bot knows" in told.text
    assert not said.deleted
    told = await _removed(studio, mod, post, "rude", strike=True)
    assert "Deleted." in told.text
    assert f"<@{ann.id}> · Strikes: 1 of 1" in told.text
    assert post not in studio.posted()
    (notice,) = studio.ann.direct_messages()
    assert "You can't draw there until" in notice.text
    assert "forgotten" not in notice.text
    assert "\n>" not in notice.text
    refused = await answered(studio, await studio.ann.slash("imagine", prompt="a fox"))
    assert "blocked you" in refused.text


async def test_two_moderators_at_once_are_one_strike(studio):
    """The second one reads that the images are gone."""
    world = studio.world
    mod, admin = _moderator(studio), studio.person(world.admin)
    world.add_role(world.studio, "Also", int(Permission.MANAGE_MESSAGES), (world.admin,))
    post = await drawn(studio, "a rude fox")
    await studio.quiet()
    forms = [
        await opened_form(studio, await one.menu("Remove image", post)) for one in (mod, admin)
    ]
    sent = [
        await one.fill(form, reason="", strike=["Strike"])
        for one, form in zip((mod, admin), forms, strict=True)
    ]
    texts = [(await answered(studio, each)).text for each in sent]
    assert sum("Strikes: 1" in text for text in texts) == 1
    assert sum("no longer available" in text for text in texts) == 1
    assert len(studio.ann.direct_messages()) == 1


async def test_whoever_may_not_removes_nothing(studio):
    """Not by the menu, not by a forged form, not in a channel where they lack the permission."""
    world, bob = studio.world, studio.person(studio.world.bob)
    post = await drawn(studio, "a fine fox")
    await studio.quiet()
    with pytest.raises(Refused):
        await bob.menu("Remove image", post)
    command = studio.discord.platform.commands.find("Remove image", commands.MESSAGE, 0)
    offered, command["default_member_permissions"] = command["default_member_permissions"], None
    told = await answered(studio, await bob.menu("Remove image", post))
    assert "You need the Manage Messages permission here, or Manage Server." in told.text

    role = world.add_role(world.studio, "Mods", int(Permission.MANAGE_MESSAGES), (world.bob,))
    form = await opened_form(studio, await bob.menu("Remove image", post))
    world.studio.members[world.bob.id].roles.clear()
    told = await answered(studio, await bob.fill(form, reason="", strike=["Strike"]))
    assert "You need the Manage Messages permission here, or Manage Server." in told.text
    assert post in studio.posted()
    # The log of admins has the attempt.
    log = await answered(studio, await studio.person(world.admin).slash("imagine-admin quota log"))
    assert f"<@{world.bob.id}> tried something only admins can do" in log.text

    # Whoever may manage the server may do it, too, once they are offered the menu.
    told = await _removed(studio, studio.person(world.admin), await drawn(studio, "another fox"))
    assert "Deleted." in told.text
    world.studio.members[world.bob.id].roles.add(role.id)
    said = studio.ann.say("hello")
    told = await answered(studio, await bob.menu("Remove image", said))
    assert "isn't a result the bot knows" in told.text
    command["default_member_permissions"] = offered


async def test_what_only_its_requester_sees_is_not_a_moderators(studio):
    """Not even by a forged form; once it is posted for everybody, they can remove it."""
    mod = _moderator(studio)
    public = await drawn(studio, "a fine fox")
    hidden = await answered(studio, await studio.ann.slash("imagine", prompt="shy", private=True))
    await studio.until(lambda: hidden.images)
    await studio.quiet()
    form = await opened_form(studio, await mod.menu("Remove image", public))
    form.data["custom_id"] = f"moderate:{number_of(hidden)}:{hidden.id}:remove"
    told = await answered(studio, await mod.fill(form, reason="", strike=["Strike"]))
    assert "isn't a result the bot knows" in told.text
    assert studio.ann.direct_messages() == []
    panel = await answered(studio, await studio.ann.press(hidden, "More…"))
    await answered(studio, await studio.ann.press(panel, "Post to channel"))
    post = await posted(studio, "shy")
    assert "Deleted." in (await _removed(studio, mod, post)).text


async def test_a_moderator_of_one_server_removes_nothing_of_another(studio):
    """A forged form names a task of a server where they are no moderators."""
    world, mod = studio.world, _moderator(studio)
    guild = world.add_guild("Elsewhere", (world.ann,))
    there = studio.person(world.ann, world.add_channel(guild, "general"))
    await there.slash("imagine", prompt="away")
    (other,) = await studio.results(channel=there.channel)
    public = await drawn(studio, "a fine fox")
    await studio.quiet()
    form = await opened_form(studio, await mod.menu("Remove image", public))
    form.data["custom_id"] = f"moderate:{number_of(other)}:{other.id}:remove"
    told = await answered(studio, await mod.fill(form, reason="", strike=["Strike"]))
    assert "isn't a result the bot knows" in told.text
    assert other in there.channel_messages()
    assert studio.ann.direct_messages() == []


async def test_who_takes_no_direct_messages_is_not_told(studio):
    """The moderator is, in their language, and the images go all the same."""
    world = studio.world
    world.add_role(world.studio, "Mods", int(Permission.MANAGE_MESSAGES), (world.bob,))
    mod = studio.person(world.bob, locale="zh-CN")
    world.ann.takes_dms = False
    post = await drawn(studio, "a closed fox")
    told = await answered(
        studio,
        await mod.fill(
            await opened_form(studio, await mod.menu("Remove image", post)),
            reason="",
            strike=["记一次违规"],
        ),
    )
    assert "机器人无法私信该成员" in told.text
    assert "违规次数" in told.text
    assert post not in studio.posted()


def _logged(studio: Studio, channel: Channel) -> list[Message]:
    return [each for each in channel.messages() if each.author_id == studio.world.bot.id]


async def test_tasks_are_logged_where_admins_say_so(studio):
    """Each once, with its link; private ones only if that is set; members are told of the log."""
    world = studio.world
    log = world.add_channel(world.studio, "log")
    shown = await _typed(studio, "log", channel=log)
    assert f"Task log: was off, now <#{log.id}>" in shown.text
    assert f"Everyone can see <#{log.id}>, so everyone can read the log." in shown.text
    world.overwrite(log, world.studio.roles[world.studio.id], deny=Permission.VIEW_CHANNEL)
    world.overwrite(log, world.bot, allow=Permission.VIEW_CHANNEL)
    card = await studio.ann.slash("imagine", prompt="a **logged** fox")
    await studio.until(lambda: card.message and "admins log this" in card.message.text)
    (post,) = await studio.results()
    hidden = await answered(studio, await studio.ann.slash("imagine", prompt="shy", private=True))
    assert "logged" not in hidden.text
    await studio.until(lambda: hidden.images)
    await studio.until(lambda: _logged(studio, log))
    (entry,) = _logged(studio, log)
    for word in (f"<@{world.ann.id}>", str(post.id), r"\*\*logged\*\*", "Done"):
        assert word in entry.text
    told = await answered(studio, await studio.ann.slash("privacy"))
    assert "log each task with its user, prompt and link" in told.text
    shown = await _typed(studio, "log", private=True)
    assert "private tasks too" in shown.text
    assert "Everyone can see" not in shown.text
    shy = await studio.ann.slash("imagine", prompt="a private fox", private=True)
    await studio.until(lambda: shy.message and "admins log this" in shy.message.text)
    await studio.until(lambda: len(_logged(studio, log)) == 2)
    last = _logged(studio, log)[-1]
    assert "a private fox" in last.text
    assert "private" in last.text
    assert "shy" not in "".join(each.text for each in _logged(studio, log))
    told = await answered(studio, await studio.person(world.ann, locale="zh-CN").slash("privacy"))
    assert "包括私密任务" in told.text
    await _typed(studio, "log", off=True)
    later = await drawn(studio, "an unlogged fox")
    assert "logged" not in later.text.replace("unlogged", "")


async def test_a_log_whose_channel_is_gone_ends(studio):
    """The admin who named it is told once; tasks go on as if nothing had happened."""
    world = studio.world
    log = world.add_channel(world.studio, "log")
    await _typed(studio, "log", channel=log)
    world.overwrite(log, world.bot, deny=Permission.VIEW_CHANNEL)
    await drawn(studio, "a fox")
    await drawn(studio, "another fox")
    admin = studio.person(world.admin)
    await studio.until(admin.direct_messages)
    await studio.quiet()
    (notice,) = admin.direct_messages()
    assert f"no longer logged in <#{log.id}>" in notice.text
    assert "</imagine-admin moderation log:" in notice.text
    assert "Task log: off" in (await _typed(studio, "log")).text
    changes = await answered(studio, await admin.slash("imagine-admin quota log"))
    assert f"<@{world.bot.id}>" in changes.text


async def test_a_kill_while_it_is_logged(own):
    """The entry that came through is found, and not posted again."""
    world = own.world
    log = world.add_channel(world.studio, "log")
    await _typed(own, "log", channel=log)
    await drawn(own, "a fox before it")
    await own.until(lambda: _logged(own, log))
    path = rf"/channels/{log.id}/messages$"
    fault = own.discord.faults.add(Fault("POST", path, times=1, delay=0.7))
    await drawn(own, "a fox and a death")
    await own.until(lambda: fault.met)
    await own.bot.kill()
    await own.restart()
    await drawn(own, "a fox after it")
    await own.until(lambda: any("after it" in each.text for each in _logged(own, log)))
    assert [each.text.count("a fox and a death") for each in _logged(own, log)] == [0, 1, 0]


async def test_a_private_task_is_logged_when_it_is_posted(studio):
    """Only then, with its link, and once, however often that is pressed; not if it isn't posted."""
    world = studio.world
    log = world.add_channel(world.studio, "log")
    await _typed(studio, "log", channel=log)
    asked = await studio.ann.slash("imagine", prompt="a shy fox", private=True)
    await studio.until(lambda: asked.message and asked.message.images)
    shown = await answered(studio, asked)
    await drawn(studio, "a fox for all")
    await studio.until(lambda: _logged(studio, log))
    world.overwrite(world.general, world.bot, deny=Permission.SEND_MESSAGES)
    refused = await answered(studio, await studio.ann.press(shown, "Post to channel"))
    assert "doesn't let the bot" in refused.text
    world.overwrite(world.general, world.bot)
    await drawn(studio, "another fox for all")
    await studio.until(lambda: len(_logged(studio, log)) == 2)
    await asyncio.gather(*(studio.ann.press(shown, "Post to channel") for _ in range(2)))
    post = await posted(studio, "a shy fox")
    await answered(studio, await studio.ann.press(shown, "Post to channel"))
    await studio.until(lambda: len(_logged(studio, log)) == 3)
    await drawn(studio, "the last fox")
    await studio.until(lambda: len(_logged(studio, log)) == 4)
    (entry,) = (each.text for each in _logged(studio, log) if "a shy fox" in each.text)
    assert f"/{post.channel_id}/{post.id})" in entry
    assert "private" not in entry
