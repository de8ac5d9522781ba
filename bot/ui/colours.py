"""The accent colours, each at 3:1 or more against Discord's grounds (#313338, #1A1A1E, #FFFFFF).

That is what WCAG 2.2 asks of a sign that is no text; the state always stands in words beside it.
"""

from bot.domain.state import State

WAITING = 0x80848E
WORKING = 0x6D78F5
DONE = 0x23A55A
KEPT = 0xC27C0E
FAILED = 0xE5484D
#: Of what shows no task: lists, settings, the tray.
PANEL = WORKING

_OF = {
    State.QUEUED: WAITING,
    State.CANCELLED: WAITING,
    State.DELIVERED: DONE,
    State.KEPT: KEPT,
    State.UNKNOWN: KEPT,
    State.FAILED: FAILED,
}


def colour_of(state: State) -> int:
    """Return the colour of a task, wherever it is shown."""
    return _OF.get(state, WORKING)
