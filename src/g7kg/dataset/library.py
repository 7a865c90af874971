"""What does not change with the snapshot, and a snapshot opened by the process that asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from g7kg.dataset.dataset import Dataset
from g7kg.engine.inprocess import InProcess
from g7kg.mapping.workspace import find_workspace
from g7kg.queries.catalogue import CatalogueQuery, read_page_queries, read_queries
from g7kg.queries.vocabulary import read_vocabulary
from g7kg.rdf.jsonld import Terms, read_terms
from g7kg.search.searcher import Searcher
from g7kg.snapshot.manifest import STORE, find_snapshot, read_manifest
from g7kg.snapshot.releases import Release, read_releases

_SECONDS: Final = 60.0


def open_dataset(source: Path) -> Dataset:
    """Return the dataset of the snapshot in the folder ``source``, or of the one that was published to it last.

    Raises ``WorkspaceError`` if there is none.
    """
    folder = find_snapshot(source)
    manifest = read_manifest(folder)
    engine, searcher = InProcess(folder / STORE), Searcher(folder, _SECONDS)
    return Dataset(folder, manifest, read_library(), engine, searcher, kept=True)


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
