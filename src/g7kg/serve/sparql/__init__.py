"""Room serve/sparql."""
