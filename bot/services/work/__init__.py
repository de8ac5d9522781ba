"""The life of a task after it was accepted."""
