"""``g7kg load``: make a snapshot of any RDF files."""

from pathlib import Path

import click

from g7kg.cli.options import FOLDER
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say


@click.command(epilog="Example: g7kg load people.ttl events.nq.gz --out data")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=FOLDER, help="Folder to publish to.")
@click.option("--graph", help="IRI of the graph for files without graphs of their own. Default: the default graph.")
@verbose_option
def load(files: tuple[Path, ...], out: Path, graph: str | None) -> None:
    """Load RDF files into a snapshot that `g7kg serve --snapshot` can serve.

    N-Triples, N-Quads, Turtle, TriG, RDF/XML and JSON-LD are told by their extensions; a further .gz is taken. The
    default graph also holds the triples of every named graph. The data is served as it is: nothing is validated. The
    store keeps values, not spellings: how many it holds in another form is told.
    """
    from pyoxigraph import NamedNode

    from g7kg.build.load import load_snapshot

    try:
        name = NamedNode(graph) if graph else None
    except ValueError as error:
        raise click.BadParameter(f"“{graph}” is no IRI", param_hint="--graph") from error
    changes: list[str] = []
    with show_progress() as progress:
        folder, manifest = load_snapshot(files, out, name, progress, changes.append)
    for change in changes:
        say(change, error=True)
    say(f"published {folder}: {manifest.quads:,} quads, not validated, digest {manifest.digest[:16]}")
