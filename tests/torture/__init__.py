"""Killing the bot again and again, and the audit of what became of its promises."""
