"""Growth with the number of declarations: measured on a few, and its table and chart on made-up numbers."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from benchmarks.growth import QUERIES, Place, changed_gist, main, measure
from benchmarks.growth_report import GROUPS, PEAK, QUADS, WHOLE, Rows, draw_chart, write_table
from benchmarks.processes import NotAvailable, find_program
from benchmarks.queries import LIGHT, draw_repeated, draw_unseen, read_constants

from g7kg.build.snapshot import Snapshot

pytestmark = pytest.mark.integration

SVG = "{http://www.w3.org/2000/svg}"
MEASURED: dict[int, Rows] = {
    10: {QUADS: 1000, "reading, s": 2.0, "validating, s": 2.0, WHOLE: 4.0, PEAK: 100.0, "a query, ms": "9 (504)"},
    100: {QUADS: 10_000, "reading, s": 20.0, "validating, s": 110.0, WHOLE: 130.0, PEAK: 1000.0},
    1000: {"first build": "failed in “validating”"},
}
TABLE = f"""\
| declarations | 10 | 100 | 1,000 |
|---|---:|---:|---:|
| quads | 1,000 | 10,000 | – |
| reading, s | 2 | 20 (1.00) | – |
| validating, s | 2 | 110 (5.50) | – |
| all, s | 4 | 130 (3.25) | – |
| {PEAK} | 100 | 1,000 | – |
| a query, ms | 9 (504) | – | – |
| first build | – | – | failed in “validating” |
"""


@pytest.fixture
def _wrk() -> None:
    try:
        find_program("wrk", "wrk")
    except NotAvailable as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("_wrk")
def test_two_declarations_are_measured_and_the_results_written(tmp_path: Path) -> None:
    pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")
    assert main(["--sizes", "2", "--seconds", "1", "--jobs", "1", "--out", str(tmp_path)]) == 0
    rows = json.loads((tmp_path / "results.json").read_text("utf-8"))["2"]
    assert {*GROUPS, WHOLE, "server ready, s", "again, one gist changed, s"} <= rows.keys()
    assert sum(rows[title] for title in GROUPS) == pytest.approx(rows[WHOLE])
    assert rows["again, nothing changed, s"] < rows[WHOLE]
    assert all(isinstance(rows[f"/queries/{name}, ms"], float) for name in QUERIES)
    assert rows["light queries, clients: 8, answers a second"] > 1
    assert rows[QUADS] > 14_000
    assert len(list((tmp_path / "2" / "output" / "snapshots").iterdir())) == 1
    assert "| quads | " in (tmp_path / "results.md").read_text("utf-8")
    assert ET.fromstring((tmp_path / "chart.svg").read_text("utf-8")).tag == f"{SVG}svg"


def test_a_build_that_fails_is_told_and_ends_the_measurement(tmp_path: Path) -> None:
    place = Place(tmp_path, 2, "no-such-engine", 1, 1, 1)
    first, *rest = measure(place)
    assert first.keys() == {"YAML, MiB"}
    (failed,) = rest
    assert failed.keys() == {"first build"}
    assert "no-such-engine" in str(failed["first build"])
    assert not place.output.exists()


def test_a_changed_gist_is_as_before_afterwards(tmp_path: Path) -> None:
    mapping = tmp_path / "a.yaml"
    text = '    gist: Longer words than those.\n    gist: "Short: so."\n    other: x\n'
    mapping.write_text(text, "utf-8")
    with changed_gist(mapping):
        assert mapping.read_text("utf-8") == text.replace("Short: so.", "Short: so. Anew")
    assert mapping.read_text("utf-8") == text


def test_the_table_tells_what_grew_more_than_the_quads() -> None:
    assert write_table(MEASURED) == TABLE


def test_the_chart_draws_groups_the_whole_and_memory_each_beside_linear_growth() -> None:
    seconds, memory = draw_chart(MEASURED).axes
    drawn = {line.get_label(): np.array(line.get_xydata()).tolist() for line in seconds.lines}
    assert drawn == {
        "reading": [[10, 2], [100, 20]],
        "validating": [[10, 2], [100, 110]],
        "all": [[10, 4], [100, 130]],
        "linear growth": [[10, 13], [100, 130]],
    }
    assert [np.array(line.get_xydata()).tolist() for line in memory.lines] == [[[10, 100], [100, 1000]]] * 2


@pytest.mark.parametrize(("sizes", "lines"), [((), 0), ((10,), 4)])
def test_a_chart_of_nothing_and_one_of_a_single_point_can_be_drawn(
    sizes: tuple[int, ...], lines: int, tmp_path: Path
) -> None:
    chart = draw_chart({size: MEASURED[size] for size in sizes})
    chart.savefig(tmp_path / "chart.svg")
    assert len(chart.axes[0].lines) == lines


def test_queries_are_drawn_from_the_graph_the_same_by_the_same_seed(snapshot: Snapshot) -> None:
    constants = read_constants(snapshot.folder / "g7kg.nq")
    assert all(constants.values())
    unseen, again, other = (draw_unseen(LIGHT, constants, seed, 50) for seed in ("a", "a", "b"))
    assert unseen == again != other
    assert all("SERIAL" in query.encoded for query in unseen)
    assert {query.kind for query in draw_unseen(LIGHT, constants, "a", 500)} == {*LIGHT}
    repeated = draw_repeated(LIGHT, constants, "a", 500)
    texts = {query.encoded for query in repeated}
    assert (len(texts), [text for text in texts if "SERIAL" in text]) == (20, [])
