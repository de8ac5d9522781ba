"""Operating the bot: starting, failing to start, the doctor, what typing completes."""

import asyncio
import signal
import sqlite3
import sys
from contextlib import closing

import pytest
from yarl import URL

from sandbox.faults import Fault
from sandbox.imagine.process import ROOT
from tests.acceptance.operating.runs import run_once
from tests.acceptance.results_kit import answered, to_delete
from tests.acceptance.studio import opened, picture
from tests.kit.forks import ForkedBot
from tests.kit.proxy import proxy


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"DISCORD_TOKEN": "wrong"}, 78, "DISCORD_TOKEN"),
        ({"EVOLINK_API_KEY": "wrong"}, 78, "EVOLINK_API_KEY"),
        ({"DATABASE_URL": "sqlite+aiosqlite:////proc/no/such.db"}, 78, "DATABASE_URL"),
        ({"DATA_DIR": "/proc/no"}, 78, "DATA_DIR"),
        ({"DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}, 69, "DISCORD_API_URL"),
    ],
)
async def test_a_start_that_fails(stand_ins, settings, code, says):
    """One sentence that names the setting, and an exit code other than 0; no traceback."""
    ended, said = await run_once(stand_ins, **settings)

    assert ended == code
    assert says in said.splitlines()[-1]
    assert "Traceback" not in said


async def test_a_database_that_is_none(stand_ins):
    """A file that is no database gets a sentence that says so, and is left as it is."""
    file = stand_ins.folder / "data" / "imagine.db"
    file.parent.mkdir()
    file.write_bytes(b"not a database, but somebody's notes" * 100)
    ended, said = await run_once(stand_ins)

    assert ended == 78
    assert "DATABASE_URL" in said.splitlines()[-1]
    assert file.read_bytes().startswith(b"not a database")


async def test_evolink_away_at_the_start(stand_ins):
    """The bot starts all the same; tasks wait until Evolink is back."""
    stand_ins.evolink.faults.add(Fault("GET", "/v1/credits", status=503))
    await stand_ins.start()
    await stand_ins.ann.slash("imagine", prompt="a fox")
    await stand_ins.results()
    assert await stand_ins.bot.stop() == 0
    assert "evolink does not answer" in stand_ins.log()


async def test_everything_through_a_proxy(tmp_path):
    """Discord, its gateway, Evolink, references and results: nothing bypasses it."""
    async with proxy("me:and-a-password") as there:
        async with opened(tmp_path, HTTP_PROXY=there.url, NO_PROXY="") as studio:
            await studio.ann.slash("imagine", prompt="a fox", image=picture())
            await studio.results()
            await studio.quiet()
            assert "and-a-password" not in studio.log()
            ports = {URL(url).port for url in (studio.discord.api_url, studio.evolink.url)}
        assert {f":{port}" for port in ports} == {f":{each.split(':')[-1]}" for each in there.asked}


