"""How things look: domain values → discord.py components. Every text a user can read is here."""
