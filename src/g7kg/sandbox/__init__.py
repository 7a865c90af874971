"""Other people's RDF: read within bounds, checked against shapes, in a process of its own."""
