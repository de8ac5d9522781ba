"""Callbacks: in time, early, or the only sign of what was paid for."""

from bot.errors import NotTaken, OutcomeUnknown, PostUnknown, Rejected
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios.parts import CONTRADICTED, LONG, THREE, taken
from tests.simulation.wire import Fault

CALLBACKS = (
    Scenario(name="called back", called_back=True),
    Scenario(
        name="called back, the answer lost",
        ends=("delivered 3",),
        typed=THREE,
        called_back=True,
        faults={"submit": [taken(OutcomeUnknown)]},
    ),
    Scenario(
        name="called back when given up",
        ends=("delivered 0",),
        called_back=True,
        faults={"submit": [taken(OutcomeUnknown)]},
        evolink={"draws": LONG},
    ),
    Scenario(
        name="called back when given up, the post's answer lost, history hidden",
        ends=("kept 0",),
        called_back=True,
        discord={"history_hidden": True},
        faults={"submit": [taken(OutcomeUnknown)], "post by channel": [taken(PostUnknown)]},
        evolink={"draws": LONG},
    ),
    *(
        Scenario(
            name=f"called back before {name}",
            ends=("delivered 3",),
            typed=THREE,
            called_back_early=True,
            faults={"submit": [taken(error)]},
        )
        for name, error in CONTRADICTED.items()
    ),
    Scenario(
        name="called back about the first try during the second",
        called_back_early=True,
        faults={
            "submit": [taken(NotTaken), Fault(lambda: Rejected("invalid_parameters"))],
            "read": [Fault(NotTaken)],
        },
    ),
)
