"""What runs while somebody waits for an answer."""
