"""Ids of buttons, menus and forms: what is written is read back, also from old messages."""

import pytest

from bot.domain.ids import InteractionId
from bot.domain.task_query import SEARCH_LIMIT, TaskFilter, TaskQuery
from bot.ui import buttons, ids
from bot.ui.ids import CustomId, Fields
from bot.ui.texts import texts
from tests.unit.ui_kit import task

EN = texts("en")
KINDS = {name: kind for name, kind in vars(ids).items() if isinstance(kind, CustomId)}


def fields(kind: CustomId, custom_id: str) -> Fields:
    """Return the values in an id of a kind."""
    read = kind.read(custom_id)
    assert read is not None
    return read


def kinds_of(custom_id: str | None) -> set[str]:
    """Return the names of all kinds that accept an id."""
    assert custom_id is not None
    assert len(custom_id) <= 100, "Discord's limit"
    return {name for name, kind in KINDS.items() if kind.read(custom_id) is not None}


@pytest.mark.parametrize("number", [1, 2**63 - 1])
def test_a_button_is_of_one_kind(number: int) -> None:
    """It gives back what it was made for."""
    of = task(interaction_id=number)
    made = {
        "STOP": buttons.stop(of, EN),
        "FETCH": buttons.fetch(of, EN),
        "AGAIN": buttons.again(of, EN),
        "OPEN": buttons.image(of, 14),
        "OPEN_CHOSEN": buttons.open_image(of, range(15), EN),
        "VARY": buttons.vary(of, 14, EN),
        "EDIT_IMAGE": buttons.edit(of, 14, EN),
        "MORE": buttons.more(of, EN),
        "DETAILS": buttons.details(of, EN),
        "PUBLISH": buttons.publish(of, EN),
        "DELETE": buttons.delete(of, EN),
        "CONFIRM_DELETE": buttons.confirm_delete(of, None, EN)[0],
        "PANEL": buttons.confirm_delete(of, None, EN)[1],
        "REMOVE": buttons.remove(of, 14, EN),
        "CONFIRM_REMOVE": buttons.confirm_delete(of, 14, EN)[0],
        "IMAGE_PANEL": buttons.confirm_delete(of, 14, EN)[1],
        "CHANGE": buttons.change(of, EN, alone=True),
        "CHOOSE": buttons.choose(of, range(15), 0, EN),
        "ORIGINALS": buttons.originals(of, EN),
        "REDRAW": buttons.redraw(of, 14, EN),
        "USE": buttons.use(of, 14, EN),
        "ORIGINAL": buttons.original(of, 14, EN),
        "FIX": buttons.fix(InteractionId(number), EN),
    }
    for name, button in made.items():
        assert kinds_of(button.custom_id) == {name}
        read = fields(KINDS[name], str(button.custom_id))
        assert read.id == number
        if "position" in read.match.groupdict():
            assert read.position == 14


def test_the_tray_has_nothing_to_name() -> None:
    """It belongs to the presser."""
    assert kinds_of(buttons.tray_draw(EN).custom_id) == {"TRAY_DRAW"}
    assert kinds_of(buttons.tray_clear(EN).custom_id) == {"TRAY_CLEAR"}
    assert kinds_of(buttons.tray_remove([("a", "b")], EN).custom_id) == {"TRAY_REMOVE"}


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("words", ["", "a:b", "狐" * SEARCH_LIMIT, "%_\\\n"])
def test_a_query_is_read_as_it_was_written(words: str, side: str) -> None:
    """Page, filter and words, as far as the id has them."""
    edge: dict[str, InteractionId] = {side: InteractionId(2**63 - 1)}
    query = TaskQuery(page=123_456_789, filter=TaskFilter.PRIVATE, search=words, **edge)
    turn = str(buttons.page_link("x", query).custom_id)
    search = str(buttons.search(query, EN).custom_id)

    assert kinds_of(turn) == {"PAGE"}
    assert kinds_of(search) == {"SEARCH"}
    assert fields(ids.PAGE, turn).query == query
    assert fields(ids.SEARCH, search).query == TaskQuery(filter=TaskFilter.PRIVATE, search=words)
    assert fields(ids.FILTER, ids.FILTER.write(search=words)).query == TaskQuery(search=words)
    form = ids.SEARCH_FORM.write(show=query.filter)
    assert fields(ids.SEARCH_FORM, form).query == TaskQuery(filter=TaskFilter.PRIVATE)


@pytest.mark.parametrize(
    ("custom_id", "kind", "number"),
    [
        ("task:7:stop", "STOP", 7),
        ("task:7:fetch", "FETCH", 7),
        ("task:7:again", "AGAIN", 7),
        ("task:7:edit", "EDIT", 7),
        ("task:7:more", "MORE", 7),
        ("task:7:details", "DETAILS", 7),
        ("task:7:publish", "PUBLISH", 7),
        ("task:7:originals", "ORIGINALS", 7),
        ("task:7:delete", "DELETE", 7),
        ("task:7:delete:sure", "CONFIRM_DELETE", 7),
        ("task:7:choose", "CHOOSE", 7),
        ("task:7:change", "CHANGE", 7),
        ("result:7:3:redraw", "REDRAW", 7),
        ("result:7:3:use", "USE", 7),
        ("result:7:3:original", "ORIGINAL", 7),
        ("wish:7:fix", "FIX", 7),
        ("draft:1576377990500057093:fix", "FIX", 1576377990500057093),
        ("wish:7:draw", "COMPOSE", 7),
        ("draft:1576377990500057093:draw", "COMPOSE", 1576377990500057093),
    ],
)
def test_what_earlier_versions_wrote(custom_id: str, kind: str, number: int) -> None:
    """Row numbers and drafts' former names: the messages and forms still exist."""
    assert kinds_of(custom_id) == {kind}
    read = fields(KINDS[kind], custom_id)
    assert read.id == number


@pytest.mark.parametrize(
    ("custom_id", "kind", "query"),
    [
        ("tasks:2", "PAGE", TaskQuery()),
        ("tasks:2:open:a:b", "PAGE", TaskQuery(filter=TaskFilter.OPEN, search="a:b")),
        ("tasks:2:nonsense:", "PAGE", TaskQuery()),
        ("tasks-search:open:owl", "SEARCH", TaskQuery(filter=TaskFilter.OPEN, search="owl")),
        ("tasks-search:failed", "SEARCH_FORM", TaskQuery(filter=TaskFilter.FAILED)),
        ("tasks-filter:owl", "FILTER", TaskQuery(search="owl")),
    ],
)
def test_lists_of_earlier_versions(custom_id: str, kind: str, query: TaskQuery) -> None:
    """They had page numbers, which start over; an unknown filter shows everything."""
    assert kinds_of(custom_id) == {kind}
    read = fields(KINDS[kind], custom_id)
    assert read.query == query


@pytest.mark.parametrize(
    "forged",
    [
        "task:-1:stop",
        "task:1:stop:x",
        "task:" + "9" * 20 + ":stop",
        "tasks:-1",
        "wish::fix",
        "tray:",
    ],
)
def test_forged_ids_match_nothing(forged: str) -> None:
    """A number above 63 bits would not fit the database."""
    assert kinds_of(forged) == set()
