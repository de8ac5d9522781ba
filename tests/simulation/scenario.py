"""What people do and what goes wrong, before any process is killed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.ids import UserId
from bot.domain.window import DAY
from tests.simulation.wire import Fault

#: When the worlds begin: a noon, later than any file of the tests was really written.
BEGINNING = 25_000 * DAY + DAY // 2


ANN, BOB, EVE = UserId(20), UserId(21), UserId(22)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """One ``/imagine``."""

    user: UserId = ANN
    count: int = 1
    references: int = 0
    private: bool = False
    #: A message that mentions the bot asks instead.
    mention: bool = False


@dataclass(frozen=True, kw_only=True)
class Press:
    """A button that the requester of the first task presses, once."""

    button: str
    #: The state in which the task is seen, between two rounds of the worker.
    seen: str | None = None
    #: The call that is under way just then.
    during: str | None = None
    #: Whether it is never pressed again, not even by who sees "This interaction failed".
    once: bool = False


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What happens. Everything that is typed is typed at once, at the beginning."""

    name: str
    #: How each task ends and what is charged for it, where nobody is killed.
    ends: Sequence[str] = ("delivered 1",)
    typed: Sequence[Typed] = (Typed(),)
    presses: Sequence[Press] = ()
    #: What becomes of the first such calls; ``None``: nothing of note.
    faults: Mapping[str, Sequence[Fault | None]] = field(
        default_factory=dict[str, Sequence[Fault | None]]
    )
    #: Fields of ``tests.simulation.discord.Discord`` and ``tests.simulation.evolink.Account``.
    discord: Mapping[str, object] = field(default_factory=dict[str, object])
    evolink: Mapping[str, object] = field(default_factory=dict[str, object])
    trusted: bool = False
    #: While the answer to such a call is under way, the database fails for so many writes.
    locked: Mapping[str, int] = field(default_factory=dict[str, int])
    #: During the first such call, or when the first task is seen in such a state, somebody sets the
    #: clock by so many milliseconds.
    clock_set: Mapping[str, int] = field(default_factory=dict[str, int])
    #: Only the writes of that step do: others have better luck.
    unlucky: bool = False
    #: Evolink calls back.
    called_back: bool = False
    #: It does so while its answer to the submission is still under way.
    called_back_early: bool = False
    quota: int = 20
    #: Images a day, of everybody; 0: no cap.
    cap: int = 0
    max_running: int = 20
    #: Milliseconds between a death and the next start.
    down: int = 1_000
    #: The next start is another instance: nothing is seized, leases have to run out.
    elsewhere: bool = False
    #: Once all is at rest, a week passes.
    a_week_later: bool = False
    #: Milliseconds within which each task has ended, where nobody is killed; 0: nobody looks.
    within: int = 0
