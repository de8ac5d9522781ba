"""A Discord bot that draws: the program, without its commands (those are in cogs/)."""

__version__ = "0.1.0"
