"""What the bot does. No Discord, no SQL, no HTTP."""
