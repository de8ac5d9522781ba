"""Evolink over HTTP: client, wire models and file service; each failure becomes one of ours."""
