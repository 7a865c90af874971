"""What a server adds to the description of the dataset: what can be fetched here, what is in it, how to ask it.

VoID (https://www.w3.org/TR/void/, sections 2.2, 3 and 4), DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/, sections 6.7
and 6.8), SHACL (prefix declarations and SPARQL executables: https://www.w3.org/TR/shacl/, section 5.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import Literal, NamedNode, Triple

from g7kg.dataset.dataset import Dataset
from g7kg.queries.catalogue import CatalogueQuery
from g7kg.rdf.vocab import (
    DATASET,
    DCAT,
    DCTERMS,
    LICENCE,
    PREFIXES,
    PROV,
    RDF,
    RDFS,
    SH,
    SKOS,
    SPDX,
    VOID,
    XSD,
    shorten_iri,
)
from g7kg.snapshot.releases import Release

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
    "g7kg-tables.json": ("application/csvm+json", "What the columns of the tables mean (CSV on the Web)"),
}
"""What can be fetched: the media type of each file, of its content if it is compressed, and what it is."""

_GZIP: Final = NamedNode("https://www.iana.org/assignments/media-types/application/gzip")
_NOTES: Final = NamedNode("http://www.w3.org/ns/adms#versionNotes")
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"


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


def describe_served(dataset: Dataset, address: str) -> Iterator[Triple]:
    """Yield what the server at ``address`` (ending in a slash) adds to the description of the dataset.

    The digests and sizes of the dumps stand here only: a dump cannot hold its own.
    """
    endpoint = None if dataset.endpoint is None else NamedNode(urljoin(address, dataset.endpoint))
    if endpoint is not None:
        yield Triple(DATASET, VOID("sparqlEndpoint"), endpoint)
    yield Triple(DATASET, VOID("openSearchDescription"), NamedNode(f"{address}opensearch.xml"))
    yield Triple(DATASET, VOID("triples"), _number(dataset.manifest.default))
    yield Triple(DATASET, DCTERMS("identifier"), Literal(dataset.manifest.digest))
    for dump in list_dumps(dataset):
        yield from _describe_dump(dump, f"{address}dataset/{dataset.manifest.digest}/{dump.name}", address)
    if endpoint is not None:
        yield from _describe_service(endpoint, address)
    yield from _describe_versions(dataset)
    yield from _describe_partitions(dataset)
    for prefix, space in PREFIXES.items():
        declaration = _part(f"prefix-{prefix}")
        yield Triple(DATASET, SH("declare"), declaration)
        yield Triple(declaration, SH("prefix"), Literal(prefix))
        yield Triple(declaration, SH("namespace"), Literal(space, datatype=XSD("anyURI")))
    for query in dataset.library.queries:
        yield Triple(DATASET, DCTERMS("hasPart"), _part(f"query-{query.name}"))
        yield from describe_query(query, endpoint)


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
    yield Triple(graph, VOID("triples"), _number(dataset.manifest.graphs[graph.value]))


def _describe_service(endpoint: NamedNode, address: str) -> Iterator[Triple]:
    service = _part("endpoint")
    yield Triple(service, RDF("type"), DCAT("DataService"))
    yield Triple(service, DCTERMS("title"), Literal("The SPARQL endpoint", language="en"))
    yield Triple(service, DCAT("endpointURL"), endpoint)
    yield Triple(service, DCAT("endpointDescription"), NamedNode(f"{address}openapi.json"))
    yield Triple(service, DCTERMS("conformsTo"), NamedNode("https://www.w3.org/TR/sparql11-protocol/"))
    yield Triple(service, DCTERMS("license"), NamedNode(LICENCE))
    yield Triple(service, DCAT("servesDataset"), DATASET)


def _describe_versions(dataset: Dataset) -> Iterator[Triple]:
    """Yield the version that the snapshot is, and the releases (DCAT 3, section 11)."""
    releases = list_releases(dataset)
    here = NamedNode(f"{DATASET.value}/{dataset.manifest.digest}")
    yield Triple(DATASET, DCAT("hasCurrentVersion"), here)
    if not find_release(dataset):
        yield from _describe_version(here, dataset.manifest.modified, releases[0] if releases else None)
    for release, previous in zip(releases, (*releases[1:], None), strict=False):
        version = NamedNode(release.iri)
        yield from _describe_version(version, release.issued, previous)
        yield Triple(version, DCAT("version"), Literal(release.version))
        if release.notes:
            yield Triple(version, _NOTES, Literal(release.notes, language="en"))


def _describe_version(version: NamedNode, date: str, previous: Release | None) -> Iterator[Triple]:
    title = f"g7kg: what the G7 digital ministers declared, as of {date}"
    yield Triple(DATASET, DCAT("hasVersion"), version)
    yield Triple(version, RDF("type"), DCAT("Dataset"))
    yield Triple(version, DCAT("isVersionOf"), DATASET)
    yield Triple(version, DCTERMS("title"), Literal(title, language="en"))
    yield Triple(version, DCTERMS("description"), Literal(f"One version of {DATASET.value}.", language="en"))
    yield Triple(version, DCTERMS("license"), NamedNode(LICENCE))
    yield Triple(version, DCTERMS("issued"), Literal(date, datatype=XSD("date")))
    if previous:
        yield Triple(version, DCAT("previousVersion"), NamedNode(previous.iri))
        yield Triple(version, PROV("wasRevisionOf"), NamedNode(previous.iri))


def _describe_dump(dump: Dump, url: str, address: str) -> Iterator[Triple]:
    distribution, checksum = _part(f"dump-{dump.name}"), _part(f"checksum-{dump.name}")
    if dump.compressed:
        yield Triple(DATASET, VOID("dataDump"), NamedNode(url))
        yield Triple(distribution, DCAT("compressFormat"), _GZIP)
    yield Triple(DATASET, DCAT("distribution"), distribution)
    yield Triple(distribution, RDF("type"), DCAT("Distribution"))
    yield Triple(distribution, DCTERMS("title"), Literal(dump.title, language="en"))
    yield Triple(distribution, DCAT("accessURL"), NamedNode(f"{address}dataset"))
    yield Triple(distribution, DCAT("downloadURL"), NamedNode(url))
    yield Triple(distribution, DCTERMS("license"), NamedNode(LICENCE))
    yield Triple(distribution, DCAT("mediaType"), NamedNode(_MEDIA_TYPES + dump.media_type))
    yield Triple(distribution, DCAT("byteSize"), Literal(str(dump.size), datatype=XSD("nonNegativeInteger")))
    yield Triple(distribution, SPDX("checksum"), checksum)
    yield Triple(checksum, RDF("type"), SPDX("Checksum"))
    yield Triple(checksum, SPDX("algorithm"), SPDX("checksumAlgorithm_sha256"))
    yield Triple(checksum, SPDX("checksumValue"), Literal(dump.digest, datatype=XSD("hexBinary")))


def _describe_partitions(dataset: Dataset) -> Iterator[Triple]:
    manifest = dataset.manifest
    yield Triple(DATASET, VOID("classes"), _number(len(manifest.classes)))
    yield Triple(DATASET, VOID("properties"), _number(len(manifest.properties)))
    for iri, count in manifest.classes.items():
        part = _part(f"class-{_name(iri)}")
        yield Triple(DATASET, VOID("classPartition"), part)
        yield Triple(part, VOID("class"), NamedNode(iri))
        yield Triple(part, VOID("entities"), _number(count))
    for iri, count in manifest.properties.items():
        part = _part(f"property-{_name(iri)}")
        yield Triple(DATASET, VOID("propertyPartition"), part)
        yield Triple(part, VOID("property"), NamedNode(iri))
        yield Triple(part, VOID("triples"), _number(count))


def describe_query(query: CatalogueQuery, endpoint: NamedNode | None) -> Iterator[Triple]:
    """Yield what is said of a query of the catalogue, which the ``endpoint`` answers if there is one."""
    example = _part(f"query-{query.name}")
    yield Triple(example, RDF("type"), SH("SPARQLExecutable"))
    yield Triple(example, RDF("type"), SH("SPARQLSelectExecutable"))
    yield Triple(example, RDFS("label"), Literal(query.summary, language="en"))
    yield Triple(example, RDFS("comment"), Literal(query.description, language="en"))
    yield Triple(example, SH("select"), Literal(query.text))
    if endpoint is not None:
        yield Triple(example, NamedNode("https://schema.org/target"), endpoint)
    for tag in query.tags:
        yield Triple(example, NamedNode("https://schema.org/keywords"), Literal(tag, language="en"))


def _part(name: str) -> NamedNode:
    """Return the IRI of a part of the description."""
    return NamedNode(f"{DATASET.value}#{name}")


def _name(iri: str) -> str:
    """Return what can stand for ``iri`` in a fragment: as people read it, other characters than letters as hyphens."""
    return "".join(character if character.isalnum() else "-" for character in shorten_iri(iri))


def _number(count: int) -> Literal:
    return Literal(str(count), datatype=XSD("integer"))
