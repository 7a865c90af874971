"""``g7kg query``: run a query on the published snapshot."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from g7kg.cli.options import KNOWN_FOLDER
from g7kg.cli.terminal import print_table, say, write_data
from g7kg.errors import Location, QueryError, RequestError, WorkspaceError

if TYPE_CHECKING:
    from g7kg.dataset.dataset import Dataset, Value

_WRITERS = {"csv": "to_csv", "table": "to_csv", "parquet": "to_parquet", "arrow": "to_arrow_stream"}
"""What is written of the solutions as a table, by the function of ``rdf.solutions`` that writes it."""


@click.command(
    epilog="Example: g7kg query undertakings-on-topic --topic topic:ai-public-sector --format csv",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("source", metavar="FILE|NAME|-")
@click.argument("parameters", nargs=-1, type=click.UNPROCESSED, metavar="[--PARAMETER VALUE]...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["table", "csv", "tsv", "json", "xml", "parquet", "arrow", "ttl", "nt", "jsonld"]),
    help="Default: table for solutions, ttl for graphs; parquet and arrow need the extra g7kg[arrow].",
)
@click.option(
    "--snapshot",
    type=KNOWN_FOLDER,
    help="Folder of a snapshot, or one that was published to. Default: the published one.",
)
def query(source: str, parameters: tuple[str, ...], format_name: str | None, snapshot: Path | None) -> None:
    """Run a SPARQL query from a file, from the catalogue by its name, or from standard input (-).

    A query of the catalogue may take parameters, given as options: an IRI, a prefixed
    name or what it is called, a date ... The result goes
    to standard output. The store is opened read-only; no server is needed.
    """
    from g7kg.dataset.dataset import open_dataset
    from g7kg.mapping.workspace import find_workspace

    dataset = open_dataset(snapshot or find_workspace().output)
    text, bindings = _read_source(source, _pair(parameters), dataset)
    _write(*_evaluate(dataset, text, bindings, format_name or "table"), tuple(bindings))


def _evaluate(dataset: Dataset, text: str, bindings: Mapping[str, Value], name: str) -> tuple[str, str, bytes]:
    """Return what is to be written as ``name``: the name of a writer, the format of the answer, and the answer.

    What the query is warned of goes to standard error.
    """
    from g7kg.dataset.warnings import warn_of_query, warn_of_terms
    from g7kg.engine import EngineRequest, read_answer
    from g7kg.engine.evaluation import GRAPHS
    from g7kg.engine.inprocess import complete
    from g7kg.queries.warnings import list_named
    from g7kg.rdf.binding import bind_terms

    tabular = "json" if name in _WRITERS else name
    forms = (None if name in GRAPHS else tabular, name if name in GRAPHS else "ttl" if name == "table" else None)
    asked = EngineRequest(bind_terms(text, bindings), *forms, named=list_named(text))
    answer = complete(dataset.engine.run(asked))
    for warning in (*complete(warn_of_query(dataset, text, answer)), *complete(warn_of_terms(dataset, bindings))):
        say(f"warning: {warning}", error=True)
    return name, answer.format, complete(read_answer(answer, sys.maxsize)) or b""


def _write(name: str, form: str, data: bytes, hidden: tuple[str, ...]) -> None:
    """Write ``data``, an answer in ``form``, to standard output as ``name``; ``hidden`` columns are left out."""
    from g7kg.rdf import solutions

    if form != "json" or name not in _WRITERS:
        write_data(data)
    elif isinstance(found := solutions.read_results(data, hidden), bool):
        say(str(found).lower())
    elif name == "table":
        print_table(found.columns, solutions.to_rows(found))
    else:
        write_data(getattr(solutions, _WRITERS[name])(found))


def _pair(parameters: tuple[str, ...]) -> dict[str, str]:
    """Return the values in ``--name value`` or ``--name=value`` by name; ``RequestError`` if they are neither."""
    values: dict[str, str] = {}
    rest = list(parameters)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if not name.startswith("--") or not (equals or rest):
            raise RequestError(f"“{name}” is no parameter with a value", hint="write --name value")
        values[name.removeprefix("--").replace("-", "_")] = value if equals else rest.pop(0)
    return values


def _read_source(source: str, values: Mapping[str, str], dataset: Dataset) -> tuple[str, Mapping[str, Value]]:
    from g7kg.dataset.parameters import bind_names
    from g7kg.engine.inprocess import complete
    from g7kg.queries.catalogue import MOST_BYTES
    from g7kg.rdf.suggestions import suggest
    from g7kg.texts.files import read_text

    path = Path(source)
    if source != "-" and not path.is_file():
        catalogue = {query.name: query for query in dataset.library.queries}
        if source not in catalogue:
            message = f"there is no file and no query of the catalogue “{source}”"
            itself = "a query itself is read from standard input: g7kg query - < FILE"
            raise WorkspaceError(message, hint=itself if "{" in source else suggest(source, catalogue))
        asked, terms = complete(bind_names(dataset, catalogue[source], values))
        return asked.text, terms
    if values:
        raise RequestError("only a query of the catalogue takes parameters", hint="write values into the query")
    try:
        return (sys.stdin.read() if source == "-" else read_text(path, QueryError, most=MOST_BYTES)), {}
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"the query cannot be read: {error}", location=Location(source)) from error
