"""Local stand-ins for Discord and Evolink, as strict as the real ones. They share no code with bot/."""
