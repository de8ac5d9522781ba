"""The sandbox in the browser: people, channels and the bot, as a page on this machine."""
