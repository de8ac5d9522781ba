"""What the documents say is what the code does."""

import configparser
import itertools
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import Object, app_commands
from pydantic_core import PydanticUndefined
from pydantic_settings import SettingsConfigDict

from bot import __version__
from bot.__main__ import EXTENSIONS
from bot.app import build
from bot.client import ImageBot
from bot.errors import StartError
from bot.interactions.permissions import NEEDED
from bot.roles import Assignment
from bot.settings import Settings
from bot.ui.commands import CommandTexts
from sandbox.discord.commands import weight

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")
#: For members, admins and operators: between them they have every command.
MANUALS = ("docs/using.md", "docs/servers.md", "docs/operating.md")
DOCUMENTS = tuple(
    str(path.relative_to(ROOT)) for path in sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))
)
#: Files that git does not track, or that aren't ours.
NOT_OURS = {".git", "data", "demo-output"}
#: Texts that begin with a slash but are no commands.
WEB = {"healthz", "readyz", "metrics"}
#: Discord's limits: https://docs.discord.com/developers/interactions/application-commands
NAME_LIMIT, DESCRIPTION_LIMIT, COMMAND_LIMIT, OPTIONS_LIMIT = 32, 100, 8000, 25


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _section(document: str, title: str) -> str:
    """Return the text below a heading, up to the next one of the same level."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def _rows(section: str) -> Iterator[list[str]]:
    """Yield the cells of each row of a section's tables, without headings."""
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `"):
            yield cells


def _defaults() -> dict[str, str | None]:
    """Write each setting's default as ``.env`` would; ``None``: required."""
    return {
        name.upper(): None if field.default is PydanticUndefined else _spelled(field.default)
        for name, field in Settings.model_fields.items()
    }


def _spelled(value: object) -> str:
    return "" if value in {None, frozenset()} else str(value)


def _env_example() -> list[tuple[str, bool, str, str]]:
    """Return name, whether it is commented out, value and meaning of each setting."""
    lines = re.findall(r"^# (.+)\n(#?)([A-Z_]+)=(.*)$", _read(".env.example"), re.MULTILINE)
    return [(name, bool(mark), value, meaning) for meaning, mark, name, value in lines]


#: The server that has the operator's commands.
OPERATORS = 1


@pytest.fixture
async def bot(tmp_path, monkeypatch) -> AsyncIterator[ImageBot]:
    """The bot with every command loaded, not connected to anything."""
    monkeypatch.chdir(tmp_path)  # where no .env is
    given = {"discord_token": "x", "evolink_api_key": "x", "operator_server": str(OPERATORS)}
    settings = Settings.model_validate(given)
    async with build(settings, EXTENSIONS) as app:
        for extension in EXTENSIONS:
            await app.bot.load_extension(extension)
        await app.bot.tree.set_translator(CommandTexts())
        yield app.bot


def _typed(bot: ImageBot) -> list[app_commands.Command[Any, ..., Any]]:
    """Return every command that somebody can type."""
    commands = [
        one
        for place in (None, Object(OPERATORS))
        for one in bot.tree.walk_commands(guild=place)
        if isinstance(one, app_commands.Command)
    ]
    assert commands
    return commands


def _options(cell: str) -> set[str]:
    """Return the options that a cell names; ``[image2]`` … ``[image14]`` is a range."""
    options = set(re.findall(r"`([^`]+)`", cell))
    for name, first, last in re.findall(r"`\[(\D+)(\d+)\]` … `\[\1(\d+)\]`", cell):
        options |= {f"[{name}{number}]" for number in range(int(first), int(last) + 1)}
    return options


async def test_the_manuals_list_every_command_with_its_options(bot):
    """Their tables have the commands of the tree, with optional options in brackets."""
    told = {
        row[0].strip("`"): _options(row[1])
        for manual in MANUALS
        for row in _rows(_read(manual))
        if row[0].startswith("`/")
    }
    real = {
        f"/{command.qualified_name}": {
            option.display_name if option.required else f"[{option.display_name}]"
            for option in command.parameters
        }
        for command in _typed(bot)
    }
    assert told == real


@pytest.mark.parametrize("document", [*READMES, *MANUALS])
async def test_every_command_that_is_named_exists(bot, document):
    """Groups, too; in `/group command option:value`, the options must be the command's."""
    options = {
        command.qualified_name: {option.display_name for option in command.parameters}
        for command in _typed(bot)
    }
    named = re.findall(r"`/([a-z-]+(?: [^`]*)?)`", _read(document))
    # Elsewhere, a manual may leave out the group, or everything but an option.
    groups = {name.split()[1] for name in options if name.startswith("imagine-admin ")}
    more = re.findall(r"`(([a-z-]+) [^`]+)`", _read(document))
    named += [f"imagine-admin {words}" for words, first in more if first in groups]
    alone = set(re.findall(r"`([a-z0-9-]+):`", _read(document)))
    assert alone <= set().union(*options.values())
    assert named
    for words in named:
        name = " ".join(itertools.takewhile(lambda word: ":" not in word, words.split()))
        given = set(re.findall(r"([\w-]+):", words))
        meant = [each for each in options if f"{each} ".startswith(f"{name} ")]
        assert name in WEB or meant, words
        assert given <= options.get(name, set()), words


async def test_the_manual_names_every_menu_of_messages_and_each_is_translated(bot):
    """By its name in Discord's menu, which differs in Chinese."""
    menus = bot.tree.get_commands(type=discord.AppCommandType.message)
    assert len(menus) == 3
    manuals = _read("docs/using.md") + _read("docs/servers.md")
    for menu in menus:
        assert f"**{menu.name}**" in manuals
        payload = await menu.get_translated_payload(bot.tree, bot.tree.translator)
        assert payload["name_localizations"]["zh-CN"] not in {menu.name, ""}


async def test_every_command_and_option_is_described_within_discords_limits(bot):
    """In each language: a description of 100 characters at most, a name of 32 at most."""
    everybodys, operators = (bot.tree.get_commands(guild=g) for g in (None, Object(OPERATORS)))
    assert operators
    for command in (*everybodys, *operators):
        payload = await command.get_translated_payload(bot.tree, bot.tree.translator)
        assert weight(payload) <= COMMAND_LIMIT
        for one in _described(payload):
            assert len(one.get("options", ())) <= OPTIONS_LIMIT
            names = [one["name"], *(one.get("name_localizations") or {}).values()]
            assert all(1 <= len(name) <= NAME_LIMIT for name in names), names
            if payload["type"] == discord.AppCommandType.message.value:
                continue  # the menus of messages have no descriptions
            texts = [one["description"], *(one.get("description_localizations") or {}).values()]
            assert all(1 <= len(text) <= DESCRIPTION_LIMIT for text in texts), texts
            # discord.py's name for no description.
            assert "…" not in texts, names


def _described(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield payload
    for option in payload.get("options", ()):
        yield from _described(option)


def test_env_example_has_each_setting_with_its_default():
    """Required settings are empty and active; all other lines are commented-out defaults."""
    real = {name: (default is not None, default or "") for name, default in _defaults().items()}
    lines = _env_example()
    assert {name: (commented, value) for name, commented, value, _ in lines} == real
    assert len(lines) == len(real), "a setting stands there twice"


def test_env_example_taken_whole_changes_nothing(tmp_path, monkeypatch):
    """With the comment signs removed, its defaults give exactly the default settings."""
    for name in _defaults():
        monkeypatch.delenv(name, raising=False)
    required = "DISCORD_TOKEN=x\nEVOLINK_API_KEY=x\n"
    bare, full = tmp_path / "bare", tmp_path / "full"
    bare.write_text(required)
    full.write_text("".join(f"{name}={value}\n" for name, _, value, _ in _env_example()) + required)
    assert _from_file(full) == _from_file(bare)


def _from_file(path: Path) -> dict[str, Any]:
    class FromFile(Settings):
        model_config = SettingsConfigDict(env_file=path)

    return FromFile.model_validate({}).model_dump()


def test_each_setting_is_listed_with_its_default_and_meaning():
    """The tables say what ``.env.example`` says, in the same words and order."""
    told = [tuple(row) for row in _rows(_read("docs/settings.md"))]
    lines = [
        (f"`{name}`", "**required**" if not commented else f"`{value}`" if value else "", meaning)
        for name, commented, value, meaning in _env_example()
    ]
    assert told == lines


def test_the_settings_are_grouped_alike():
    """Under the same headings in ``.env.example`` and in the tables."""
    groups = re.findall(r"^# ---- (.+) ----$", _read(".env.example"), re.MULTILINE)
    assert re.findall(r"^## (.+)$", _read("docs/settings.md"), re.MULTILINE) == groups


@pytest.mark.parametrize("document", [*READMES, "docs/operating.md"])
def test_every_setting_that_is_named_exists(document):
    """Everything that looks like a setting is one."""
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z0-9]+)+\b", _read(document)))
    assert named
    assert named - set(_defaults()) <= {"APPLICATION_ID"}


def test_the_version_is_the_same_everywhere():
    """CHANGELOG's newest version, the package's and the program's are one."""
    newest = re.search(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", _read("CHANGELOG.md"), re.MULTILINE
    )
    assert newest is not None
    assert newest[1] == tomllib.loads(_read("pyproject.toml"))["project"]["version"] == __version__


@pytest.mark.parametrize("document", READMES)
def test_readme_names_the_permissions_that_the_bot_asks_for(document):
    """README has the number from the invite link, and the name of each permission."""
    readme = _read(document)
    assert set(re.findall(r"\b\d{12}\b", readme)) == {str(NEEDED.value)}
    titles = {"read_messages": "View Channels"}  # Discord's page calls it so
    for name, needed in NEEDED:
        if needed:
            words = name.replace("_", " ").title().replace(" In ", " in ")
            assert titles.get(name, words) in readme


@pytest.mark.parametrize("document", [*READMES, "docs/operating.md"])
def test_the_worst_day_is_computed_from_the_defaults(document):
    """The default cap times the default price."""
    cap = Settings.model_fields["cap_images_total"].default
    price = Settings.model_fields["image_price"].default
    sum_ = f"{cap} \N{MULTIPLICATION SIGN} ${price} = **${cap * price:g}**"
    assert sum_ in _read(document)


@pytest.mark.parametrize("document", READMES)
def test_readme_is_short(document):
    """Long texts have pages of their own."""
    assert len(_read(document).splitlines()) < 150


@pytest.mark.parametrize("document", ["README.md", "docs/servers.md"])
def test_what_is_in_chinese_keeps_step(document):
    """It has the same headings, tables, lists, code, links, pictures, commands and settings."""
    chinese = f"{document.removesuffix('.md')}.zh-CN.md"
    assert _shape(_read(chinese)) == _shape(_read(document))


def _shape(document: str) -> list[tuple[str, ...]]:
    """Return what a document consists of, apart from its words."""
    found = list[tuple[str, ...]]()
    for part in re.split(r"\n\n+", document.strip()):
        lines = part.splitlines()
        # In the first lines, the languages link to each other, and every page to README.
        links = sorted(
            {
                link.replace(".zh-CN.md", ".md")
                for link in re.findall(r"\]\(([^)]+)\)", part)
                if not part.startswith(("[English]", "English"))
            }
        )
        pictures = re.findall(r'(?:src|srcset)="([^"]+)"', part)
        code = {words for words in re.findall(r"`([^`]+)`", part) if words.isascii()}
        rows = [str(line.count("|")) for line in lines if line.startswith("|")]
        kind = re.match(r"#+ |```|- |\*\*\d\.|", lines[0])
        assert kind is not None
        typed = lines[1:] if kind[0] == "```" else []
        found.append((kind[0], *links, *pictures, *sorted(code), *rows, *typed))
    return found


@pytest.mark.parametrize("document", READMES)
def test_a_fresh_machine_needs_two_commands(document):
    """README names `make demo` and `make test` and no other, and the Makefile has them."""
    named = set(re.findall(r"^make (\w+)|`make (\w+)", _read(document), re.MULTILINE))
    assert {first or second for first, second in named} == {"demo", "test"}
    assert {"demo", "test"} <= set(re.findall(r"^(\w+):", _read("Makefile"), re.MULTILINE))


def test_contributing_lists_every_make_command():
    """Its table has the Makefile's commands, except the one that lists them."""
    told = set(re.findall(r"^\| `make (\w+)`", _read("CONTRIBUTING.md"), re.MULTILINE))
    assert told == set(re.findall(r"^(\w+):.*##", _read("Makefile"), re.MULTILINE)) - {"help"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_in_a_document_exists(document):
    """Links to files and headings, pictures, and paths and modules in code lead somewhere."""
    text, folder = _read(document), Path(document).parent
    links = [
        link
        for link in re.findall(r"""(?:\]\(|src="|srcset=")([^)"]+)""", text)
        if "://" not in link
    ]
    linked = [os.path.normpath(folder / link.partition("#")[0]) for link in links]
    headings = [
        (link, anchor)
        for link in links
        if (anchor := link.partition("#")[2])
        and anchor not in _anchors(_read(os.path.normpath(folder / link.partition("#")[0])))
    ]
    assert not headings
    folders = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
    paths = re.findall(rf"`((?:{folders})/[\w./-]*)`", text)
    files = re.findall(r"`([\w.-]*\.(?:md|py|toml|yaml|example|importlinter))`", text)
    drawn = re.findall(r"^((?:bot|cogs|sandbox)/[\w./]*)", text, re.MULTILINE)
    modules = [
        f"{name.replace('.', '/')}.py" for name in re.findall(r"`((?:bot|cogs)(?:\.\w+)+)`", text)
    ]
    missing = [
        path
        for path in (*linked, *paths, *files, *drawn, *modules)
        if not (ROOT / path).exists() and path.partition("/")[0] not in NOT_OURS
    ]
    assert not missing


def _anchors(document: str) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    titles = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_every_picture_is_shown_in_both_themes():
    """And no picture is left that no document shows."""
    shown = {
        Path(picture).name
        for document in DOCUMENTS
        for picture in re.findall(r"pictures/[\w-]+\.webp", _read(document))
    }
    assert shown == {path.name for path in (ROOT / "docs/pictures").glob("*.webp")}
    names = {name.removesuffix("-dark.webp") for name in shown if name.endswith("-dark.webp")}
    assert shown == {f"{name}-{theme}.webp" for name in names for theme in ("dark", "light")}


def test_every_plot_is_shown():
    """They are drawn to suit both themes (`bench/plots.py`)."""
    shown = set(re.findall(r"pictures/([\w-]+\.svg)", _read("docs/performance.md")))
    assert shown == {path.name for path in (ROOT / "docs/pictures").glob("*.svg")}


def test_the_unit_and_the_container_stop_alike():
    """Both wait for paid requests, and neither restarts after a wrong setting."""
    unit = configparser.RawConfigParser(strict=False)
    unit.read(ROOT / "deploy/imagine.service")
    seconds = unit.getfloat("Service", "TimeoutStopSec")
    assert f"stop_grace_period: {seconds:g}s\n" in _read("compose.yaml")
    fields = Settings.model_fields
    waits = fields["evolink_timeout_seconds"].default, fields["stop_seconds"].default
    assert seconds > sum(waits)
    never_again = set(unit.get("Service", "RestartPreventExitStatus").split())
    assert never_again == {"2", str(StartError("").exit_code)}


def test_the_containers_of_several_processes():
    """Each has its own name, the shards leave no gap, and all stop alike."""
    text = _read("deploy/compose.scale.yaml")
    services = re.findall(r"^  ([\w-]+):\n    <<: \*bot\n    command: \[(.+)\]", text, re.MULTILINE)
    names, assignments = [name for name, _ in services], list[Assignment]()
    for _, words in services:
        given = words.split(", ")
        options = dict(zip(given[::2], given[1::2], strict=True))
        assignments.append(Assignment.read(options["--role"], options.get("--shards")))
    shards = [each.shards for each in assignments if each.shards is not None]

    assert re.findall(r"INSTANCE: (\S+)", text) == names
    assert len(set(names)) == len(names)
    assert [number for each in shards for number in each.ids] == list(range(shards[0].count))
    assert {each.count for each in shards} == {shards[0].count}
    assert any(each.works for each in assignments)
    (grace,) = re.findall(r"stop_grace_period: .+", text)
    assert grace in _read("compose.yaml")


def test_the_image_gets_what_it_copies():
    """``.dockerignore`` lets only that through, and it exists."""
    sent = set(re.findall(r"^!(\S+)$", _read(".dockerignore"), re.MULTILINE))
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", _read("Dockerfile"), re.MULTILINE))
    assert sent == copied
    assert all((ROOT / name).exists() for name in sent)


def test_a_panel_may_run_a_file(tmp_path):
    """From any folder, it is the same program."""
    file = [sys.executable, str(ROOT / "deploy" / "start.py"), "--help"]
    done = subprocess.run(  # noqa: S603 - a file of the project
        file, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert "doctor" in done.stdout


def test_architecture_draws_every_module():
    """Each package and module of ``bot`` stands in the drawing of the layers."""
    drawn = _section(_read("ARCHITECTURE.md"), "The layers")
    modules = [path for path in (ROOT / "bot").iterdir() if not path.name.startswith("__")]
    missing = [path.name for path in modules if f"bot/{path.name}" not in drawn]
    assert not missing


def test_dependencies_point_down():
    """Every contract in .importlinter is kept."""
    # A process of its own: in a test's captured terminal its drawing may not come to an end.
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - a tool of the project
        [command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_file_is_tied_to_one_machine_or_registry():
    """No absolute path of somebody's machine, and no package registry's host."""
    machine = re.compile(r"(?<![\w.:])/(?:work|root|home|opt|Users)/\w")
    registry = re.compile(r"p[y]pi\.|python[h]osted|--(?:extra-)?index-url |npm[j]s|registry\.")
    own = Path(__file__).relative_to(ROOT)
    tied = [
        f"{path}: {found[0]}"
        for path, text in _texts()
        if path != own and (found := machine.search(text) or registry.search(text))
    ]
    assert not tied


def _texts() -> Iterator[tuple[Path, str]]:
    """Yield path and text of each text file of the project."""
    ignored = {line.strip("/") for line in _read(".gitignore").splitlines()} | NOT_OURS
    for top in ROOT.iterdir():
        if top.name in ignored or top.name.startswith(".coverage"):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not {"__pycache__", "node_modules"} & set(path.parts):
                try:
                    yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue  # a picture


@pytest.mark.parametrize("document", ["docs/reliability.md", "CONTRIBUTING.md"])
def test_the_tests_that_are_named_are_there(document):
    """Every proof that a document names exists."""
    named = set(re.findall(r"`(tests/[\w/]+(?:\.py)?)`", _read(document)))
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]
