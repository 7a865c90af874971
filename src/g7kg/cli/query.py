"""``g7kg query``: run a query on the published snapshot."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from g7kg.cli.tables import print_table
from g7kg.errors import Location, QueryError, RequestError, WorkspaceError

if TYPE_CHECKING:
    from pyoxigraph import Literal, NamedNode

    from g7kg.engine.evaluation import Result

_COLUMNAR = ("parquet", "arrow")


@click.command(
    epilog="Example: g7kg query undertakings-on-topic --topic topic:ai-public-sector --format csv",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("source", metavar="FILE|NAME|-")
@click.argument("parameters", nargs=-1, type=click.UNPROCESSED, metavar="[--PARAMETER VALUE]...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["table", "csv", "tsv", "json", "xml", *_COLUMNAR, "ttl", "nt", "jsonld"]),
    help="Default: table for solutions, ttl for graphs; parquet and arrow need the extra g7kg[arrow].",
)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of a snapshot, or one that was published to. Default: the published one.",
)
def query(source: str, parameters: tuple[str, ...], format_name: str | None, snapshot: Path | None) -> None:
    """Run a SPARQL query from a file, from the catalogue by its name, or from standard input (-).

    A query of the catalogue may take parameters, given as options: an IRI, a prefixed name, a date ... The result goes
    to standard output. The store is opened read-only; no server is needed.
    """
    from pyoxigraph import QueryTriples, Store

    from g7kg.engine.evaluation import evaluate
    from g7kg.engine.request import EngineRequest
    from g7kg.mapping.workspace import find_workspace
    from g7kg.snapshot.manifest import find_snapshot, read_manifest

    folder = find_snapshot(snapshot or find_workspace().output)
    read_manifest(folder)
    text, bindings = _read_source(source, _pair(parameters))
    result = evaluate(Store.read_only(str(folder / "store")), EngineRequest(text, None, None, bindings=bindings))
    name = format_name or ("ttl" if isinstance(result, QueryTriples) else "table")
    _write(result, text, name, tuple(bindings))


def _write(result: Result, text: str, name: str, hidden: tuple[str, ...]) -> None:
    """Write ``result`` to standard output in the format ``name``; ``hidden`` columns are left out of tables."""
    from pyoxigraph import QuerySolutions

    from g7kg.engine.evaluation import GRAPHS, write_result
    from g7kg.engine.limits import Limits
    from g7kg.engine.request import EngineRequest
    from g7kg.rdf.solutions import to_arrow_stream, to_csv, to_parquet, to_table

    writers = {"csv": to_csv, "table": to_csv, "parquet": to_parquet, "arrow": to_arrow_stream}
    if isinstance(result, QuerySolutions) and name in writers:
        data = writers[name](to_table(result, hidden))
    else:
        written = "csv" if name in writers else name
        request = EngineRequest(text, None if name in GRAPHS else written, name if name in GRAPHS else None)
        output = io.BytesIO()
        write_result(result, request, Limits(rows=sys.maxsize), output, lambda _name: None)
        data = output.getvalue()
    if name == "table":
        _print_result(data.decode())
    else:
        sys.stdout.buffer.write(data)


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


def _read_source(source: str, values: Mapping[str, str]) -> tuple[str, Mapping[str, NamedNode | Literal]]:
    """Return the text of the query and the terms that its variables are bound to."""
    from g7kg.mapping.workspace import find_workspace
    from g7kg.queries.catalogue import read_queries, suggest

    path = Path(source)
    if source != "-" and not path.is_file():
        catalogue = {query.name: query for query in read_queries(find_workspace().queries)}
        if source not in catalogue:
            message = f"there is no file and no query of the catalogue “{source}”"
            raise WorkspaceError(message, hint=suggest(source, catalogue))
        return catalogue[source].text, catalogue[source].bind(values)
    if values:
        raise RequestError("only a query of the catalogue takes parameters", hint="write values into the query")
    try:
        return (sys.stdin.read() if source == "-" else path.read_text("utf-8")), {}
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"the query cannot be read: {error}", location=Location(source)) from error


def _print_result(text: str) -> None:
    if text in {"true", "false"}:
        click.echo(text)
        return
    header, *rows = csv.reader(io.StringIO(text))
    print_table(header, rows)
