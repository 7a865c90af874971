"""The server: SPARQL protocol, linked data, pages, operations. It never sees YAML mappings, rdflib or pySHACL."""
