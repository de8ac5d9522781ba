"""Evolink's errors, its links, and keys that it honours."""

from bot.errors import (
    AccessDenied,
    FetchFailed,
    KeyRefused,
    NotTaken,
    OutcomeUnknown,
    OutOfCredits,
    RateLimited,
    Rejected,
    ServerFailed,
)
from tests.simulation.scenario import BEGINNING, BOB, EVE, Press, Scenario, Typed
from tests.simulation.scenarios.parts import HOUR, LONG, THREE, taken
from tests.simulation.wire import Fault

EVOLINK = (
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
        typed=(Typed(count=4), Typed(user=BOB), Typed(user=EVE)),
        evolink={"credits": 3, "poor_until": BEGINNING + 20 * 60_000},
        # Otherwise they would try at once, before the first is refused.
        max_running=1,
    ),
    Scenario(
        name="one refused, others not",
        ends=("delivered 3", "delivered 1", "delivered 1"),
        typed=(Typed(count=3), Typed(user=BOB), Typed(user=EVE)),
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
            "submit": [taken(RateLimited), taken(ServerFailed), taken(NotTaken), taken(RateLimited)]
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
        faults={"submit": [taken(OutcomeUnknown)]},
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
        faults={"submit": [taken(OutcomeUnknown)]},
    ),
    Scenario(
        name="trusted, the answer lost, the file service failing before",
        typed=(Typed(references=1),),
        trusted=True,
        evolink={"honours_keys": True},
        faults={"submit": [taken(OutcomeUnknown)], "upload": [Fault(ServerFailed)]},
    ),
    # Links that come after the drawing counts as done
    Scenario(name="links late", ends=("delivered 3",), typed=THREE, evolink={"links_late": 4_000}),
    Scenario(
        name="links later than anybody waits",
        ends=("delivered 0",),
        called_back=True,
        evolink={"links_late": 3 * LONG + 30 * 60_000},
    ),
)
