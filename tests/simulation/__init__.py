"""The bot's engine between stand-ins that live in the same process, under a clock of our own."""
