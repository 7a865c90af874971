"""The pages of the documentation that are made: the catalogue of queries, the data dictionary, the verbs.

``python -m tests.helpers.reference`` writes them anew, from a snapshot that it builds; a test tells
when they are out of date.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef

from g7kg.build.snapshot import build_snapshot
from g7kg.build.tables import DICTIONARY
from g7kg.mapping.workspace import find_workspace
from g7kg.queries.catalogue import CatalogueQuery, read_queries
from g7kg.rdf.vocab import BASE, G7, shorten_iri

DOCS = Path(__file__).parents[2] / "docs"
MADE = "<!-- Made by `python -m tests.helpers.reference`; do not edit. -->\n\n"

QUERIES = """\
# The catalogue of queries

One question a file in `queries/`. Each answers at `/queries/NAME` (page, JSON, CSV, Excel, TSV, SPARQL results,
Parquet, Arrow), on the command line with `g7kg query NAME`, and from Python with `kg.query("NAME")`. A parameter
without a default must be given; `language` is that of the labels in the answer, which are English where there is no
other. How to use them: [For data scientists](tutorials/data-scientist.md).

"""

DICTIONARY_PAGE = """\
# Data dictionary

The flat tables of a snapshot, column by column, and every class and property of the ontology. The machine-readable
forms are `/dumps/g7kg-tables.json` (CSV on the Web) and `/ontology`. An empty cell: the graph states no value.

In `/compare/TOPIC.csv` a row whose `change` is “not said again” stands for a document that does not speak of a promise
that an earlier one made: its cells from `statement` to `source` are empty, for there is no statement.

**Language tags.** What is prose or a name has one: `@en` for labels, gists, reasons, definitions and the words of
documents (`g7:hedge`, `g7:dueStated`, `g7:firstWords`), so `"as appropriate"@en` is found and `"as appropriate"` is
not; `FILTER(STR(?hedge) = "as appropriate")` needs none. `rdfs:label` is the one English label; `skos:prefLabel` has
one each in `@en`, `@fr`, `@de`, `@it`, `@ja`. Plain strings, without a tag, are `skos:notation` (the short name of a
concept: `"commit"`, `"delivered"`, `"high"`), `g7:number`, `oa:prefix`, identifiers and digests.

Terms of other vocabularies that occur have their address in place of a definition.

"""

VERBS = """\
# The verbs

What a statement does is a verb of the documents themselves, under one of the five classes of Searle; `speechAct` takes
what stands in the first column. The usual strength is how strongly the verb binds the one who is to act; a statement
that binds otherwise says so, with a reason. Statements of a strong commissive verb express an undertaking; those of a
directive verb have an addressee. `g7kg curate suggest` finds a verb by its name and by what it is also said as. The
table is made from `ontology/schemes/speech-act.ttl`. What else curators write: [Writing a mapping](mappings.md).

"""


def write_verbs() -> str:
    """Return the page of the verbs: a table a class, the verbs in alphabetical order."""
    graph = Graph().parse(find_workspace().ontology / "schemes" / "speech-act.ttl")
    scheme, usual = URIRef(f"{BASE}scheme/speech-act"), URIRef(G7("usualStrength").value)
    sections = []
    for class_ in sorted(graph.objects(scheme, SKOS.hasTopConcept), key=str):
        rows = (
            (
                f"`{graph.value(verb, SKOS.notation)}`",
                str(graph.value(verb, SKOS.definition)),
                str(graph.value(verb, SKOS.example)),
                ", ".join(sorted(map(str, graph.objects(verb, SKOS.altLabel)))),
                str(graph.value(verb, usual)).rpartition("/")[2],
            )
            for verb in sorted(graph.subjects(SKOS.broader, class_), key=str)
        )
        name, definition = graph.value(class_, SKOS.prefLabel), graph.value(class_, SKOS.definition)
        table = to_table(("verb", "what it does", "example", "also said as", "usual strength"), rows)
        sections.append(f"## {str(name).capitalize()}\n\n{definition}\n\n{table}")
    return MADE + VERBS + "\n".join(sections)


def write_queries() -> str:
    """Return the page of the catalogue."""
    queries = read_queries(find_workspace().queries)
    return MADE + QUERIES + to_table(("query", "question", "parameters"), map(describe_query, queries))


def describe_query(query: CatalogueQuery) -> tuple[str, str, str]:
    """Return the row of ``query``."""
    parameters = (
        f"`{parameter.name}`, by default `{parameter.default}`"
        if parameter.default is not None
        else f"`{parameter.name}`, such as `{parameter.example}`"
        for parameter in query.parameters
    )
    return f"`{query.name}`", f"{query.summary} {query.description}", "; ".join(parameters)


def write_dictionary(snapshot: Path) -> str:
    """Return the data dictionary: the tables in the folder ``snapshot`` and the terms of the ontology."""
    return MADE + DICTIONARY_PAGE + "".join([*write_tables(snapshot), *write_terms()])


def write_tables(snapshot: Path) -> Iterator[str]:
    """Yield a section for each flat table."""
    for table in json.loads((snapshot / DICTIONARY).read_text("utf-8"))["tables"]:
        yield f"## `{table['url']}`\n\n{table['dc:title']} {table['dc:description']}\n\n"
        rows = (
            (
                f"`{column['name']}`",
                column["datatype"] + (f", several parted by `{column['separator']}`" if "separator" in column else ""),
                column["dc:description"],
            )
            for column in table["tableSchema"]["columns"]
        )
        yield to_table(("column", "type", "what it holds"), rows) + "\n"


def write_terms() -> Iterator[str]:
    """Yield the section of the classes and that of the properties."""
    ontology = Graph().parse(find_workspace().ontology / "g7.ttl")

    def name(iri: object) -> str:
        return f"`{shorten_iri(str(iri))}`"

    def values(term: URIRef, property_: URIRef) -> str:
        found = ontology.objects(term, property_)
        return ", ".join(sorted(name(value) for value in found if isinstance(value, URIRef)))

    def define(term: URIRef) -> str:
        return str(ontology.value(term, SKOS.definition) or f"<{term}>")

    classes = (
        (name(term), define(term), values(term, RDFS.subClassOf))
        for term in sorted(find_instances(ontology, OWL.Class))
    )
    yield "## Classes\n\n" + to_table(("class", "definition", "kind of"), classes)
    properties = (
        (name(term), define(term), values(term, RDFS.domain), values(term, RDFS.range))
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for term in sorted(find_instances(ontology, kind))
    )
    yield "\n## Properties\n\n" + to_table(("property", "definition", "of", "value"), properties)


def find_instances(ontology: Graph, class_: URIRef) -> Iterator[URIRef]:
    """Yield what ``ontology`` says is a ``class_``."""
    for term in ontology.subjects(RDF.type, class_):
        if isinstance(term, URIRef):
            yield term


def to_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    cells = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in cells)


def main() -> None:
    """Write the pages."""
    with TemporaryDirectory() as folder:
        snapshot = build_snapshot(find_workspace(), Path(folder), None, lambda _step: None)
        (DOCS / "data-dictionary.md").write_text(write_dictionary(snapshot.folder), "utf-8")
    (DOCS / "queries.md").write_text(write_queries(), "utf-8")
    (DOCS / "verbs.md").write_text(write_verbs(), "utf-8")


if __name__ == "__main__":
    main()
