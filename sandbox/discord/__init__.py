"""A stand-in for Discord: its REST API, its gateway, its CDN and the people who use it."""
