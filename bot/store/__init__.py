"""The database adapter: the only SQL. Times are epoch milliseconds, UTC, given by the caller."""
