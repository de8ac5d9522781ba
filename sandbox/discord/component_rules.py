"""Discord's rules for components: https://docs.discord.com/developers/components/reference."""

from collections.abc import Callable, Mapping

from sandbox.discord import reading, wire
from sandbox.discord.cdn import File, clean
from sandbox.discord.errors import Complaints
from sandbox.discord.reading import (
    BUTTON,
    CONTAINER,
    FILE,
    GALLERY,
    ROW,
    SECTION,
    SELECT,
    SELECTS,
    SEPARATOR,
    TEXT,
    THUMBNAIL,
)
from sandbox.discord.wire import Json, without_nulls

Path = tuple[str | int, ...]

_LEGACY = frozenset({ROW})
_TOP = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})
_INSIDE = _TOP - {CONTAINER}


def check(
    components: list[Json], files: Mapping[int, File], *, v2: bool, complaints: Complaints
) -> tuple[Json, ...]:
    """Return the components as Discord keeps them: with ids, and files in place of names.

    Errors are added to ``complaints``.
    """
    kept: list[Json] = without_nulls(components)
    top = ("components",)
    complaints.length(top, kept, 0, 40 if v2 else 5)
    for index, part in enumerate(kept):
        _one(part, (*top, index), _TOP if v2 else _LEGACY, complaints)
    if complaints.errors:
        return ()
    parts = list(reading.walk(kept))
    if v2:
        _sums(parts, complaints)
    _unique(parts, complaints)
    _resolve(parts, files, complaints)
    _number(parts)
    return tuple(kept)


