"""The Discord adapter: from stored ids and tokens, never from live objects."""
