"""Local stand-ins for Discord and Evolink, as strict as they are. They share no code with bot/."""
