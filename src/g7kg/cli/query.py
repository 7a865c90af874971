"""``g7kg query``: run a query on the published snapshot."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import click

from g7kg.cli.tables import print_table
from g7kg.errors import Location, QueryError, WorkspaceError


@click.command(epilog="Example: g7kg query undertakings --format csv")
@click.argument("source", metavar="FILE|NAME|-")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["table", "csv", "tsv", "json", "xml", "ttl", "nt", "jsonld"]),
    help="Default: table for solutions, ttl for graphs.",
)
@click.option("--snapshot", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of a snapshot.")
def query(source: str, format_name: str | None, snapshot: Path | None) -> None:
    """Run a SPARQL query from a file, from the catalogue by its name, or from standard input (-).

    The result goes to standard output. The store is opened read-only; no server is needed.
    """
    from pyoxigraph import QueryTriples, Store

    from g7kg.engine.evaluation import GRAPHS, evaluate, write_result
    from g7kg.engine.limits import Limits
    from g7kg.engine.request import EngineRequest
    from g7kg.manifest import read_manifest
    from g7kg.workspace import find_workspace

    folder = snapshot or find_workspace().output / "current"
    read_manifest(folder)
    text = _read_source(source)
    result = evaluate(Store.read_only(str(folder / "store")), EngineRequest(text, None, None))
    name = format_name or ("ttl" if isinstance(result, QueryTriples) else "table")
    written = "csv" if name == "table" else name
    request = EngineRequest(text, None if name in GRAPHS else written, name if name in GRAPHS else None)
    output = io.BytesIO()
    write_result(result, request, Limits(rows=sys.maxsize), output, lambda _name: None)
    if name == "table":
        _print_result(output.getvalue().decode())
    else:
        sys.stdout.buffer.write(output.getvalue())


def _read_source(source: str) -> str:
    from g7kg.queries import read_queries
    from g7kg.workspace import find_workspace

    if source == "-":
        return sys.stdin.read()
    path = Path(source)
    if path.is_file():
        try:
            return path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise QueryError(f"the query cannot be read: {error}", location=Location(source)) from error
    catalogue = {query.name: query.text for query in read_queries(find_workspace().queries)}
    if source not in catalogue:
        hint = "the catalogue has: " + ", ".join(catalogue)
        raise WorkspaceError(f"there is no file and no query of the catalogue “{source}”", hint=hint)
    return catalogue[source]


def _print_result(text: str) -> None:
    if text in {"true", "false"}:
        click.echo(text)
        return
    header, *rows = csv.reader(io.StringIO(text))
    print_table(header, rows)
