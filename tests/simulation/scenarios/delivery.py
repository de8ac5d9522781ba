"""Ways to post, and what becomes of posts and cards."""

from bot.errors import ChatRefused, ChatUnavailable, OutcomeUnknown, PostUnknown, Rejected
from tests.simulation.discord import Unanswered
from tests.simulation.scenario import Press, Scenario, Typed
from tests.simulation.scenarios.parts import LONG, THREE, taken
from tests.simulation.wire import Fault

SECRET = (Typed(count=3, private=True),)
GONE = {"channel_gone": True}
#: No channel, no token, no direct messages.
NO_WAY = {"channel_gone": True, "direct_closed": True, "token_life": 8_000}

DELIVERY = (
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
    Scenario(
        name="refused, and no card can be edited for an hour",
        ends=("failed 0",),
        faults={
            "submit": [Fault(lambda: Rejected("content_policy_violation"))],
            "edit card": [Fault(ChatUnavailable)] * 80,
        },
    ),
    Scenario(name="the post's answer lost", faults={"post by channel": [taken(PostUnknown)]}),
    Scenario(
        name="the second page's answer lost",
        ends=("delivered 3",),
        typed=(Typed(count=3),),
        faults={"post by channel": [Fault(ChatUnavailable), taken(PostUnknown)]},
    ),
    Scenario(name="the post lost", faults={"post by channel": [Fault(PostUnknown)]}),
    Scenario(
        name="the post's answer lost, history hidden",
        ends=("kept 1",),
        discord={"history_hidden": True},
        faults={"post by channel": [taken(PostUnknown)]},
        a_week_later=True,
    ),
    Scenario(
        name="discord failing, history hidden",
        discord={"history_hidden": True},
        faults={"post by channel": [Fault(ChatUnavailable)]},
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
        name="edits come late",
        typed=(Typed(private=True),),
        faults={"edit card": [Fault(Unanswered)] * 3},
    ),
    Scenario(
        name="the card's answer lost", faults={"answer": [Fault(ChatUnavailable, took_effect=True)]}
    ),
    Scenario(
        name="the card lost", ends=("cancelled 0",), faults={"answer": [Fault(ChatUnavailable)]}
    ),
    # A process that was frozen learns only later that the card is there.
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
            "post by channel": [taken(PostUnknown), Fault(PostUnknown), Fault(ChatUnavailable)]
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
        faults={"post by channel": [taken(PostUnknown), Fault(ChatUnavailable)]},
    ),
    # What surely wasn't posted isn't looked for, if nobody can look.
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
    Scenario(
        name="removed by a moderator, with a strike",
        ends=("delivered 3",),
        typed=THREE,
        presses=(Press(button="moderate", seen="delivered"),),
    ),
    Scenario(
        name="removed by a moderator, where the bot may delete nothing",
        presses=(Press(button="moderate", seen="delivered"),),
        faults={"delete message": [Fault(lambda: ChatRefused(50013))]},
    ),
    Scenario(
        name="one image deleted",
        ends=("delivered 3",),
        typed=THREE,
        presses=(Press(button="remove", seen="delivered"),),
    ),
    Scenario(
        name="one image deleted before its task is closed",
        ends=("delivered 3",),
        typed=THREE,
        presses=(Press(button="remove", seen="delivered"),),
        faults={
            "delete card": [Fault(ChatUnavailable)] * 2,
            "remove image": [Fault(ChatUnavailable), Fault(ChatUnavailable, took_effect=True)],
        },
    ),
    Scenario(
        name="one image deleted while it is published",
        ends=("delivered 3",),
        typed=SECRET,
        presses=(
            Press(button="publish", seen="delivered"),
            Press(button="remove", during="post by channel"),
        ),
    ),
    # Forgotten at their requester's wish
    Scenario(
        name="forgotten",
        ends=("delivered 3", "delivered 1"),
        typed=(Typed(count=3), Typed(references=1)),
        presses=(Press(button="erase", seen="delivered"),),
    ),
    Scenario(
        name="forgotten with its posts, discord failing",
        ends=("delivered 3",),
        typed=THREE,
        presses=(Press(button="erase with posts", seen="delivered"),),
        faults={
            "delete message": [Fault(ChatUnavailable), Fault(ChatUnavailable, took_effect=True)]
        },
    ),
    Scenario(
        name="forgotten with its card, not drawn",
        ends=("failed 0",),
        presses=(Press(button="erase with posts", seen="failed"),),
        evolink={"failure": "content_policy_violation"},
    ),
    Scenario(
        name="forgotten, published before",
        ends=("delivered 3",),
        typed=SECRET,
        presses=(
            Press(button="publish", seen="delivered"),
            Press(button="erase with posts", seen="delivered"),
        ),
    ),
    Scenario(
        name="forgotten, called back later",
        ends=("unknown 0",),
        presses=(Press(button="erase", seen="unknown"),),
        called_back=True,
        faults={"submit": [taken(OutcomeUnknown)]},
        evolink={"draws": LONG},
    ),
)
