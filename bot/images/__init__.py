"""What pictures are, and copies of them that fit: Pillow, always off the event loop."""