def _sums(parts: list[Json], complaints: Complaints) -> None:
    if len(parts) > 40:
        complaints.add(
            ("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "At most 40 components"
        )
    if sum(len(part["content"]) for part in parts if part["type"] == TEXT) > 4000:
        complaints.add(
            ("components",),
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "Displayable text is over 4000 characters",
        )


def _unique(parts: list[Json], complaints: Complaints) -> None:
    for key, code in (
        ("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ("id", "COMPONENT_ID_DUPLICATED"),
    ):
        values = [part[key] for part in parts if part.get(key)]
        if len(values) != len(set(values)):
            complaints.add(("components",), code, f"Component {key} cannot be duplicated")


def _number(parts: list[Json]) -> None:
    """Give an id to each component without one (0 counts as none)."""
    taken = {part["id"] for part in parts if part.get("id")}
    free = (number for number in range(1, 1000) if number not in taken)
    for part in parts:
        part["id"] = part.get("id") or next(free)


def resolve(url: str, files: Mapping[int, File]) -> File | None:
    """Return the message's file that ``attachment://name`` or the file's own link refers to."""
    if url.startswith("attachment://"):
        name = clean(url.removeprefix("attachment://"))
        return next((file for file in files.values() if file.name == name), None)
    bare = url.partition("?")[0]
    return next((file for file in files.values() if file.url.partition("?")[0] == bare), None)


def _resolve(parts: list[Json], files: Mapping[int, File], complaints: Complaints) -> None:
    for part in parts:
        for media in reading.media_of(part):
            file = resolve(media["url"], files)
            if file is not None:
                media["attachment_id"] = str(file.id)
                if part["type"] == FILE:
                    part.update(name=file.name, size=file.size)
            elif media["url"].startswith("attachment://"):
                complaints.add(
                    ("components",),
                    "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                    f"The referenced attachment was not found: {media['url']}",
                )
            elif part["type"] == FILE or not media["url"].startswith(("http://", "https://")):
                complaints.add(("components",), "URL_TYPE_INVALID_SCHEME", "Scheme not supported")


def _one(part: Json, path: Path, allowed: frozenset[int], complaints: Complaints) -> None:
    kind = part.get("type")
    if kind not in allowed:
        codes = ", ".join(str(code) for code in sorted(allowed))
        complaints.add((*path, "type"), "BASE_TYPE_CHOICES", f"Value must be one of {{{codes}}}.")
        return
    check_one = _CHECKS.get(kind, select)
    check_one(part, path, complaints)


def _children(
    part: Json, path: Path, allowed: frozenset[int], bounds: tuple[int, int], complaints: Complaints
) -> None:
    children = wire.parts(part, "components")
    complaints.length((*path, "components"), children, *bounds)
    for index, child in enumerate(children):
        _one(child, (*path, "components", index), allowed, complaints)


def _row(part: Json, path: Path, complaints: Complaints) -> None:
    children = wire.parts(part, "components")
    with_select = any(child.get("type") in SELECTS for child in children)
    allowed = SELECTS | {BUTTON}
    _children(part, path, allowed, (1, 1 if with_select else 5), complaints)


def _section(part: Json, path: Path, complaints: Complaints) -> None:
    _children(part, path, frozenset({TEXT}), (1, 3), complaints)
    accessory = part.get("accessory")
    complaints.required((*path, "accessory"), accessory)
    if accessory:
        _one(accessory, (*path, "accessory"), frozenset({BUTTON, THUMBNAIL}), complaints)


def _text(part: Json, path: Path, complaints: Complaints) -> None:
    complaints.required((*path, "content"), part.get("content"))
    complaints.length((*path, "content"), part.get("content"), 1, 4000)


def _thumbnail(part: Json, path: Path, complaints: Complaints) -> None:
    _media(part, "media", path, complaints)


def _file(part: Json, path: Path, complaints: Complaints) -> None:
    _media(part, "file", path, complaints)


def _separator(part: Json, path: Path, complaints: Complaints) -> None:
    if part.get("spacing", 1) not in {1, 2}:
        complaints.add((*path, "spacing"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")


def _container(part: Json, path: Path, complaints: Complaints) -> None:
    _children(part, path, _INSIDE, (1, 40), complaints)


def _media(part: Json, key: str, path: Path, complaints: Complaints) -> None:
    complaints.required((*path, key, "url"), wire.part(part, key).get("url"))
    complaints.length((*path, "description"), part.get("description"), 1, 1024)


def _gallery(part: Json, path: Path, complaints: Complaints) -> None:
    items = wire.parts(part, "items")
    complaints.length((*path, "items"), items, 1, 10)
    for index, item in enumerate(items):
        _media(item, "media", (*path, "items", index), complaints)


def button(part: Json, path: Path, complaints: Complaints) -> None:
    """Check a button: what it needs depends on its style."""
    needs = {1: "custom_id", 2: "custom_id", 3: "custom_id", 4: "custom_id", 5: "url", 6: "sku_id"}
    key = needs.get(part.get("style", 0))
    if key is None:
        complaints.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of 1 to 6.")
        return
    complaints.required((*path, key), part.get(key))
    for other in {"custom_id", "url"} - {key}:
        if part.get(other):
            complaints.add(
                (*path, other), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "not both"
            )
    if key != "sku_id" and not part.get("label") and not part.get("emoji"):
        complaints.add(path, "BUTTON_COMPONENT_INVALID_EMPTY", "A button needs a label or an emoji")
    complaints.length((*path, "label"), part.get("label"), 0, 80)
    complaints.length((*path, "custom_id"), part.get("custom_id"), 1, 100)
    complaints.length((*path, "url"), part.get("url"), 1, 512)


def select(part: Json, path: Path, complaints: Complaints) -> None:
    """Check a select menu of any kind."""
    complaints.required((*path, "custom_id"), part.get("custom_id"))
    complaints.length((*path, "custom_id"), part.get("custom_id"), 1, 100)
    complaints.length((*path, "placeholder"), part.get("placeholder"), 0, 150)
    low, high = part.get("min_values", 1), part.get("max_values", 1)
    if not (0 <= low <= 25 and 1 <= high <= 25 and low <= high):
        complaints.add((*path, "max_values"), "NUMBER_TYPE_RANGE", "0 ≤ min ≤ max, 1 ≤ max ≤ 25")
    for each in wire.parts(part, "default_values"):
        each["id"] = str(each["id"])  # JavaScript has no whole numbers of this size
    if part.get("type") == SELECT:
        options(part, path, complaints)


def options(
    part: Json, path: Path, complaints: Complaints, bounds: tuple[int, int] = (1, 25)
) -> None:
    """Check the options of a string select or a similar component."""
    choices = wire.parts(part, "options")
    complaints.length((*path, "options"), choices, *bounds)
    for index, choice in enumerate(choices):
        here = (*path, "options", index)
        for key in ("label", "value"):
            complaints.required((*here, key), choice.get(key))
            complaints.length((*here, key), choice.get(key), 1, 100)
        complaints.length((*here, "description"), choice.get("description"), 0, 100)
    values = [choice.get("value") for choice in choices]
    if len(values) != len(set(values)):
        complaints.add(
            (*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "values must differ"
        )


_CHECKS: dict[int, Callable[[Json, Path, Complaints], None]] = {
    ROW: _row,
    BUTTON: button,
    SECTION: _section,
    TEXT: _text,
    THUMBNAIL: _thumbnail,
    GALLERY: _gallery,
    FILE: _file,
    SEPARATOR: _separator,
    CONTAINER: _container,
}
