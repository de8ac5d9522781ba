"""Live Discord: commands, buttons and forms, answered within three seconds."""
