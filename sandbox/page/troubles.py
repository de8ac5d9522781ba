"""Real-world troubles that can be switched on and off."""

from collections.abc import Callable

from sandbox.faults import Fault, Faults, limited, told
from sandbox.stand_ins import StandIns

#: Switches a trouble on; returns how to switch it off.
Trouble = Callable[[StandIns], Callable[[], None]]
_API = "^/api/v10/"
_SUBMIT = "^/v1/images/generations$"


class Troubles:
    """The troubles of a pair of stand-ins, by key."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins
        self._lifts: dict[str, Callable[[], None]] = {}

    def switch(self, key: str, *, on: bool) -> None:
        """Switch a trouble on or off."""
        if on and key not in self._lifts:
            self._lifts[key] = TROUBLES[key](self._stand_ins)
        elif not on and key in self._lifts:
            self._lifts.pop(key)()

    def state(self) -> dict[str, bool]:
        """Return which are on."""
        return {key: key in self._lifts for key in TROUBLES}


def _slow(stand_ins: StandIns) -> Callable[[], None]:
    behaviour = stand_ins.evolink.behaviour
    before = behaviour.drawing_seconds
    behaviour.drawing_seconds = before * 10

    def lift() -> None:
        behaviour.drawing_seconds = before

    return lift


def _no_credits(stand_ins: StandIns) -> Callable[[], None]:
    before, stand_ins.evolink.credits = stand_ins.evolink.credits, 0

    def lift() -> None:
        stand_ins.evolink.credits = before

    return lift


def _refused_drawings(stand_ins: StandIns) -> Callable[[], None]:
    """Make every task fail for its content: every prompt contains the empty word."""
    words = stand_ins.evolink.behaviour.moderate_words
    words.append("")
    return lambda: words.remove("")


def _evolink_429(stand_ins: StandIns) -> Callable[[], None]:
    error = {"code": "rate_limit_exceeded", "message": "Too many requests", "type": "rate_limit"}
    how = told(429, {"error": error}, **{"Retry-After": "5"})
    return _faults((stand_ins.evolink.faults, Fault("POST", _SUBMIT, **how)))


def _discord_429(stand_ins: StandIns) -> Callable[[], None]:
    return _faults((stand_ins.discord.faults, Fault(path=_API, probability=0.5, **limited(1.5))))


def _discord_5xx(stand_ins: StandIns) -> Callable[[], None]:
    return _faults((stand_ins.discord.faults, Fault(path=_API, probability=0.5, status=503)))


def _lost(stand_ins: StandIns) -> Callable[[], None]:
    stand_ins.discord.gateway.drop()
    return _faults(
        (
            stand_ins.discord.faults,
            Fault(path=_API, probability=0.3, drop=True, apply_then_fail=True),
        ),
        (stand_ins.evolink.faults, Fault(probability=0.3, drop=True, apply_then_fail=True)),
    )


def _dead_token(stand_ins: StandIns) -> Callable[[], None]:
    behaviour = stand_ins.discord.behaviour
    before, behaviour.token_seconds = behaviour.token_seconds, 0.0

    def lift() -> None:
        behaviour.token_seconds = before

    return lift


def _faults(*pairs: tuple[Faults, Fault]) -> Callable[[], None]:
    for faults, fault in pairs:
        faults.add(fault)

    def lift() -> None:
        for faults, fault in pairs:
            faults.remove(fault)

    return lift


#: In the order shown; the page has their names.
TROUBLES: dict[str, Trouble] = {
    "slow": _slow,
    "credits": _no_credits,
    "refused": _refused_drawings,
    "evolink429": _evolink_429,
    "discord429": _discord_429,
    "discord5xx": _discord_5xx,
    "lost": _lost,
    "token": _dead_token,
}
