"""What front and work share."""
