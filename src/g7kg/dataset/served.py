"""What a server adds to the description of the dataset: what can be fetched here, what is in it, how to ask it.

VoID (https://www.w3.org/TR/void/, sections 2.2, 3 and 4), DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/, sections 6.7
and 6.8), SHACL (prefix declarations and SPARQL executables: https://www.w3.org/TR/shacl/, section 5.2).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import Literal, NamedNode, Triple

from g7kg.dataset.dataset import Dataset
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.templates import render_triples
from g7kg.rdf.vocab import DATASET, DCAT, DCTERMS, LICENCE, PREFIXES, RDF, SKOS, SPDX, VOID, XSD, shorten_iri
from g7kg.snapshot.releases import Release

TABLES: Final = "g7kg-tables.json"
"""The file that says what the columns of the tables mean."""

DUMPS: Final[Mapping[str, tuple[str, str]]] = {
    "g7kg.nq.gz": ("application/n-quads", "The graph as N-Quads, sorted: one line a quad"),
    "g7kg.trig.gz": ("application/trig", "The graph as TriG, with named graphs"),
    "g7kg.ttl.gz": ("text/turtle", "The graph as Turtle, all triples in one graph"),
    "g7kg.jsonld.gz": ("application/ld+json", "The graph as JSON-LD, with named graphs"),
    "g7kg-statements.csv": ("text/csv", "Statements, one a row"),
    "g7kg-statements.parquet": ("application/vnd.apache.parquet", "Statements, columns with types"),
    "g7kg-undertakings.csv": ("text/csv", "Undertakings, one a row"),
    "g7kg-undertakings.parquet": ("application/vnd.apache.parquet", "Undertakings, columns with types"),
    "g7kg-participations.csv": ("text/csv", "Participations, one a row"),
    "g7kg-participations.parquet": ("application/vnd.apache.parquet", "Participations, columns with types"),
    TABLES: ("application/csvm+json", "What the columns of the tables mean (CSV on the Web)"),
}
"""What can be fetched: the media type of each file, of its content if it is compressed, and what it is."""


CLASSES: Final[Mapping[NamedNode, NamedNode]] = {
    DCAT("compressFormat"): DCTERMS("MediaType"),
    DCAT("mediaType"): DCTERMS("MediaType"),
    DCAT("theme"): SKOS("Concept"),
    DCTERMS("accessRights"): DCTERMS("RightsStatement"),
    DCTERMS("accrualPeriodicity"): DCTERMS("Frequency"),
    DCTERMS("conformsTo"): DCTERMS("Standard"),
    DCTERMS("language"): DCTERMS("LinguisticSystem"),
    DCTERMS("license"): DCTERMS("LicenseDocument"),
    DCTERMS("spatial"): DCTERMS("Location"),
    SPDX("algorithm"): SPDX("ChecksumAlgorithm"),
}
"""Of what class the values of a property are, which DCAT-AP (3.0.1) wants to be said with the description."""

THEMES: Final = {
    "GOVE": "Government and public sector",
    "INTR": "International issues",
    "TECH": "Science and technology",
}
"""What the themes of the dataset are called in the EU's table, by the ends of their IRIs."""


@dataclass(frozen=True)
class Dump:
    """A file made with the snapshot: its name, its media type (of the content, if it is compressed), what it is, its
    bytes and their SHA-256.
    """  # noqa: D205 - one sentence

    name: str
    media_type: str
    title: str
    size: int
    digest: str

    @property
    def compressed(self) -> bool:
        """Whether the content is compressed."""
        return self.name.endswith(".gz")

    @property
    def served_as(self) -> str:
        """The media type of the file as it is."""
        return "application/gzip" if self.compressed else self.media_type


def list_dumps(dataset: Dataset) -> list[Dump]:
    """Return the dumps of the snapshot that is served; none of one that was loaded from other people's files.

    Those that were not as written when it was opened are left out.
    """
    files = dataset.manifest.files
    return [
        Dump(name, media_type, title, dataset.sizes[name], files[name])
        for name, (media_type, title) in DUMPS.items()
        if name in dataset.sizes
    ]


def find_release(dataset: Dataset) -> Release | None:
    """Return the release that the snapshot is, if it is one."""
    digest = dataset.manifest.digest
    return next((release for release in dataset.library.releases if release.digest == digest), None)


def list_releases(dataset: Dataset) -> tuple[Release, ...]:
    """Return the releases of the dataset, the newest first; none of one that was loaded from other people's files."""
    return dataset.library.releases if dataset.manifest.validated else ()


def describe_served(dataset: Dataset, address: str) -> list[Triple]:
    """Return what the server at ``address`` (ending in a slash) adds to the description of the dataset.

    The digests and sizes of the dumps stand here only: a dump cannot hold its own.
    """
    return render_triples(
        __package__,
        "served.ttl",
        at=lambda path: NamedNode(address + path),
        endpoint=None if dataset.endpoint is None else NamedNode(urljoin(address, dataset.endpoint)),
        manifest=dataset.manifest,
        licence=NamedNode(LICENCE),
        dumps=list_dumps(dataset),
        here=NamedNode(f"{DATASET.value}/{dataset.manifest.digest}"),
        versions=_list_versions(dataset),
        name=_name,
        prefixes=PREFIXES,
        queries=dataset.library.queries,
    )


def describe_queries(queries: Iterable[CatalogueQuery], endpoint: NamedNode) -> list[Triple]:
    """Return what is said of ``queries`` of the catalogue, which the ``endpoint`` answers."""
    return render_triples(__package__, "queries.ttl", queries=queries, endpoint=endpoint)


def _list_versions(dataset: Dataset) -> list[tuple[NamedNode, str, Release | None, Release | None]]:
    """Return the version that the snapshot is, and the releases: IRI, date, the release before, the release it is."""
    releases = list_releases(dataset)
    versions = [
        (NamedNode(release.iri), release.issued, previous, release)
        for release, previous in zip(releases, (*releases[1:], None), strict=False)
    ]
    if find_release(dataset):
        return [*versions]
    here = NamedNode(f"{DATASET.value}/{dataset.manifest.digest}")
    return [(here, dataset.manifest.modified, releases[0] if releases else None, None), *versions]


def describe_values(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield of what class the values in ``triples`` are that stand elsewhere; of a theme also what it is called."""
    for triple in triples:
        class_, value = CLASSES.get(triple.predicate), triple.object
        if class_ and isinstance(value, NamedNode):
            yield Triple(value, RDF("type"), class_)
            if class_ == SKOS("Concept") and (label := THEMES.get(value.value.rpartition("/")[2])):
                yield Triple(value, SKOS("prefLabel"), Literal(label, language="en"))


def describe_graph(dataset: Dataset, graph: NamedNode) -> Iterator[Triple]:
    """Yield what ``graph``, one of the snapshot that is served, is, and how many triples it has."""
    yield Triple(graph, RDF("type"), VOID("Dataset"))
    yield Triple(graph, VOID("triples"), Literal(str(dataset.manifest.graphs[graph.value]), datatype=XSD("integer")))


def _name(iri: str) -> str:
    """Return what can stand for ``iri`` in a fragment: as people read it, other characters than letters as hyphens."""
    return "".join(character if character.isalnum() else "-" for character in shorten_iri(iri))
