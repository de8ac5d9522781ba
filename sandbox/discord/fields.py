"""What a person enters into a modal, checked as Discord's client does."""

from collections.abc import Mapping
from typing import cast

from sandbox.discord import reading, wire
from sandbox.discord.cdn import Upload
from sandbox.discord.options import Refused, Resolved
from sandbox.discord.places import Channel, Role, User
from sandbox.discord.reading import (
    CHECKBOX,
    LABEL,
    RADIOS,
    TEXT,
    TEXT_INPUT,
    UPLOAD,
)
from sandbox.discord.wire import Json


def submit(modal: Json, values: Mapping[str, object], resolved: Resolved) -> list[Json]:
    """Return the components of a submission.

    The keys of ``values`` are ``custom_id``s or labels; other fields keep their defaults.
    """
    known = {
        key: part
        for top in modal["components"]
        for part in reading.walk([top])
        if part.get("custom_id")
        for key in (part["custom_id"], top.get("label"), part.get("label"))
        if key
    }
    unknown = values.keys() - known
    if unknown:
        raise Refused(f"the modal has no {sorted(unknown)}, only {sorted(known)}")
    typed = {known[key]["custom_id"]: value for key, value in values.items()}
    return [_top(part, typed, resolved) for part in modal["components"]]


def _top(part: Json, typed: Mapping[str, object], resolved: Resolved) -> Json:
    shape: Json = {"type": part["type"], "id": part["id"]}
    if part["type"] == LABEL:
        return {**shape, "component": _field(part["component"], typed, resolved)}
    if part["type"] == TEXT:
        return {**shape, "content": part["content"]}
    return {**shape, "components": [_field(p, typed, resolved) for p in part["components"]]}


def _field(part: Json, typed: Mapping[str, object], resolved: Resolved) -> Json:
    shape: Json = {"type": part["type"], "id": part["id"], "custom_id": part["custom_id"]}
    given = typed.get(part["custom_id"], _default(part))
    match part["type"]:
        case kind if kind == TEXT_INPUT:
            return {**shape, "value": _text(part, str(given or ""))}
        case kind if kind == CHECKBOX:
            return {**shape, "value": bool(given)}
        case kind if kind == RADIOS:
            _required(part, 0 if given is None else 1)
            return {**shape, "value": _option(part, given) if given is not None else None}
        case _:
            several = (
                list(cast("list[object]", given)) if isinstance(given, list | tuple) else [given]
            )
            return {**shape, "values": _several(part, several, resolved)}


def _default(part: Json) -> object:
    if part["type"] in {TEXT_INPUT, CHECKBOX}:
        return part.get("value", part.get("default"))
    if "default_values" in part:
        return [value["id"] for value in part["default_values"]]
    options = [o["value"] for o in wire.parts(part, "options") if o.get("default")]
    if part["type"] == RADIOS:
        return options[0] if options else None
    return options


def _text(part: Json, text: str) -> str:
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if part.get("required", True):
        low = max(low, 1)
    elif not text:
        return text
    if not low <= len(text) <= high:
        raise Refused(f"{part['custom_id']}: {len(text)} characters, not {low} to {high}")
    return text


def _several(part: Json, given: list[object], resolved: Resolved) -> list[str]:
    _required(part, len(given))
    if len(given) > (part.get("max_values") or len(wire.parts(part, "options")) or 1):
        raise Refused(f"{part['custom_id']}: {len(given)} are too many")
    return [_one(part, value, resolved) for value in given]


def _one(part: Json, value: object, resolved: Resolved) -> str:
    if part["type"] == UPLOAD and isinstance(value, Upload):
        return resolved.file(value, part)
    return chosen(part, value, resolved)


def chosen(part: Json, value: object, resolved: Resolved) -> str:
    """Return the value of one choice in a select menu: an option's value, or an id."""
    match part["type"], value:
        case ((5 | 7), User()):
            return resolved.person(value)
        case ((6 | 7), Role()):
            return resolved.role(value)
        case 8, Channel():
            return resolved.place(value)
        case _:
            return _option(part, value)


def _option(part: Json, value: object) -> str:
    for option in wire.parts(part, "options"):
        if value in (option["value"], option["label"]):
            return option["value"]
    raise Refused(f"{part['custom_id']} does not offer {value!r}")


def _required(part: Json, count: int) -> None:
    low = part.get("min_values")
    low = (1 if part.get("required", True) else 0) if low is None else low
    if count < low and (part.get("required", True) or count):
        raise Refused(f"{part['custom_id']}: {count} of at least {low}")
