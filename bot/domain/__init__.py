"""The rules of the bot as values and pure functions: no I/O, no clock, no Discord."""
