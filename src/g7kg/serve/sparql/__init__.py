"""SPARQL over HTTP: the protocol, the description of the service, whole graphs by their names."""
