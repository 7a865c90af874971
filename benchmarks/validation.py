"""The two SHACL engines beside each other: time and peak memory, each in a process of its own.

``python -m benchmarks.validation`` takes the graph and the shapes of the last build, and copies of the graph side by
side (``data.py``); it needs g7kg and the package ``shacl`` in its environment. Reading the files is not counted. The
processor's time tells more than the clock's where other programs run beside it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.data import keep_real, make_graph

ENGINES: Final = ("shacl", "pyshacl")
_HEAD: Final = """\
| graph | triples | engine | findings | s | processor s | peak MiB |
| --- | --: | --- | --: | --: | --: | --: |
"""
_SHAPES: Final = "https://w3id.org/g7kg/graph/shapes"


def main(arguments: Sequence[str]) -> int:
    """Measure as ``arguments`` say, and write a table."""
    options = _parse(arguments)
    if options.measure:
        sys.stdout.write(json.dumps(_measure(*options.measure)))
        return 0
    real = keep_real(options.graph, options.out)
    sys.stdout.write(_HEAD)
    for size in options.sizes.split(","):
        graph = make_graph(size, real, options.out)
        for engine in options.engines.split(","):
            cells = _run(engine, graph.path, options.seconds)
            sys.stdout.write(f"| {size} | {cells} |\n")
            sys.stdout.flush()
    return 0


def _run(engine: str, path: Path, seconds: float) -> str:
    command = [sys.executable, "-m", "benchmarks.validation", "--measure", engine, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=seconds)  # noqa: S603 - our own program
    except subprocess.TimeoutExpired:
        return f" | {engine} | | stopped after {seconds:g} | | "
    result = json.loads(done.stdout)
    times = f"{result['seconds']:.2f} | {result['processor']:.2f}"
    peak = f"{result['peak'] - result['before']:,.0f}"
    return f"{result['triples']:,} | {engine} | {result['findings']:,} | {times} | {peak}"


def _measure(engine: str, path: str) -> dict[str, float]:
    """Return what ``engine`` took for the graph at ``path``: memory in MiB, before and at the peak."""
    import pyoxigraph as ox  # noqa: PLC0415 - only the process that measures needs them

    from g7kg.shacl import validate_quads  # noqa: PLC0415 - likewise

    quads = list(ox.parse(path=path, format=ox.RdfFormat.N_QUADS))
    shapes = [quad for quad in quads if str(quad.graph_name) == f"<{_SHAPES}>"]
    data = [quad for quad in quads if str(quad.graph_name) != f"<{_SHAPES}>"]
    validate_quads([], shapes[:0], engine)
    before, start, begun = _peak(), time.perf_counter(), time.process_time()
    report = validate_quads(data, shapes, engine)
    seconds, processor = time.perf_counter() - start, time.process_time() - begun
    found = {"findings": len(report.findings), "triples": report.quads, "before": before, "peak": _peak()}
    return {"seconds": seconds, "processor": processor, **found}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation", description="Compare the SHACL engines.")
    parser.add_argument("--sizes", default="real,100k", help="graphs: real, 100k, 1m, 5m (default: real,100k)")
    parser.add_argument("--engines", default=",".join(ENGINES), help=f"default: {','.join(ENGINES)}")
    parser.add_argument(
        "--seconds", type=float, default=1200.0, help="after which an engine is stopped (default: 1200)"
    )
    parser.add_argument("--graph", type=Path, default=Path("build/current/g7kg.nq"), help="the real graph")
    parser.add_argument("--out", type=Path, default=Path("build/bench/data"), help="default: build/bench/data")
    parser.add_argument("--measure", nargs=2, metavar=("ENGINE", "FILE"), help="measure in this process, as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
