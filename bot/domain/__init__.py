"""What a task is: values and pure functions. No I/O, no Discord."""
