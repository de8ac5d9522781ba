"""Local stand-ins for Discord and Evolink, as strict as the real ones; they share no code with the bot."""
