"""The accent colours, with a contrast of at least 3:1 to Discord's backgrounds.

Those are #313338, #1A1A1E and #FFFFFF. WCAG 2.2 (1.4.11) requires 3:1 of graphics; the state is
always written out as well.
"""

from bot.domain.state import State

WAITING = 0x80848E
WORKING = 0x6D78F5
DONE = 0x23A55A
KEPT = 0xC27C0E
FAILED = 0xE5484D
#: For messages that are not about one task: lists, settings, the tray.
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
    """Return the colour of a task in this state."""
    return _OF.get(state, WORKING)
