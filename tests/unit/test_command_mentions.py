"""Commands in sentences are mentions, which people can click, once Discord has told their ids."""

import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from bot.ui.command_mentions import use_mentions, with_mentions
from bot.ui.texts import LOCALE_DIR, texts

MENTIONS = {
    "imagine": "</imagine:1>",
    "tasks": "</tasks:2>",
    "imagine-admin moderation log": "</imagine-admin moderation log:3>",
}
READY = "You'll find the images in /tasks when they're ready."
#: Discord shows no mentions in descriptions.
DESCRIPTION = "Your own defaults for /imagine"
COMMAND = re.compile(r"(?<!\w)/[a-z][a-z-]*", re.ASCII)


@pytest.fixture
def known() -> Iterator[None]:
    """Discord has told the ids."""
    use_mentions(MENTIONS)
    yield
    use_mentions({})


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("in /tasks.", "in </tasks:2>."),
        ("in /tasks when they're ready", "in </tasks:2> when they're ready"),
        ("(/tasks, /imagine)", "(</tasks:2>, </imagine:1>)"),
        ("用/tasks查看", "用</tasks:2>查看"),
        ("/imagine-admin moderation log.", "</imagine-admin moderation log:3>."),
    ],
)
def test_known_commands_are_mentions(text: str, shown: str) -> None:
    """Whatever follows them; sub-commands by their full names."""
    assert with_mentions(text, str) == shown


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "/imagine-admin overview",
        "/imagines /Tasks /nosuch",
        "https://bot.example/tasks and/tasks and ./tasks",
        "</tasks:9>",
    ],
)
def test_all_else_stays(text: str) -> None:
    """What isn't a command that Discord knows is left alone."""
    assert with_mentions(text, str) == text


@pytest.mark.usefixtures("known")
def test_what_people_wrote_stays_as_it_is() -> None:
    """Only the sentence itself names commands, not the values filled in."""
    said = texts("en")("{words}: see /tasks", words="/tasks {x}")
    assert said == "/tasks {x}: see </tasks:2>"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("locale", ["en", "zh-CN", "zh-TW"])
def test_every_language(locale: str) -> None:
    """Mentions use the English names: clicking a translated one would do nothing."""
    t = texts(locale)
    assert "</tasks:2>" in t(READY)
    assert "</tasks:2>" in t.plural(
        "{n} picture didn't fit in the file. If the bot drew it, it's in /tasks.",
        "{n} pictures didn't fit in the file. Those the bot drew are in /tasks.",
        2,
    )
    assert "</" not in t.plain(DESCRIPTION)


@pytest.mark.parametrize(
    ("locale", "named"), [("en", "/tasks"), ("zh-CN", "/任务"), ("zh-TW", "/任務")]
)
def test_before_discord_has_told_them(locale: str, named: str) -> None:
    """They are named as people type them in their language."""
    assert f" {named} " in texts(locale)(READY)


@pytest.mark.parametrize("path", sorted(LOCALE_DIR.glob("*.po")), ids=lambda path: path.stem)
def test_translations_name_the_same_commands(path) -> None:
    """By their English names, or they wouldn't become mentions; except in descriptions."""
    with path.open("rb") as file:
        messages = {str(entry.id): entry.string for entry in read_po(file) if entry.id}
    translated = str(messages.pop(DESCRIPTION))
    assert not COMMAND.search(translated)
    for message, said in messages.items():
        assert set(COMMAND.findall(message)) == set(COMMAND.findall(str(said))), message
