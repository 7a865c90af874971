"""One snapshot, asked: queries, descriptions and searches, whatever engine is behind."""
