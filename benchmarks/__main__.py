"""``python -m benchmarks``: measure, and write the results into a folder."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cells import Results
from benchmarks.chart import draw_chart
from benchmarks.comparison import SERVERS, Comparison, Job
from benchmarks.data import parse_size
from benchmarks.environment import enter_environment
from benchmarks.failures import BenchmarkError
from benchmarks.measure import Plan
from benchmarks.report import describe_targets, write_report
from benchmarks.servers import Setting


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark as ``arguments`` say; return the status of the program."""
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that servers are stopped then, too
    try:
        enter_environment(options.out / "venv", arguments)
        _compare(options)
    except BenchmarkError as error:
        sys.stderr.write(f"error: {error}\n  {error.hint}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted; what was measured is in {options.out}\n")
        return 130
    return 0


def _compare(options: argparse.Namespace) -> None:
    setting = Setting(options.python, options.workers, options.out / "downloads", options.small)
    plan = Plan(options.seconds, options.clients, _say)
    job = Job(options.servers, options.sizes, options.repeat, options.seed, options.graph, options.out)
    comparison = Comparison(job, setting, plan, lambda results: _save(results, options.out))
    chosen = ("seconds", "repeat", "workers", "seed")
    comparison.results.settings = {name: str(getattr(options, name) or "default") for name in chosen}
    comparison.run()
    _save(comparison.results, options.out)
    _say("\n".join(["", *describe_targets(comparison.results), "", f"results in {options.out}"]))


def _save(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    results.write(folder / "results.json")
    (folder / "results.md").write_text(write_report(results), encoding="utf-8")
    (folder / "chart.svg").write_text(draw_chart(results), encoding="utf-8")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    names = [server.name for server in SERVERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare g7kg with other servers.")
    parser.add_argument("--sizes", type=_sizes, default=("real", "1m"), help="graphs: real, 1m, 10m (default: real,1m)")
    parser.add_argument("--servers", type=_names, default=tuple(names), help=f"default: {','.join(names)}")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long a cell is measured (default: 5)")
    parser.add_argument("--clients", type=_numbers, default=(1, 16), help="default: 1,16")
    parser.add_argument("--repeat", type=int, default=1, help="repetitions; medians are reported (default: 1)")
    parser.add_argument("--workers", type=int, help="worker processes of g7kg (default: its own)")
    parser.add_argument(
        "--small", type=int, default=100_000, help="quads up to which rdflib is asked (default: 100000)"
    )
    parser.add_argument("--seed", type=int, default=7, help="another seed, other constants (default: 7)")
    parser.add_argument("--graph", type=Path, default=Path("build/current/g7kg.nq"), help="the real graph")
    parser.add_argument("--python", default=sys.executable, help="the Python that has g7kg (default: this one)")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="default: build/bench")
    return parser.parse_args(arguments)


def _names(text: str) -> tuple[str, ...]:
    known = {server.name for server in SERVERS}
    names = tuple(text.split(","))
    if unknown := set(names) - known:
        raise argparse.ArgumentTypeError(f"no server is named {', '.join(unknown)}; there are {', '.join(known)}")
    return names


def _sizes(text: str) -> tuple[str, ...]:
    for size in (sizes := tuple(text.split(","))):
        try:
            parse_size(size)
        except BenchmarkError as error:
            raise argparse.ArgumentTypeError(f"{error}; {error.hint}") from error
    return sizes


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