async def test_a_proxy_that_is_not_there(stand_ins):
    """The start says that the proxy can't be reached, and so does the doctor."""
    nowhere = {"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    ended, said = await run_once(stand_ins, **nowhere)
    assert ended == 69
    assert "through the proxy 127.0.0.1:9" in said.splitlines()[-1]
    ended, said = await run_once(stand_ins, "doctor", **nowhere)
    assert ended == 1
    assert "BAD  Discord can't be reached through the proxy 127.0.0.1:9. Is the proxy up?" in said


async def test_what_a_start_tells(own):
    """The servers joined, the credits left, the worst day and the invite link are in the log."""
    said = own.log()

    assert "Studio" in said
    assert "10000" in said
    assert '"usd": 30.0' in said
    assert "oauth2/authorize" in said
    assert "sandbox-token" not in said


async def test_a_start_warns_that_a_day_may_cost_anything(tmp_path):
    """Where no setting caps a day's images, no worst day is named."""
    async with opened(tmp_path, CAP_IMAGES_TOTAL="0") as studio:
        said = studio.log()

    assert "a day's cost has no limit" in said
    assert "a day can cost at most" not in said


async def test_commands_are_registered_once(own):
    """A second start with the same commands doesn't register them again."""
    await own.bot.stop()
    await own.restart()
    writes = [r for r in own.discord.books.requests if r.method == "PUT"]

    assert len(writes) == 1


async def test_backup_and_restore(own):
    """A backup can be made while the bot runs, but restored only once it has stopped."""
    studio = own
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.results()
    await studio.quiet()
    backup, other = str(studio.folder / "backup.db"), ForkedBot(studio.bot.settings, studio.folder)
    for words, code in (("backup", 0), ("backup", 78), ("restore", 69)):
        await other.start(words, backup)
        assert await other.ended() == code, studio.log()
    assert "1 tasks, 0 of them waiting" in studio.log()
    assert "exists already" in studio.log()
    assert "stop the bot first" in studio.log()
    await studio.slash("imagine", prompt="a cat")
    await studio.results(2)
    await studio.bot.stop()
    await other.start("restore", backup)
    assert await other.ended() == 0, studio.log()
    await studio.restart()

    answer = await studio.slash("tasks")
    assert "a fox" in answer.text
    assert "a cat" not in answer.text
    assert list((studio.folder / "data").glob("*.before-restore-*"))


async def test_a_restore_brings_no_deleted_image_back(own):
    """It was being drawn when the backup was made; then it was posted and deleted."""
    studio, backup = own, str(own.folder / "backup.db")
    studio.evolink.behaviour.unfinished = True
    await studio.ann.slash("imagine", prompt="a fox")
    await studio.until(lambda: studio.evolink.books.reads)
    other = ForkedBot(studio.bot.settings, studio.folder)
    await other.start("backup", backup)
    assert await other.ended() == 0, studio.log()
    studio.evolink.behaviour.unfinished = False
    (result,) = await studio.results()
    menu = await answered(studio, await studio.ann.press(result, "More…"))
    question = await to_delete(studio, menu)
    await studio.ann.press(question, "Delete")
    await studio.until(lambda: "Deleted." in question.text)
    await studio.quiet()
    await studio.bot.stop()
    await other.start("restore", backup)
    assert await other.ended() == 0, studio.log()
    await studio.restart()
    await studio.slash_until("tasks", lambda answer: "Deleted" in answer.text)
    await studio.quiet()

    assert not studio.posted()
    assert len(studio.evolink.books.submissions) == 1


async def test_count_completes_with_what_it_leaves(studio):
    """Only counts within the quota are offered, each with what it leaves."""
    admin = studio.person(studio.world.admin)
    await admin.slash("imagine-admin quota user", user=studio.world.ann, images="3")
    choices = await studio.ann.autocomplete("imagine", "count", "", prompt="x")

    assert [choice["value"] for choice in choices] == [1, 2, 3]
    assert "2" in choices[0]["name"]

    await admin.slash("imagine-admin quota user", user=studio.world.ann, images="0")
    (none,) = await studio.ann.autocomplete("imagine", "count", "", prompt="x")
    assert none["name"] == "Your limit here is 0 images a day."


async def test_count_completes_as_images_count_here(studio):
    """In 4K or with pictures, an image may count as several; flags and own defaults count, too."""
    admin, ann = studio.person(studio.world.admin), studio.ann
    weights = {"count-4k": 2, "count-references": 3}
    await admin.slash("imagine-admin quota settings", **weights)
    await admin.slash("imagine-admin quota user", user=studio.world.ann, images="7")

    async def offered(prompt: str = "x", **typed: object) -> list[str]:
        choices = await ann.autocomplete("imagine", "count", "", prompt=prompt, **typed)
        return [choice["name"] for choice in choices]

    in_4k = ["1 · leaves 5 today", "2 · leaves 3 today", "3 · leaves 1 today"]
    assert len(await offered()) == 7
    assert await offered(quality="4K") == in_4k
    assert await offered("x --q 4k") == in_4k
    assert await offered(image3=picture()) == ["1 · leaves 4 today", "2 · leaves 1 today"]
    assert await offered(quality="4K", image=picture()) == ["1 · leaves 1 today"]
    await admin.slash("imagine-admin quota user", user=studio.world.ann, images="5")
    (none,) = await offered(quality="4K", image=picture())
    assert none == "One image like this counts as 6; 5 left today."
    await admin.slash("imagine-admin quota user", user=studio.world.ann, images="7")
    await ann.slash("imagine-defaults", quality="4K")
    assert await offered() == in_4k
    assert len(await offered(quality="2K")) == 7


async def test_size_completes(studio):
    """Ratios are offered as one types; pixels are taken as typed."""
    wide = await studio.ann.autocomplete("imagine", "size", "16", prompt="x")
    own = await studio.ann.autocomplete("imagine", "size", "2560x1440", prompt="x")

    assert "16:9" in [choice["value"] for choice in wide]
    assert [choice["value"] for choice in own] == ["2560x1440"]


async def test_a_slow_database_is_announced_first(tmp_path):
    """A slow answer says "thinking" first; a refusal is still private."""
    async with opened(tmp_path, ANSWER_SECONDS="0.0001", QUOTA_IMAGES="1") as studio:
        await studio.ann.slash("imagine", prompt="in time")
        await studio.results()
        refused = await studio.ann.slash("imagine", prompt="too many", count=2)
        bot, bob = studio.world.bot.id, studio.person(studio.world.bob)

        def told() -> bool:
            return any("too many" in m.text and m.ephemeral for m in refused.followups)

        await studio.until(lambda: told() or (refused.ephemeral and refused.message))
        seen = [m.text for m in bob.channel_messages() if m.author_id == bot]
        assert not any("too many" in text for text in seen)


async def test_a_refusal_does_not_wait_for_the_database(studio):
    """While another process writes, "thinking" is said in time; the sentence follows."""
    with closing(sqlite3.connect(studio.folder / "data" / "imagine.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await studio.ann.slash("imagine", prompt="a fox", size="huge")
        assert refused.message.loading
    await studio.until(lambda: any("a fox" in m.text and m.ephemeral for m in refused.followups))


async def test_the_stand_ins_alone():
    """``python -m sandbox`` prints the settings for a bot, and stops when told to."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--no-bot", "--port", "0"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode()]
    while not lines[-1].startswith("NO_PROXY="):
        lines.append((await process.stdout.readline()).decode())
    process.send_signal(signal.SIGTERM)

    assert await process.wait() == 0
    assert "DISCORD_TOKEN=sandbox-token\n" in lines
    assert any(line.startswith("EVOLINK_API_URL=http://127.0.0.1:") for line in lines)
