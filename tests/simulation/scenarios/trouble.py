"""The database fails just when something was paid for; the clock is set."""

from bot.errors import ChatUnavailable, OutcomeUnknown, OutOfCredits, Rejected
from tests.simulation.scenario import BOB, Scenario, Typed
from tests.simulation.scenarios.parts import CONTRADICTED, HOUR, THREE, taken
from tests.simulation.wire import Fault

TROUBLE = (
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
        faults={"submit": [taken(OutcomeUnknown)]},
        locked={"read": 3},
    ),
    Scenario(name="locked when drawn", locked={"read": 7}),
    Scenario(name="locked when downloaded", locked={"download": 1}),
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
        typed=(Typed(), Typed(user=BOB, references=1)),
        locked={"submit": 7},
        unlucky=True,
    ),
    # The clock is set
    *(
        Scenario(
            name=f"clock set {where} in {call}",
            # Another process may have looked for the card by then, so it isn't sent.
            ends=("cancelled 0",)
            if where.startswith("ahead") and call == "answer"
            else ("delivered 3",),
            typed=(Typed(count=3, references=1),),
            clock_set={call: step},
        )
        for where, step in {
            "back": -HOUR,
            "ahead": HOUR,
            "back a year": -365 * 24 * HOUR,
            "ahead two days": 48 * HOUR,
        }.items()
        for call in ("answer", "upload", "submit", "running", "read", "post by channel")
    ),
    Scenario(
        name="clock set ahead two days once it has failed",
        ends=("failed 0",),
        faults={"submit": [Fault(lambda: Rejected("content_policy_violation"))]},
        clock_set={"failed": 48 * HOUR},
    ),
    Scenario(
        name="clock set back in a pause",
        faults={"submit": [Fault(OutOfCredits)] * 2},
        clock_set={"submit": -365 * 24 * HOUR},
    ),
)
