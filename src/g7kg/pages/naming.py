"""What people call resources: labels in place of identifiers, “Verona and Trento, March 2024, Annex 4, paragraph 3”."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, Row
from g7kg.pages.named import name_part
from g7kg.pages.sources import Source, read_sources

MOST: Final = 2000
"""How many resources are named at once; a page with more shows the identifiers of the rest."""


async def name_resources(dataset: Dataset, iris: Iterable[str]) -> Mapping[str, str]:
    """Return what people call those of ``iris`` that the graph has a label of.

    A part or a statement of a document is called by its place, all else by its label.
    """
    wanted = list(read_iris(iris))[:MOST]
    if not wanted:
        return {}
    found = (await dataset.select_each("names-of-resources", {"resource": wanted})).rows
    sources = await find_sources(dataset, {row["document"] for row in found if "document" in row})
    return {row["resource"]: _name(row, sources) for row in sorted(found, key=lambda row: row["label"], reverse=True)}


def read_iris(iris: Iterable[str]) -> Iterator[NamedNode]:
    """Yield each of ``iris`` once as a term, but what is none."""
    for iri in dict.fromkeys(iris):
        with suppress(ValueError):  # what is no IRI has no name
            yield NamedNode(iri)


def _name(row: Row, sources: Mapping[str, Source]) -> str:
    """Return the place of a part that has a number, or of its statement; the label of all else."""
    source = sources.get(row.get("document", ""))
    path = row["part"].removeprefix(row["document"] + "/") if source else ""
    return f"{source.known_as}, {name_part(path)}" if source and name_part(path) != path else row["label"]


async def find_sources(dataset: Dataset, documents: Iterable[str]) -> Mapping[str, Source]:
    """Return those of ``documents`` that are declarations or catalogues, by IRI, with the days of their adoption."""
    wanted = [NamedNode(iri) for iri in sorted(documents)]
    if not wanted:
        return {}
    return dict(read_sources((await dataset.select_each("names-of-documents", {"document": wanted})).rows))
