"""The random part of a walk: who asks for what, and which calls meet which fault."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from bot.errors import (
    AccessDenied,
    ChatUnavailable,
    FetchFailed,
    KeyRefused,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    PostUnknown,
    RateLimited,
    Rejected,
    ServerFailed,
)
from tests.simulation.discord import Unanswered
from tests.simulation.evolink import ANY, ShutOut
from tests.simulation.scenario import ANN, BEGINNING, BOB, EVE, Scenario, Typed
from tests.simulation.wire import Fault, Faults

USERS = ANN, BOB, EVE
#: One call in this many meets a fault.
TROUBLE = 12
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000

_LOST = Fault(OutcomeUnknown, took_effect=True)
#: Something in front of Evolink answers with a page: a 403 or 404 has let nothing through, a 429
#: shuts this process out, and the outcome of a 502 is unknown.
_PAGES = [
    Fault(lambda: NotTaken("403")),
    Fault(lambda: ShutOut(30.0)),
    Fault(lambda: ShutOut(900.0)),
]
#: Likewise in front of Discord: any page is an outage, and a 429 lasts so many seconds.
_AWAY = [Fault(ChatUnavailable), Fault(lambda: ChatUnavailable(30.0))]
_UNANSWERED = Fault(Unanswered)
#: The faults that a call may meet.
FAULTS: Mapping[str, Sequence[Fault]] = {
    "answer": [*_AWAY, Fault(ChatUnavailable, took_effect=True)],
    "edit card": [*_AWAY, _UNANSWERED],
    "delete card": [*_AWAY, Fault(ChatUnavailable, took_effect=True)],
    "find card": _AWAY,
    "submit": [
        _LOST,
        Fault(OutcomeUnknown),
        Fault(lambda: NotTaken("503")),
        Fault(lambda: ServerFailed("500")),
        Fault(KeyRefused),
        Fault(OutOfCredits),
        Fault(AccessDenied),
        Fault(RateLimited),
        *_PAGES,
    ],
    "list": _PAGES,
    "look at a message": _AWAY,
    "delete message": [*_AWAY, Fault(ChatUnavailable, took_effect=True)],
    "look into direct messages": _AWAY,
    "tell requester": [*_AWAY, Fault(ChatUnavailable, took_effect=True)],
    "remove image": [*_AWAY, Fault(ChatUnavailable, took_effect=True)],
    "read": [*_PAGES, Fault(lambda: NotTaken("503")), Fault(lambda: Rejected("task_not_found"))],
    "download": [Fault(FetchFailed)],
    "fetch": [Fault(FetchFailed)],
    "upload": [Fault(lambda: ServerFailed("500"))],
    "delete upload": [Fault(lambda: NotTaken("503"))],
    **{
        f"post by {way}": [
            *_AWAY,
            Fault(PostUnknown),
            Fault(PostUnknown, took_effect=True),
        ]
        for way in ("channel", "card", "followup", "direct")
    },
    **{f"find post by {way}": _AWAY for way in ("channel", "card", "followup", "direct")},
    "hand out": [Fault(ChatUnavailable), Fault(ChatUnavailable, took_effect=True)],
}


@dataclass
class Chance(Faults):
    """Random faults, until all calms down."""

    chance: random.Random = field(default_factory=random.Random)
    calm: bool = False
    #: Whether some edits take so long that much else happens meanwhile.
    slow_edits: bool = False
    #: Whether the answers to many edits are lost, and the edits come late.
    loses_edits: bool = False

    @override
    def next(self, call: str) -> Fault | None:
        if (
            self.loses_edits
            and not self.calm
            and call == "edit card"
            and self.chance.random() < 0.4
        ):
            self.met[call] += 1
            return _UNANSWERED
        these = FAULTS.get(call)
        if self.calm or not these or self.chance.randrange(TROUBLE):
            return None
        self.met[call] += 1
        return self.chance.choice(these)

    @override
    def slow(self, call: str) -> int:
        is_slow = self.slow_edits and not self.calm and call == "edit card"
        return self.chance.choice([1, 100, 400]) if is_slow else 1


def scenario_of(seed: int, chance: random.Random, *, several: bool = False) -> Scenario:
    """Return what people type in a walk, and how Discord and Evolink behave.

    ``several``: to several processes, which should meet the same trouble.
    """
    trusted = chance.random() < 0.3
    # For some requests, for a while or until nobody waits any more; for all, for a while.
    refuses = ANY if several and chance.random() < 0.5 else 3
    times = [20 * MINUTE] if refuses == ANY else [20 * MINUTE, 2 * 24 * HOUR]
    refusing = {
        "refuses": refuses,
        "refuses_by": chance.choice([OutOfCredits, AccessDenied, RateLimited]),
        "refuses_until": BEGINNING + chance.choice(times),
    }
    return Scenario(
        name=f"walk {seed}",
        typed=tuple(
            Typed(
                user=chance.choice(USERS),
                count=chance.choice([1, 1, 2, 3]),
                references=chance.choice([0, 0, 1]),
                private=chance.random() < 0.3,
            )
            for _ in range(chance.randrange(1, 15 if several else 10))
        ),
        discord={
            "direct_closed": chance.random() < 0.3,
            "history_hidden": chance.random() < 0.2,
            "token_life": chance.choice([20 * SECOND, 15 * MINUTE]),
        },
        evolink={
            "draws": chance.choice([SECOND, 10 * SECOND, 20 * MINUTE]),
            "short_by": chance.choice([0, 0, 0, 1]),
            "honours_keys": trusted,
            # Downloaded again a moment later, by any process that is free.
            "wrong_links": {0: ("missing", "page")} if several and chance.random() < 0.5 else {},
            **(refusing if chance.random() < (0.6 if several else 0.3) else {}),
        },
        trusted=trusted,
        called_back=chance.random() < (0.8 if several else 0.4),
        quota=chance.choice([2, 5, 20]),
        max_running=chance.choice([1, 2, 20]),
        a_week_later=chance.random() < 0.5,
    )
