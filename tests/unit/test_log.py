"""The log has no secrets, whatever they were part of, and reports a full disk once."""

import dataclasses
import json
import logging
import sqlite3

import pytest
import structlog

from bot import log as bot_log
from bot.domain.ids import UserId
from bot.errors import Rejected, StoreUnavailable
from bot.interactions.answers import explained
from bot.refusals import Refusal
from bot.ui.texts import texts
from tests.unit.test_ui_explain import example, tree

SECRET = 'sk-very"secret\\key'
#: As Discord makes them: "interaction:", two ids and random letters, in Base64.
TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiY2RlZmdoaWprbG1ub3A"


@pytest.fixture(autouse=True)
def as_it_was():
    """Put logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(params=["json", "console"])
def said(request, capsys):
    """Return what sets up the log within the test (pytest swaps the streams), and reads it."""

    def begin():
        bot_log.set_up("INFO", request.param, [SECRET])
        return lambda: capsys.readouterr().err

    return begin


def fail(error: Exception) -> Exception:
    """Return an error that has been raised, in a frame whose source names no secret."""
    try:
        raise error
    except type(error) as raised:
        return raised


@pytest.mark.parametrize(
    "value",
    [
        f"key {SECRET}",
        [SECRET],
        {"deep": [{"er": (SECRET, 1)}]},
        {SECRET: 1},
        ValueError(SECRET),
        f"https://discord.com/api/v10/webhooks/123/{TOKEN}/messages/@original",
        [f"/interactions/123/{'x' * 30}/callback"],
        {"token": "x" * 60},
        {"payload": json.dumps({"token": "x" * 60})},
        f"Task(id=1, token='{'x' * 60}', card_id=None)",
        RuntimeError(TOKEN),
        TOKEN,
    ],
    ids=repr,
)
def test_no_secret_and_no_token(said, value):
    """In texts, lists, dictionaries and exceptions, our own and libraries'."""
    read = said()
    logger = structlog.get_logger("ours")
    logger.warning("event", value=value)
    logger.warning("%s", value)
    logging.getLogger("library").warning("event %s", value)
    if isinstance(value, Exception):
        logger.error("event", exc_info=fail(value))
        logging.getLogger("library").error("event", exc_info=fail(value))
    text = read()
    assert text.count("event") >= 2
    for hidden in (SECRET, json.dumps(SECRET)[1:-1], repr(SECRET)[1:-1], TOKEN, "x" * 20):
        assert hidden not in text


def test_what_is_no_secret_stays(said):
    """Ids and words are what a log is for."""
    read = said()
    structlog.get_logger("ours").info("taken", task=17, remote="task-unified-1700000000-abcdefgh")
    assert "task-unified-1700000000-abcdefgh" in read()


def full(n: int) -> Exception:
    """Return what a full disk raises, in different ways."""
    if n % 2:
        return fail(OSError(28, "No space left on device"))
    try:
        raise fail(sqlite3.OperationalError("database or disk is full"))
    except sqlite3.OperationalError as error:
        return fail(RuntimeError("a step failed")) if n % 3 else error


def test_a_full_disk_is_one_line(said):
    """Not a traceback for each write that fails."""
    read = said()
    logger = structlog.get_logger("ours")
    for n in range(200):
        logger.error("a step failed", exc_info=full(n - n % 3), task=n)
        logger.warning("not written", error=repr(full(1)))
        logging.getLogger("library").error("a task failed", exc_info=full(1))
    logger.error("another matter", exc_info=fail(ValueError("x")))
    text = read()
    assert text.count("the disk is full") == 1
    assert text.count("Traceback") == 1
    assert "another matter" in text


def test_nobody_makes_a_disk_full_by_typing_so(said):
    """Or an attacker could hide the real line; PostgreSQL may say more before it."""
    read = said()
    logger = structlog.get_logger("ours")
    for typed in ("No space left on device", "--x database or disk is full"):
        logger.info("refused", error=repr(Rejected("content_policy_violation", typed)))
        logger.info("evolink rejects", answer=f"not allowed: {typed}")
    assert "the disk is full" not in read()
    server = 'could not extend file "base/1/2": No space left on device'
    logger.warning("not written", error=str(StoreUnavailable(f"<class 'DiskFullError'>: {server}")))
    assert "the disk is full" in read()


def test_a_full_disk_is_told_again_later():
    """The next day's log should still show it."""
    now = 0.0
    once = bot_log.FullDisk(lambda: now)
    assert once(None, "error", {"event": "x", "exc_info": full(1)})["event"].startswith("the disk")
    with pytest.raises(structlog.DropEvent):
        once(None, "error", {"event": "x", "exc_info": full(1)})
    now = bot_log.QUIET
    assert once(None, "error", {"event": "x", "exc_info": full(1)})


#: Values that the bot itself fills in; other texts in refusals are what people typed.
OURS = {"missing", "nearest", "who", "window"}


@pytest.mark.parametrize(
    "kind",
    [kind for kind in tree() if issubclass(kind, Refusal) and dataclasses.is_dataclass(kind)],
    ids=lambda kind: kind.__name__,
)
def test_the_log_of_a_refusal_does_not_quote_what_was_typed(said, kind):
    """PROMPT_DAYS and /privacy don't cover the log; the bot's own words stay there."""
    typed = {str: "Jane Doe", tuple[str, ...]: ("Jane Doe",)}
    fields, values = dataclasses.fields(kind), vars(example(kind))
    values |= {
        each.name: typed[each.type]
        for each in fields
        if each.type in typed and each.name not in OURS
    }
    named = {each.name for each in fields if each.kw_only}
    error = kind(
        *(value for name, value in values.items() if name not in named),
        **{name: values[name] for name in named},
    )
    read = said()
    explained(error, texts("en"), user=UserId(1))
    structlog.get_logger("ours").error("what it led to", exc_info=fail(error))
    text = read()
    assert text.count(kind.__name__) >= 2
    assert "Jane Doe" not in text
    assert [name for name in OURS & set(values) if f"{name}=" not in text] == []
