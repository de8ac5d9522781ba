"""What admins and the operator set, as rows and JSON, and back."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from typing import Any, cast

import structlog

from bot.domain.grants import Grant
from bot.domain.ids import RoleId, ServerId
from bot.domain.moderation import Moderation, Strike
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Block, OperatorRules, Policy, Rule, Setting
from bot.domain.window import Window
from bot.refusals import Scope
from bot.store.engine import Row

log = structlog.get_logger()

#: What ``decode`` raises for what it can't read.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)

#: Types of settings by kind; ``decode`` handles the other kinds itself.
_SETTINGS: dict[Kind, type[Setting]] = {
    Kind.BLOCK: Block,
    Kind.GRANT: Grant,
    Kind.STRIKE: Strike,
    Kind.POLICY: Policy,
    Kind.MODERATION: Moderation,
}


def encode(setting: Setting) -> dict[str, Any]:
    """Return the JSON of a setting. Other columns say whose it is."""
    values = asdict(setting)
    for name in ("scope", "role"):
        values.pop(name, None)
    return values


def decode(target: Target, value: dict[str, Any]) -> Setting:
    """Return the setting of this JSON; what a later version has added to it is left out.

    Raises:
        UNREADABLE: it can't be read.
    """
    if target.kind is Kind.OPERATOR:
        return operator_rules_of(value)
    if target.kind is Kind.LIMIT:
        role = RoleId(target.id) if target.scope is Scope.ROLE else None
        return Rule(target.scope, value["images"], Window(value["window"]), role)
    setting = _SETTINGS[target.kind]
    known = _known(setting, value)
    if "cap_window" in known:
        known["cap_window"] = Window(known["cap_window"])
    for name in ("channels", "words"):
        if name in known:
            known[name] = tuple(known[name])
    return setting(**known)


def settings_of(server: ServerId, rows: Iterable[Row]) -> Iterator[tuple[Target, Setting]]:
    """Yield what is set, without what can't be read: a later version may have written it."""
    for row in rows:
        try:
            target = target_of(server, row)
            yield target, decode(target, row["value"])
        except UNREADABLE as error:
            named = {name: row[name] for name in ("subject", "subject_id", "kind")}
            log.warning("a setting can't be read", server=server, **named, error=repr(error))


def target_of(server: ServerId, row: Row) -> Target:
    """Return what a row of settings or changes is about."""
    return Target(
        server=server,
        kind=Kind(row["kind"]),
        scope=Scope(row["subject"]),
        id=row["subject_id"],
        number=row["number"],
    )


def columns_of(target: Target, prefix: str = "") -> dict[str, Any]:
    """Return the columns that say what rows of settings and changes are about."""
    key = {
        "guild_id": target.server,
        "subject": target.scope.value,
        "subject_id": target.id,
        "kind": target.kind.value,
        "number": target.number,
    }
    return {f"{prefix}{name}": value for name, value in key.items()}


def operator_rules_of(stored: object) -> OperatorRules:
    """Return what the operator has set; what can't be read counts as not set."""
    known = cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
    numbers = {name: each for name, each in known.items() if isinstance(each, int)}
    return OperatorRules(**_known(OperatorRules, numbers))


def _known(setting: type[Setting], value: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(setting)}
    return {name: each for name, each in value.items() if name in names}
