"""Discord's rules for modals: https://docs.discord.com/developers/components/reference#label."""

from sandbox.discord import component_rules, file_types, reading, wire
from sandbox.discord.errors import Complaints
from sandbox.discord.reading import (
    CHECKBOX,
    CHECKBOXES,
    LABEL,
    RADIOS,
    ROW,
    SELECTS,
    TEXT,
    TEXT_INPUT,
    UPLOAD,
)
from sandbox.discord.wire import Json, without_nulls

Path = tuple[str | int, ...]
_FIELDS = SELECTS | {TEXT_INPUT, UPLOAD, RADIOS, CHECKBOXES, CHECKBOX}


def check(form: Json) -> Json:
    """Return the modal with ids; raise a 50035 unless Discord would show it."""
    data: Json = without_nulls(form)
    complaints = Complaints()
    parts: list[Json] = wire.parts(data, "components")
    for key, limit in (("title", 45), ("custom_id", 100)):
        complaints.required(("data", key), data.get(key))
        complaints.length(("data", key), data.get(key), 1, limit)
    complaints.length(("data", "components"), parts, 1, 5)
    for index, part in enumerate(parts):
        _top(part, ("data", "components", index), complaints)
    ids = [part["custom_id"] for part in reading.walk(parts) if part.get("custom_id")]
    if len(ids) != len(set(ids)):
        complaints.add(
            ("data", "components"), "COMPONENT_CUSTOM_ID_DUPLICATED", "cannot be duplicated"
        )
    complaints.settle()
    for number, part in enumerate(reading.walk(parts), 1):
        part["id"] = part.get("id") or number
    return data


def _top(part: Json, path: Path, complaints: Complaints) -> None:
    match part.get("type"):
        case kind if kind == LABEL:
            complaints.required((*path, "label"), part.get("label"))
            complaints.length((*path, "label"), part.get("label"), 1, 45)
            complaints.length((*path, "description"), part.get("description"), 0, 100)
            field = wire.part(part, "component")
            if field.get("type") == TEXT_INPUT and field.get("label"):
                complaints.add(
                    (*path, "component", "label"), "BASE_TYPE_BAD", "a label's field has none"
                )
            _field(field, (*path, "component"), complaints)
        case kind if kind == ROW:
            complaints.length((*path, "components"), part.get("components"), 1, 1)
            for child in wire.parts(part, "components"):
                complaints.required((*path, "components", 0, "label"), child.get("label"))
                _field(child, (*path, "components", 0), complaints)
        case kind if kind == TEXT:
            complaints.length((*path, "content"), part.get("content"), 1, 4000)
        case _:
            complaints.add(
                (*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 10, 18}."
            )


def _field(part: Json, path: Path, complaints: Complaints) -> None:
    kind = part.get("type")
    if kind not in _FIELDS:
        complaints.add((*path, "type"), "BASE_TYPE_CHOICES", "not a field of a modal")
        return
    complaints.required((*path, "custom_id"), part.get("custom_id"))
    complaints.length((*path, "custom_id"), part.get("custom_id"), 1, 100)
    if part.get("disabled"):
        complaints.add((*path, "disabled"), "COMPONENT_DISABLED_IN_MODAL", "not in modals")
    if part.get("required", True) and part.get("min_values", 1) < 1:
        complaints.add((*path, "min_values"), "NUMBER_TYPE_MIN", "at least 1 where it is required")
    if kind == TEXT_INPUT:
        _text(part, path, complaints)
    elif kind in SELECTS:
        component_rules.select(part, path, complaints)
    elif kind == RADIOS:
        component_rules.options(part, path, complaints, (2, 10))
    elif kind == CHECKBOXES:
        component_rules.options(part, path, complaints, (1, 10))
    elif kind == UPLOAD:
        _upload(part, path, complaints)


def _upload(part: Json, path: Path, complaints: Complaints) -> None:
    if not (0 <= part.get("min_values", 1) <= part.get("max_values", 1) <= 10):
        complaints.add((*path, "max_values"), "NUMBER_TYPE_RANGE", "0 ≤ min ≤ max ≤ 10")
    file_types.check(part, path, complaints)


def _text(part: Json, path: Path, complaints: Complaints) -> None:
    if part.get("style") not in {1, 2}:
        complaints.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if not (0 <= low <= high <= 4000):
        complaints.add((*path, "max_length"), "NUMBER_TYPE_RANGE", "0 ≤ min ≤ max ≤ 4000")
    complaints.length((*path, "label"), part.get("label"), 1, 45)
    complaints.length((*path, "placeholder"), part.get("placeholder"), 0, 100)
    complaints.length((*path, "value"), part.get("value"), 0, high)
