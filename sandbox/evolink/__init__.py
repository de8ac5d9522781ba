"""A stand-in for Evolink's image API and file service, as documented; ``server.Evolink`` starts it."""
