"""The accent colours, each at 3:1 or more against Discord's grounds (#313338, #1A1A1E, #FFFFFF).

That is what WCAG 2.2 asks of a sign that is no text; the state always stands in words beside it.
"""

WAITING = 0x80848E
WORKING = 0x6D78F5
DONE = 0x23A55A
KEPT = 0xC27C0E
FAILED = 0xE5484D
