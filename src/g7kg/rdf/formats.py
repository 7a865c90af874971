"""The formats of RDF, of results, of tables and of pages: one table, by which all of it is read, written and named.

A name is also the usual file extension. Which of them an address offers, and which it prefers, is said there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from pyoxigraph import QueryResultsFormat, RdfFormat

_LABELS: Final = {
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "trig": "TriG",
    "nq": "N-Quads",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "srj": "SPARQL JSON",
    "xlsx": "Excel",
    "excel.csv": "CSV for Excel",
}

Syntax = TypeVar("Syntax", RdfFormat, QueryResultsFormat)


@dataclass(frozen=True)
class Format:
    """A format that can be asked for: by ``name`` in ``?format=`` and as file extension, by ``media_type`` in Accept.

    ``aliases`` are other media types that mean the same; ``names`` are other names that clients give it; ``instead_of``
    is a media type for which it is served where nothing else is acceptable; ``syntax`` is what pyoxigraph reads and
    writes it as.
    """

    name: str
    media_type: str
    aliases: tuple[str, ...] = ()
    syntax: RdfFormat | QueryResultsFormat | None = None
    names: tuple[str, ...] = ()
    instead_of: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS.get(self.name, self.name.upper())

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header: text says its charset."""
        text = self.media_type.startswith("text/")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


HTML: Final = Format("html", "text/html", ("application/xhtml+xml",))

_SRJ: Final = "application/sparql-results+json"
_SRX: Final = "application/sparql-results+xml"
_N3: Final = ("text/n3", "text/rdf+n3", "application/n3")

RESULT_FORMATS: Final = (
    Format("json", _SRJ, ("application/json",), QueryResultsFormat.JSON, ("srj",)),
    Format("xml", _SRX, ("application/xml", "text/xml"), QueryResultsFormat.XML, ("srx",)),
    Format("csv", "text/csv", (), QueryResultsFormat.CSV),
    Format("tsv", "text/tab-separated-values", (), QueryResultsFormat.TSV),
)
"""Formats of solutions and booleans, the preferred first."""

GRAPH_FORMATS: Final = (
    Format("ttl", "text/turtle", ("application/turtle", *_N3), RdfFormat.TURTLE, ("turtle", "n3")),
    Format("jsonld", "application/ld+json", ("application/json",), RdfFormat.JSON_LD, ("json-ld", "json"), _SRJ),
    Format("nt", "application/n-triples", ("text/plain",), RdfFormat.N_TRIPLES, ("ntriples", "n-triples")),
    Format("rdf", "application/rdf+xml", ("application/xml", "text/xml"), RdfFormat.RDF_XML, ("rdf+xml", "xml"), _SRX),
)
"""Formats of graphs, the preferred first."""

DATASET_FORMATS: Final = (
    Format("trig", "application/trig", (), RdfFormat.TRIG),
    Format("nq", "application/n-quads", (), RdfFormat.N_QUADS),
)
"""Formats of named graphs."""

PLAIN_FORMATS: Final = (Format("json", "application/json"), Format("csv", "text/csv"))
"""Formats of plain data, for those who have no RDF library."""

SPREADSHEET_FORMATS: Final = (
    Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    Format("excel.csv", "text/csv"),
)
"""Formats for spreadsheets; the second is CSV with a byte order mark, which Excel needs and others stumble over."""

TABLE_FORMATS: Final = (
    *PLAIN_FORMATS,
    *SPREADSHEET_FORMATS,
    RESULT_FORMATS[3],
    Format("srj", RESULT_FORMATS[0].media_type),
    Format("parquet", "application/vnd.apache.parquet"),
    Format("arrow", "application/vnd.apache.arrow.stream"),
)
"""Formats of tables; the last two need pyarrow."""

RDF_FORMATS: Final = (*GRAPH_FORMATS, *DATASET_FORMATS)
"""Formats that RDF is read from."""


def name_syntaxes(formats: Iterable[Format], kind: type[Syntax]) -> Mapping[str, Syntax]:
    """Return what pyoxigraph calls each of ``formats`` of this ``kind``, by name."""
    return {one.name: one.syntax for one in formats if isinstance(one.syntax, kind)}
