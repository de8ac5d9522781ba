"""What people do and what goes wrong, before any process is killed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.quota import DAY
from bot.errors import (
    AccessDenied,
    ChatRefused,
    ChatUnavailable,
    FetchFailed,
    ImagineError,
    KeyRefused,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    PostUnknown,
    RateLimited,
    Rejected,
    ServerFailed,
)
from tests.simulation.wire import Fault

#: When the worlds begin: a noon, later than any file of the tests was really written.
BEGINNING = 25_000 * DAY + DAY // 2


@dataclass(frozen=True, kw_only=True)
class Typed:
    """One ``/imagine``."""

    user: int = 20
    count: int = 1
    references: int = 0
    private: bool = False


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


ONE = (Typed(),)
THREE = (Typed(count=3),)
SECRET = (Typed(count=3, private=True),)
GONE = {"channel_gone": True}
#: Neither the channel, nor the token, nor direct messages.
NO_WAY = {"channel_gone": True, "direct_closed": True, "token_life": 8_000}
#: Longer than an interaction's token lives.
LONG = 20 * 60_000
HOUR = 60 * 60_000


def _lost(error: Callable[[], ImagineError]) -> Fault:
    return Fault(error, took_effect=True)


#: What may be heard of a submission that Evolink has taken and called back about.
CONTRADICTED: Mapping[str, Callable[[], ImagineError]] = {
    "429": RateLimited,
    "402": OutOfCredits,
    "503": NotTaken,
    "500": ServerFailed,
    "400": lambda: Rejected("invalid_parameters"),
    "no answer": OutcomeUnknown,
}


def _late(error: type[ImagineError]) -> Fault:
    """It says no after all was done."""
    return Fault(error, took_effect=True)


SCENARIOS = (
    Scenario(name="text only"),
    Scenario(name="with references", ends=("delivered 2",), typed=(Typed(count=2, references=2),)),
    Scenario(
        name="links dead",
        typed=(Typed(references=1),),
        discord={"links_are_dead": True},
        faults={"refresh": [Fault(ChatUnavailable)]},
    ),
    Scenario(
        name="links dead for good",
        ends=("failed 0",),
        typed=(Typed(references=1),),
        discord={"links_are_dead": True, "links_are_signed": False},
    ),
    Scenario(name="two pages", ends=("delivered 3",), typed=(Typed(count=3),), a_week_later=True),
    Scenario(name="private", ends=("delivered 2",), typed=(Typed(count=2, private=True),)),
    Scenario(
        name="private, two pages", ends=("delivered 3",), typed=(Typed(count=3, private=True),)
    ),
    Scenario(
        name="fewer images than asked", ends=("delivered 2",), typed=THREE, evolink={"short_by": 1}
    ),
    # Stop, at each state
    Scenario(
        name="stopped when queued",
        ends=("cancelled 0",),
        presses=(Press(button="stop", seen="queued"),),
    ),
    Scenario(
        name="stopped when preparing",
        ends=("cancelled 0",),
        typed=(Typed(references=1),),
        presses=(Press(button="stop", during="upload"),),
    ),
    Scenario(
        name="stopped when submitting",
        ends=("kept 1",),
        presses=(Press(button="stop", during="submit"),),
    ),
    Scenario(
        name="stopped when running",
        ends=("kept 3",),
        typed=THREE,
        presses=(Press(button="stop", seen="running"),),
        a_week_later=True,
    ),
    Scenario(
        name="stopped when read", ends=("kept 1",), presses=(Press(button="stop", during="read"),)
    ),
    Scenario(name="stopped when ready", presses=(Press(button="stop", during="download"),)),
    Scenario(name="stopped when posted", presses=(Press(button="stop", during="post by channel"),)),
    Scenario(
        name="stopped when checked",
        ends=("unknown 0",),
        faults={"submit": [Fault(OutcomeUnknown)]},
        presses=(Press(button="stop", seen="submitting"),),
    ),
    # The ladder of delivery
    Scenario(
        name="no way for the second page",
        ends=("kept 3",),
        typed=THREE,
        discord={"token_life": 8_000, "direct_closed": True},
        faults={"post by channel": [None, Fault(lambda: ChatRefused(10003))]},
    ),
    Scenario(name="channel gone", discord=GONE),
    Scenario(name="down for long", down=LONG),
    Scenario(name="private, down for long", typed=(Typed(private=True),), down=LONG),
    Scenario(
        name="no way, kept and fetched",
        ends=("kept 2",),
        typed=(Typed(count=2),),
        discord=NO_WAY,
        presses=(Press(button="fetch", seen="kept"),),
        a_week_later=True,
    ),
    Scenario(
        name="no way, kept and expired",
        ends=("kept 1",),
        discord=NO_WAY,
        a_week_later=True,
    ),
    Scenario(name="the post's answer lost", faults={"post by channel": [_lost(PostUnknown)]}),
    Scenario(
        name="the second page's answer lost",
        ends=("delivered 3",),
        typed=(Typed(count=3),),
        faults={"post by channel": [Fault(ChatUnavailable), _lost(PostUnknown)]},
    ),
    Scenario(name="the post lost", faults={"post by channel": [Fault(PostUnknown)]}),
    Scenario(
        name="the post's answer lost, history hidden",
        ends=("kept 1",),
        discord={"history_hidden": True},
        faults={"post by channel": [_lost(PostUnknown)]},
        a_week_later=True,
    ),
    Scenario(
        name="discord failing",
        faults={
            "post by channel": [Fault(ChatUnavailable)] * 2,
            "edit card": [Fault(ChatUnavailable)],
            "delete card": [Fault(ChatUnavailable)] * 2,
        },
    ),
    Scenario(
        name="the card's answer lost", faults={"answer": [Fault(ChatUnavailable, took_effect=True)]}
    ),
    Scenario(
        name="the card lost", ends=("cancelled 0",), faults={"answer": [Fault(ChatUnavailable)]}
    ),
    # Whoever is frozen meanwhile learns only later that it is there.
    Scenario(name="the card out of sight", discord={"history_hidden": True, "token_life": 20_000}),
    Scenario(
        name="answered elsewhere", ends=("cancelled 0",), discord={"answered_elsewhere": True}
    ),
    # Posted for everybody
    Scenario(
        name="published",
        ends=("delivered 3",),
        typed=SECRET,
        presses=(Press(button="publish", seen="delivered"),),
    ),
    Scenario(
        name="published, answers lost",
        ends=("delivered 3",),
        typed=SECRET,
        presses=(Press(button="publish", seen="delivered"),),
        faults={
            "post by channel": [_lost(PostUnknown), Fault(PostUnknown), Fault(ChatUnavailable)]
        },
    ),
    Scenario(
        name="published and deleted at once",
        ends=("delivered 3",),
        typed=SECRET,
        presses=(
            Press(button="publish", seen="delivered"),
            Press(button="delete", during="post by channel"),
        ),
    ),
    Scenario(
        name="published, withdrawn while discord is failing",
        ends=("delivered 3",),
        typed=SECRET,
        presses=(
            Press(button="publish", seen="delivered"),
            Press(button="delete", during="find post by channel"),
        ),
        faults={"post by channel": [_lost(PostUnknown), Fault(ChatUnavailable)]},
    ),
    # What was surely not posted is not looked for where nobody can look.
    Scenario(
        name="not posted at first, history hidden",
        discord={"history_hidden": True},
        faults={"post by channel": [Fault(ChatUnavailable)]},
    ),
    Scenario(
        name="deleted, two pages",
        ends=("delivered 3",),
        typed=THREE,
        presses=(Press(button="delete", seen="delivered", once=True),),
    ),
    # Evolink's errors
    Scenario(
        name="refused",
        ends=("failed 0",),
        faults={"submit": [Fault(lambda: Rejected("invalid_parameters"))]},
    ),
    Scenario(name="out of credits", faults={"submit": [Fault(OutOfCredits)] * 2}),
    Scenario(
        name="credits for fewer images",
        ends=("delivered 4", "delivered 1", "delivered 1"),
        typed=(Typed(count=4), Typed(user=21), Typed(user=22)),
        evolink={"credits": 3, "poor_until": BEGINNING + 20 * 60_000},
        # They would try at once, and before the first is refused.
        max_running=1,
    ),
    Scenario(
        name="one refused, others not",
        ends=("delivered 3", "delivered 1", "delivered 1"),
        typed=(Typed(count=3), Typed(user=21), Typed(user=22)),
        evolink={
            "refuses": 3,
            "refuses_by": AccessDenied,
            "refuses_until": BEGINNING + 20 * 60_000,
        },
        max_running=1,
    ),
    Scenario(
        name="taken, whatever it says, and asked again under the same key",
        evolink={"honours_keys": True},
        faults={
            "submit": [_late(RateLimited), _late(ServerFailed), _late(NotTaken), _late(RateLimited)]
        },
    ),
    Scenario(
        name="the account's other troubles",
        faults={"submit": [Fault(KeyRefused), Fault(AccessDenied), Fault(RateLimited)]},
    ),
    Scenario(
        name="evolink down", faults={"submit": [Fault(NotTaken)] * 2, "read": [Fault(NotTaken)]}
    ),
    Scenario(
        name="failing thrice", ends=("failed 0",), faults={"submit": [Fault(ServerFailed)] * 3}
    ),
    Scenario(
        name="the submission's answer lost",
        ends=("unknown 0",),
        faults={"submit": [_lost(OutcomeUnknown)]},
    ),
    Scenario(
        name="the submission lost", ends=("unknown 0",), faults={"submit": [Fault(OutcomeUnknown)]}
    ),
    Scenario(
        name="drawing failed", ends=("failed 0",), evolink={"failure": "content_policy_violation"}
    ),
    Scenario(name="results gone", ends=("failed 0",), evolink={"lost": frozenset({0})}),
    Scenario(
        name="links wrong at first",
        ends=("delivered 3",),
        typed=THREE,
        evolink={"wrong_links": {0: ["page", "half"], 1: ["empty"], 2: ["missing"]}},
    ),
    Scenario(
        name="one link wrong for minutes",
        ends=("delivered 3",),
        typed=THREE,
        evolink={"wrong_links": {1: ["missing", "page", "half"] * 4}},
    ),
    Scenario(
        name="one link dead",
        ends=("delivered 2",),
        typed=THREE,
        evolink={"lost": frozenset({0})},
    ),
    Scenario(
        name="one link dead, nobody waits",
        ends=("kept 2",),
        typed=THREE,
        presses=(Press(button="stop", seen="running"),),
        evolink={"lost": frozenset({2})},
    ),
    Scenario(
        name="one link wrong for minutes, nobody waits",
        ends=("kept 3",),
        typed=THREE,
        presses=(Press(button="stop", seen="running"),),
        evolink={"wrong_links": {1: ["missing", "page", "half"] * 4}},
    ),
    Scenario(
        name="transfers failing",
        ends=("delivered 2",),
        typed=(Typed(count=2, references=1),),
        faults={
            "fetch": [Fault(FetchFailed)],
            "upload": [Fault(ServerFailed)],
            "download": [Fault(FetchFailed)],
        },
    ),
    *(
        Scenario(
            name=f"asked to wait for ten hours at {call}",
            faults={call: [Fault(lambda: RateLimited("slow down", 36_000.0))]},
            within=2 * HOUR,
        )
        for call in ("submit", "read")
    ),
    # Trusted keys
    Scenario(name="trusted", trusted=True, evolink={"honours_keys": True}),
    Scenario(
        name="trusted, the answer lost",
        typed=(Typed(references=1),),
        trusted=True,
        evolink={"honours_keys": True},
        faults={"submit": [_lost(OutcomeUnknown)]},
    ),
    Scenario(
        name="trusted, the answer lost, the file service failing before",
        typed=(Typed(references=1),),
        trusted=True,
        evolink={"honours_keys": True},
        faults={"submit": [_lost(OutcomeUnknown)], "upload": [Fault(ServerFailed)]},
    ),
    # Callbacks
    Scenario(name="called back", called_back=True),
    Scenario(
        name="called back, the answer lost",
        ends=("delivered 3",),
        typed=THREE,
        called_back=True,
        faults={"submit": [_lost(OutcomeUnknown)]},
    ),
    Scenario(
        name="called back when given up",
        ends=("delivered 0",),
        called_back=True,
        faults={"submit": [_lost(OutcomeUnknown)]},
        evolink={"draws": LONG},
    ),
    Scenario(
        name="called back when given up, the post's answer lost, history hidden",
        ends=("kept 0",),
        called_back=True,
        discord={"history_hidden": True},
        faults={"submit": [_lost(OutcomeUnknown)], "post by channel": [_lost(PostUnknown)]},
        evolink={"draws": LONG},
    ),
    *(
        Scenario(
            name=f"called back before {name}",
            ends=("delivered 3",),
            typed=THREE,
            called_back_early=True,
            faults={"submit": [_lost(error)]},
        )
        for name, error in CONTRADICTED.items()
    ),
    Scenario(
        name="called back about the first try during the second",
        called_back_early=True,
        faults={
            "submit": [_lost(NotTaken), Fault(lambda: Rejected("invalid_parameters"))],
            "read": [Fault(NotTaken)],
        },
    ),
    # Links that come later than the word that it is done
    Scenario(name="links late", ends=("delivered 3",), typed=THREE, evolink={"links_late": 4_000}),
    Scenario(
        name="links later than anybody waits",
        ends=("delivered 0",),
        called_back=True,
        evolink={"links_late": 3 * LONG + 30 * 60_000},
    ),
    # The database is locked, or the disk full, just when something was paid for
    Scenario(name="locked when shown", locked={"answer": 1}),
    Scenario(
        name="locked when refused by Discord",
        ends=("cancelled 0",),
        locked={"answer": 1},
        faults={"answer": [Fault(ChatUnavailable)]},
    ),
    Scenario(name="locked when taken", ends=("delivered 3",), typed=THREE, locked={"submit": 7}),
    *(
        Scenario(
            name=f"locked when the answer is {name}",
            ends=("failed 0",) if name == "400" else ("delivered 3",),
            typed=THREE,
            locked={"submit": 7},
            faults={"submit": [Fault(error)]},
        )
        for name, error in CONTRADICTED.items()
        if name != "no answer"
    ),
    Scenario(
        name="locked when called back",
        ends=("delivered 3",),
        typed=THREE,
        called_back=True,
        faults={"submit": [_lost(OutcomeUnknown)]},
        locked={"read": 3},
    ),
    Scenario(name="locked when drawn", locked={"read": 7}),
    Scenario(
        name="locked when posted, history hidden",
        ends=("delivered 3",),
        typed=THREE,
        discord={"history_hidden": True},
        locked={"post by channel": 7},
    ),
    Scenario(
        name="locked when taken, two users",
        ends=("delivered 1", "delivered 1"),
        typed=(Typed(), Typed(user=21, references=1)),
        locked={"submit": 7},
        unlucky=True,
    ),
    # The clock is set
    *(
        Scenario(
            name=f"clock set {where} in {call}",
            ends=("delivered 3",),
            typed=(Typed(count=3, references=1),),
            clock_set={call: step},
        )
        for where, step in {"back": -HOUR, "ahead": HOUR, "back a year": -365 * 24 * HOUR}.items()
        for call in ("answer", "upload", "submit", "running", "read", "post by channel")
    ),
    Scenario(
        name="clock set back in a pause",
        faults={"submit": [Fault(OutOfCredits)] * 2},
        clock_set={"submit": -365 * 24 * HOUR},
    ),
    # Several at once
    Scenario(
        name="two users, one place",
        ends=("delivered 1", "delivered 1"),
        typed=(Typed(), Typed(user=21)),
        max_running=1,
    ),
    Scenario(
        name="one user, quota for one",
        ends=("delivered 2",),
        typed=(Typed(count=2), Typed(count=2)),
        quota=3,
    ),
    Scenario(
        name="two users, a cap for one",
        ends=("delivered 2",),
        typed=(Typed(count=2), Typed(count=2, user=21)),
        cap=3,
    ),
    # Another process goes on
    Scenario(name="another instance", typed=(Typed(references=1),), elsewhere=True),
)
