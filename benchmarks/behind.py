"""``python -m benchmarks.behind``: g7kg in front of another engine, and that asked directly, over the same data."""

import argparse
import shutil
import sys
import time
from functools import partial
from typing import Final
from urllib.parse import quote, urlsplit

from tests.helpers.engines import prepare_engine, serve_engine

from benchmarks.data import keep_real, make_graph
from benchmarks.load import put_load
from benchmarks.processes import conclude, free_port, make_parser, run, say, serving
from benchmarks.queries import LIGHT, Query, draw_repeated, draw_unseen, read_constants
from g7kg.engine.holdings import UNION

_G7KG: Final = (sys.executable, "-m", "g7kg")
_LIMIT: Final = 900.0
_CLIENTS: Final = 16
_MIXES: Final = {"warming up": draw_unseen, "unseen mix": draw_unseen, "repeated mix": draw_repeated}
_DATASET: Final = f"&default-graph-uri={quote(UNION.value, safe='')}"
_ENGINES: Final = {"virtuoso": _DATASET, "rdf4j": _DATASET, "blazegraph": _DATASET, "fuseki": "", "oxigraph": ""}
"""What a direct query says besides its text: the union, where the default graph is not that of g7kg."""


def main(arguments: list[str]) -> int:
    """Publish, put the same loads on both, print one table."""
    parser = make_parser("benchmarks.behind", main.__doc__, "build/behind")
    parser.add_argument("--engine", choices=_ENGINES, default="virtuoso", help="default: virtuoso")
    parser.add_argument("--size", default="real", help="real, or a number of quads such as 250k (default: real)")
    return conclude(partial(_compare, parser.parse_args(arguments)))


def _compare(options: argparse.Namespace) -> None:
    name, out, store, front = options.engine, options.out, free_port(), free_port()
    graph = make_graph(options.size, keep_real(options.graph, out), out)
    run([*_G7KG, "load", str(graph.path), "--out", str(out / "snapshots")], out / "load.log", _LIMIT)
    shutil.rmtree(out / name, ignore_errors=True)
    (folder := (out / name).resolve()).mkdir()
    snapshot = ["--snapshot", str(out / "snapshots")]
    with serve_engine(name, prepare_engine(name, folder, store), folder, store) as target:
        begin = time.monotonic()
        run([*_G7KG, "publish", "--to", target.store, *snapshot], out / "publish.log", _LIMIT)
        title = f"{name}, {graph.quads:,} quads, published in {time.monotonic() - begin:.0f} s"
        serve = ["serve", "--port", str(front), "--store", target.query, *snapshot, "--log-level", "warning"]
        with serving([*_G7KG, *serve], front, out / "serve.log", _LIMIT):
            say(f"| {title}: answers a second (99 % in ms) | g7kg | directly | ratio |", "|---|---:|---:|---:|")
            for mix, draw in _MIXES.items():
                asked = draw(LIGHT, read_constants(graph.path), mix)
                direct = [Query(query.kind, query.encoded + _ENGINES[name]) for query in asked]
                ours = put_load(front, "/sparql", asked, _CLIENTS, options.seconds)
                theirs = put_load(store, urlsplit(target.query).path, direct, _CLIENTS, options.seconds)
                cells = [f"{load.per_second:,.0f} ({load.p99_ms:.0f}), {load.errors} errors" for load in (ours, theirs)]
                ratio = f"{ours.per_second / theirs.per_second:.2f}" if theirs.answers else "–"
                say(f"| {mix} | {' | '.join([*cells, ratio])} |")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
