"""Requests, stops at each state, and several at once."""

from bot.errors import ChatRefused, ChatUnavailable, OutcomeUnknown, PostUnknown
from tests.simulation.scenario import BOB, Press, Scenario, Typed
from tests.simulation.scenarios.parts import THREE
from tests.simulation.wire import Fault

DRAWING = (
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
    # A message asks
    Scenario(
        name="mentioned", ends=("delivered 3",), typed=(Typed(count=3, references=1, mention=True),)
    ),
    Scenario(
        name="mentioned, no way to post but directly",
        typed=(Typed(mention=True),),
        faults={"post by channel": [Fault(ChatRefused)]},
    ),
    Scenario(
        name="mentioned, the reply is lost",
        ends=("delivered 1",),
        typed=(Typed(mention=True),),
        faults={"reply card": [Fault(PostUnknown, took_effect=True)]},
    ),
    Scenario(
        name="mentioned, no reply at first",
        ends=("delivered 1",),
        typed=(Typed(mention=True),),
        faults={"reply card": [Fault(PostUnknown)]},
    ),
    Scenario(
        name="mentioned, no reply",
        ends=("cancelled 0",),
        typed=(Typed(mention=True),),
        faults={"reply card": [Fault(PostUnknown), Fault(ChatRefused)]},
    ),
    Scenario(
        name="mentioned, the reply is lost, then stopped",
        ends=("cancelled 0",),
        typed=(Typed(mention=True),),
        presses=(Press(button="stop", seen="queued"),),
        faults={"reply card": [Fault(PostUnknown, took_effect=True)]},
    ),
    Scenario(
        name="mentioned, then stopped",
        ends=("kept 1",),
        typed=(Typed(mention=True),),
        presses=(Press(button="stop", seen="running"),),
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
    Scenario(
        name="unknown, the operator's channel failing",
        ends=("unknown 0",),
        faults={
            "submit": [Fault(OutcomeUnknown)],
            "tell operator": [Fault(ChatUnavailable)] * 2,
        },
    ),
    # Several at once
    Scenario(
        name="two users, one place",
        ends=("delivered 1", "delivered 1"),
        typed=(Typed(), Typed(user=BOB)),
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
        typed=(Typed(count=2), Typed(count=2, user=BOB)),
        cap=3,
    ),
    # Another process goes on
    Scenario(name="another instance", typed=(Typed(references=1),), elsewhere=True),
)
