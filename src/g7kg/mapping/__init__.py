"""Mapping files to frozen, located values: a strict reader for the part of YAML-LD that the project uses."""

from g7kg.mapping.context import CONTEXT_IRI, Context, Term, read_context
from g7kg.mapping.reader import MappingFile, read_mapping, read_mappings
from g7kg.mapping.records import Entry, Record, index_locations, walk_records
from g7kg.mapping.references import check_identifiers, check_references
from g7kg.mapping.values import TODO

__all__ = [
    "CONTEXT_IRI",
    "TODO",
    "Context",
    "Entry",
    "MappingFile",
    "Record",
    "Term",
    "check_identifiers",
    "check_references",
    "index_locations",
    "read_context",
    "read_mapping",
    "read_mappings",
    "walk_records",
]
