"""What knows this bot: its process and settings, its demo, and the pictures of its documents."""
