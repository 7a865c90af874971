"""Room queries."""
