"""The accent colours: each has a contrast of at least 3:1 on Discord's dark and light grounds."""

WAITING = 0x80848E
WORKING = 0x5865F2
DONE = 0x23A55A
KEPT = 0xC27C0E
FAILED = 0xDA373C
