"""Mapping files to frozen, located values: a strict reader for the part of YAML-LD that the project uses."""

from g7kg.mapping.context import CONTEXT_IRI, Context, Term, read_context
from g7kg.mapping.reader import MappingFile, read_mapping, read_mapping_file
from g7kg.mapping.records import Entry, Record, walk_records
from g7kg.mapping.references import check_identifiers, dangling_reference, list_references, repeated_identifier
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
    "dangling_reference",
    "list_references",
    "read_context",
    "read_mapping",
    "read_mapping_file",
    "repeated_identifier",
    "walk_records",
]
