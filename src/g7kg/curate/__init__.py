"""Room curate."""
