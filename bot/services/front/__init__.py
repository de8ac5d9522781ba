"""What happens while somebody waits for an answer."""
