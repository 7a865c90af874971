"""What does not change with the snapshot: the queries of the catalogue, those of the pages, the JSON-LD context."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from g7kg.mapping.workspace import find_workspace
from g7kg.queries.catalogue import CatalogueQuery, read_page_queries, read_queries
from g7kg.queries.warnings import read_vocabulary
from g7kg.rdf.jsonld import Terms, read_terms
from g7kg.snapshot.releases import Release, read_releases


@dataclass(frozen=True)
class Library:
    """The catalogue of queries; the queries of the pages, by name; the JSON-LD context: its file, its terms.

    ``vocabulary`` has the names of the terms of our namespace; ``releases`` are those on record, the newest first.
    """

    queries: tuple[CatalogueQuery, ...]
    selections: Mapping[str, CatalogueQuery]
    context: Path
    terms: Terms
    vocabulary: frozenset[str]
    releases: tuple[Release, ...] = ()


def read_library() -> Library:
    """Return the library of this installation; errors: see ``find_workspace`` and ``read_queries``."""
    workspace = find_workspace()
    context = workspace.ontology / "context.jsonld"
    queries, selections = read_queries(workspace.queries), read_page_queries()
    vocabulary = read_vocabulary(workspace.ontology / "g7.ttl")
    return Library(queries, selections, context, read_terms(context), vocabulary, read_releases(workspace.ontology))
