"""Measures the bot from outside, side by side with the least that a bot can cost (`make bench`)."""
