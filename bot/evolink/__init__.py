"""The Evolink adapter: client, wire models, file service; every failure becomes one of ours."""
