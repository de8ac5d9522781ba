"""What users type and press: read input, call a service, show a card."""
