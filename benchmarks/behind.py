"""``python -m benchmarks.behind``: g7kg in front of Virtuoso, and Virtuoso asked directly, over the same data."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

from benchmarks.data import keep_real, make_graph
from benchmarks.load import put_load
from benchmarks.processes import HOST, conclude, find_program, free_port, make_parser, run, say, serving
from benchmarks.queries import LIGHT, Query, draw_repeated, draw_unseen, read_constants
from benchmarks.virtuoso import write_virtuoso
from g7kg.engine.holdings import UNION

_G7KG: Final = (sys.executable, "-m", "g7kg")
_LIMIT: Final = 900.0
_CLIENTS: Final = 16
_MIXES: Final = {"warming up": draw_unseen, "unseen mix": draw_unseen, "repeated mix": draw_repeated}
_WRITER: Final = {"G7KG_STORE_USER": "dba", "G7KG_STORE_PASSWORD": "dba"}
_DATASET: Final = f"&default-graph-uri={quote(UNION.value, safe='')}"


def main(arguments: list[str]) -> int:
    """Publish, put the same loads on both, print one table."""
    parser = make_parser("benchmarks.behind", main.__doc__, "build/behind")
    parser.add_argument("--size", default="real", help="real, or a number of quads such as 250k (default: real)")
    options = parser.parse_args(arguments)
    return conclude(partial(_compare, options.size, options.graph, options.out, options.seconds))


def _compare(size: str, real: Path, out: Path, seconds: int) -> None:
    out.mkdir(parents=True, exist_ok=True)
    graph = make_graph(size, keep_real(real, out), out)
    run([*_G7KG, "load", str(graph.path), "--out", str(out / "snapshots")], out / "load.log", _LIMIT)
    store, front = free_port(), free_port()
    program = find_program("virtuoso-t", "virtuoso-opensource-7-bin")
    address = f"http://{HOST}:{store}"
    os.environ.update(_WRITER)
    snapshot = ["--snapshot", str(out / "snapshots")]
    publish = ["publish", "--to", f"{address}/sparql-graph-crud-auth", *snapshot, "--replace", "--break-lock"]
    serve = ["serve", "--port", str(front), "--store", f"{address}/sparql", *snapshot, "--log-level", "warning"]
    with serving(write_virtuoso(program, store, out), store, out / "virtuoso.out", _LIMIT):
        run([*_G7KG, *publish], out / "publish.log", _LIMIT)
        with serving([*_G7KG, *serve], front, out / "serve.log", _LIMIT):
            title = f"{graph.quads:,} quads: answers a second (99 % in ms)"
            say(f"| {title} | g7kg | Virtuoso | ratio |", "|---|---:|---:|---:|")
            for name, draw in _MIXES.items():
                _measure(name, draw(LIGHT, read_constants(graph.path), name), (front, store), seconds)


def _measure(name: str, queries: Sequence[Query], ports: tuple[int, int], seconds: int) -> None:
    direct = [Query(query.kind, query.encoded + _DATASET) for query in queries]
    pairs = zip(ports, (queries, direct), strict=True)
    ours, theirs = (put_load(port, "/sparql", asked, _CLIENTS, seconds) for port, asked in pairs)
    cells = [f"{load.per_second:,.0f} ({load.p99_ms:.0f}), {load.errors} errors" for load in (ours, theirs)]
    say(f"| {name} | {' | '.join(cells)} | {ours.per_second / theirs.per_second:.2f} |")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
