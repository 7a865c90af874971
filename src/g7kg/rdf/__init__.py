"""Room rdf."""
