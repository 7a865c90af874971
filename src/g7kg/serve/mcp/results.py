"""What the tools answer. The descriptions of the fields are the schemas that assistants read."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from g7kg.serve.mcp.paging import Row

Total = Annotated[int, Field(description="How many there are in all, shown here or not.")]
NextOffset = Annotated[
    int | None, Field(description="If not null, the result was CUT: call again with this offset to get what follows.")
]


class Result(BaseModel):
    """A value that a tool answers."""

    model_config = ConfigDict(frozen=True)


class Count(Result):
    """A class, a document or a property, and how often it occurs."""

    iri: str
    name: Annotated[str, Field(description="What the tools take for it: a prefixed name, or a document's slug.")]
    label: str | None
    count: int


class Hit(Result):
    """A resource that was found."""

    iri: str
    label: str
    snippet: Annotated[str, Field(description="Where the words stand, if not in the label.")]
    class_name: Annotated[str | None, Field(description="Its class, as a prefixed name.")]
    document: Annotated[str | None, Field(description="The slug of the document that it belongs to.")]


class Found(Result):
    """The results of a search."""

    total: Total
    hits: list[Hit]
    next_offset: NextOffset
    classes: Annotated[list[Count], Field(description="Results by class (with any class): values for class_name.")]
    documents: Annotated[list[Count], Field(description="Results by document (with any): values for document.")]
    searched: Annotated[str, Field(description="What was looked for: misspelt words are corrected.")]
    lacking: Annotated[int, Field(description="How many of the things that it names the results lack.")]


class Value(Result):
    """A value of a property."""

    value: Annotated[str, Field(description="An IRI in full, or text; a text that was cut says so at its end.")]
    label: Annotated[str | None, Field(description="The label of the resource that the IRI stands for.")] = None
    datatype: Annotated[str | None, Field(description="The datatype, if it is not plain text.")] = None
    language: str | None = None

    @model_serializer(mode="wrap")
    def leave_out_null(self, serialize: SerializerFunctionWrapHandler) -> dict[str, str]:
        """Return the value without the fields that say nothing: a description has many of them."""
        return {name: value for name, value in serialize(self).items() if value is not None}


class Values(Result):
    """The values of one property."""

    property: Annotated[str, Field(description="A prefixed name, as SPARQL takes it.")]
    values: list[Value]


class Link(Result):
    """A resource that points to the one described."""

    subject: str
    label: str | None
    property: str


class Description(Result):
    """What the graph says of a resource."""

    iri: str
    label: str | None
    classes: list[str]
    properties: list[Values]
    values_cut: Annotated[bool, Field(description="True: it has more values; run_query triples-of-resource has all.")]
    words_at: Annotated[
        list[str],
        Field(description="Of a statement: addresses at which the official publication opens at its very words."),
    ]
    links_by_property: Annotated[list[Count], Field(description="How many resources point to it, by property.")]
    links: list[Link]
    next_links: Annotated[
        str | None, Field(description="If not null, the links were CUT: call again with links_after set to this.")
    ]


class QueryParameter(Result):
    """What a query of the catalogue asks for."""

    name: str
    takes: Annotated[str, Field(description="Such as: an IRI (or a prefixed name), an xsd:date.")]
    default: Annotated[str | None, Field(description="Null: it must be given.")]
    example: str


class QueryEntry(Result):
    """A query of the catalogue."""

    name: str
    summary: str
    description: str
    tags: list[str]
    parameters: list[QueryParameter]
    columns: Annotated[dict[str, str], Field(description="What is in the columns, where that is not plain.")]
    sparql: Annotated[str | None, Field(description="Its text, if with_sparql was true.")] = None


class Catalogue(Result):
    """Queries of the catalogue."""

    total: Total
    queries: list[QueryEntry]
    next_offset: NextOffset


class QueryRows(Result):
    """The rows of a query of the catalogue."""

    query: str
    columns: list[str]
    rows: list[Row]
    total: Total
    next_offset: NextOffset
    warnings: Annotated[list[str], Field(description="Values that were given and that the graph does not know.")] = []


class SparqlResult(Result):
    """The result of a query in SPARQL: rows of a SELECT, the answer to an ASK, or the triples of a CONSTRUCT."""

    kind: Literal["rows", "boolean", "triples"]
    columns: list[str] = []
    rows: list[Row] = []
    boolean: bool | None = None
    turtle: Annotated[str | None, Field(description="The triples, in Turtle.")] = None
    total: Annotated[int, Field(description="Rows or triples in all, shown here or not.")] = 0
    next_offset: NextOffset = None
    warnings: Annotated[list[str], Field(description="Terms and IRIs that the query names and that do not exist.")] = []


class Finding(Result):
    """One finding of a validation."""

    severity: Literal["violation", "warning", "info"]
    requirement: str
    message: Annotated[str, Field(description="What is wrong, and the repair.")]
    focus_node: str
    path: str | None
    value: str | None
    line: int | None


class Verdict(Result):
    """What validation found."""

    conforms: Annotated[bool, Field(description="True only if there is no finding of any severity.")]
    counts: dict[str, int]
    triples: int
    focus_nodes: Annotated[int | None, Field(description="How many nodes were checked; null: not known.")]
    checking_shapes: Annotated[int | None, Field(description="How many shapes checked them.")]
    warnings: Annotated[list[str], Field(description="What was NOT checked or read: a green result may mean nothing.")]
    total: Total
    findings: list[Finding]
    next_offset: NextOffset
