"""Live interactions: commands, buttons and forms, acknowledged within three seconds."""
