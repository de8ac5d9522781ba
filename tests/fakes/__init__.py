"""A fake with state for each port of ``bot/services/shared/ports.py``; all tests share them."""
