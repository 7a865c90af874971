"""The server: SPARQL protocol, linked data, pages, operations. It never sees YAML mappings, rdflib or pySHACL."""

from g7kg.web.app import create_app

__all__ = ["create_app"]
