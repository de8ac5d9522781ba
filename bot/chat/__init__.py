"""The Discord adapter. It works from stored ids and tokens, never from live objects."""
