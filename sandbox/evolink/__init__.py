"""A stand-in for Evolink's image API and file service, as documented: see ``server.Evolink``."""
