"""Probing, converting and shrinking pictures: Pillow, always off the event loop."""
