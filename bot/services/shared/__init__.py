"""What front and work both stand on."""
