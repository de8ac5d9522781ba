"""Settings that shorten every wait."""

#: Every wait is shorter than in reality; nothing else differs.
SHORT_WAITS = {
    "EDIT_SECONDS": "0.2",
    "POLL_FLOOR_SECONDS": "0.1",
    "POLL_CEILING_SECONDS": "0.5",
    "ESTIMATE_SECONDS": "0.4",
    "RETRY_SECONDS": "0.1",
    "PAUSE_SECONDS": "0.5",
    "UNKNOWN_AFTER_SECONDS": "1.5",
    "LEASE_SECONDS": "5",
    "LOG_FORMAT": "json",
}
