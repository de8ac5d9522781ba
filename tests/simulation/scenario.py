"""What people do and what goes wrong, before any process is killed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.ids import UserId
from bot.domain.window import DAY
from tests.simulation.wire import Fault

#: When the worlds begin: a noon, later than the tests' files were really written.
BEGINNING = 25_000 * DAY + DAY // 2


ANN, BOB, EVE = UserId(20), UserId(21), UserId(22)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """One ``/imagine``."""

    user: UserId = ANN
    count: int = 1
    references: int = 0
    private: bool = False
    #: It is asked for by a message that mentions the bot.
    mention: bool = False


@dataclass(frozen=True, kw_only=True)
class Press:
    """A button that the requester of the first task presses, once."""

    button: str
    #: The state in which the task is seen, between two rounds of the worker.
    seen: str | None = None
    #: The call that is under way just then.
    during: str | None = None
    #: Whether it is never pressed again, even after "This interaction failed".
    once: bool = False


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What happens. Everything is typed at once, at the beginning."""

    name: str
    #: How each task ends, and its charge, if nobody is killed.
    ends: Sequence[str] = ("delivered 1",)
    typed: Sequence[Typed] = (Typed(),)
    presses: Sequence[Press] = ()
    #: What happens to the first calls of this kind; ``None``: nothing special.
    faults: Mapping[str, Sequence[Fault | None]] = field(
        default_factory=dict[str, Sequence[Fault | None]]
    )
    #: Fields of ``tests.simulation.discord.Discord`` and ``tests.simulation.evolink.Account``.
    discord: Mapping[str, object] = field(default_factory=dict[str, object])
    evolink: Mapping[str, object] = field(default_factory=dict[str, object])
    trusted: bool = False
    #: While the answer to this call is on its way, so many writes to the database fail.
    locked: Mapping[str, int] = field(default_factory=dict[str, int])
    #: During the first such call, or when the first task is seen in such a state, somebody sets the
    #: clock by so many milliseconds.
    clock_set: Mapping[str, int] = field(default_factory=dict[str, int])
    #: Only that step's writes fail; others succeed.
    unlucky: bool = False
    #: Evolink calls back.
    called_back: bool = False
    #: It calls back before its answer to the submission has arrived.
    called_back_early: bool = False
    quota: int = 20
    #: Images a day for everybody together; 0: no cap.
    cap: int = 0
    max_running: int = 20
    #: Milliseconds between a death and the next start.
    down: int = 1_000
    #: Another instance starts next: it takes nothing over, so leases have to expire.
    elsewhere: bool = False
    #: Once everything is at rest, a week passes.
    a_week_later: bool = False
    #: Milliseconds within which each task must end, if nobody is killed; 0: not checked.
    within: int = 0
