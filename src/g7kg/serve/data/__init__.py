"""Room serve/data."""
