"""What admins set as JSON, and back."""

from collections.abc import Collection
from dataclasses import asdict, fields
from typing import Any

from bot.domain.grants import Grant
from bot.domain.moderation import Moderation, Strike
from bot.domain.quota_change import Kind, Target
from bot.domain.quota_settings import Block, Policy, Rule, Setting
from bot.domain.window import Window
from bot.refusals import Scope

#: What ``decode`` raises for what it can't read.
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)

_POLICY = frozenset(field.name for field in fields(Policy))
_MODERATION = frozenset(field.name for field in fields(Moderation))


def encode(setting: Setting) -> dict[str, Any]:
    """Return the JSON of a setting. Whose it is, other columns tell."""
    values = asdict(setting)
    for name in ("scope", "role"):
        values.pop(name, None)
    return values


def decode(target: Target, value: dict[str, Any]) -> Setting:
    """Return the setting of this JSON."""
    match target.kind:
        case Kind.LIMIT:
            role = target.id if target.scope is Scope.ROLE else None
            return Rule(target.scope, value["images"], Window(value["window"]), role)
        case Kind.BLOCK:
            return Block(**value)
        case Kind.GRANT:
            return Grant(**value)
        case Kind.MODERATION:
            known = _known(_MODERATION, value)
            words = tuple(known.pop("words", ()))
            return Moderation(**known, words=words)
        case Kind.STRIKE:
            return Strike(**value)
        case Kind.DENIED | Kind.REMOVAL:
            raise ValueError("nothing is set")
        case Kind.POLICY:
            known = _known(_POLICY, value)
            known["cap_window"] = Window(known.get("cap_window", Window.MONTH))
            known["channels"] = tuple(known.get("channels", ()))
            return Policy(**known)


def _known(names: Collection[str], value: dict[str, Any]) -> dict[str, Any]:
    """Return what this version knows; a later one may have written more."""
    return {name: each for name, each in value.items() if name in names}
