"""Growth with the number of declarations: measured on a few, and its tables and chart on made-up numbers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from benchmarks.growth import Place, changed_gist, main, measure
from benchmarks.growth_build import END, Mark
from benchmarks.growth_chart import Scale, draw_chart, find_memory, find_seconds
from benchmarks.growth_report import growth_factors, write_report
from benchmarks.growth_results import (
    CHANGED,
    FIRST,
    GROUPS,
    UNCHANGED,
    Answer,
    Build,
    Corpus,
    Growth,
    Memory,
    Series,
    Serving,
    Stage,
    Throughput,
    group_stages,
    read_series,
)
from benchmarks.growth_serving import QUERIES, sample_graph
from benchmarks.growth_watch import divide

SVG = "{http://www.w3.org/2000/svg}"


def make_serving(factor: int) -> Serving:
    pages = tuple((Answer(path, 200, 0.5, 9), Answer(path, 200, 0.002, 9)) for path in ("/doc/a", "/"))
    answers = (Answer("/queries/a", 200, 0.25 * factor, 7), Answer("/queries/b", 504, 10.0, 0))
    loads = (Throughput(1, 1500.0, 0.6, 0), Throughput(8, 1234.5, None, 3))
    return Serving(1.5, answers, loads, pages, Memory(80.4, 50.0), (Memory(90.0, 10.0), Memory(60.0, 20.0)))


def make_growth(declarations: int, factor: int) -> Growth:
    stages = (
        Stage("reading the mappings", 2.0 * factor, 1.0, 100.0 * factor),
        Stage("validating", 1.0 * factor, 1.0, None),
        Stage("selecting focus nodes", 1.0 * factor**2, 1.0, 50.0),
    )
    builds = {FIRST: Build(1000 * factor, stages), "unchanged": Build(1000 * factor, stages[1:2])}
    sizes = {"g7kg.nq": factor << 20}
    return Growth(declarations, {"engine": "shacl"}, Corpus(0.25, 3 << 19), builds, sizes, make_serving(factor))


@pytest.fixture
def series() -> Series:
    failed = Growth(1000, {"engine": "shacl"}, Corpus(1.0, 1 << 20), failures={FIRST: "killed by signal 9"})
    return Series({"processors": "2"}).add(failed).add(make_growth(100, 10)).add(make_growth(10, 1))


def test_a_run_measures_every_step(tmp_path: Path) -> None:
    pytest.importorskip("shacl", reason="needs the package shacl, which has no wheel for this machine")
    assert main(["--sizes", "1", "--jobs", "1", "--seconds", "0.1", "--out", str(tmp_path)]) == 0
    (growth,) = read_series(tmp_path / "results.json").growths
    assert (growth.declarations, growth.failures) == (1, {})
    assert (tmp_path / "results.md").read_text("utf-8").count("\n| declarations | 1 |\n") == 6
    assert ET.fromstring((tmp_path / "chart.svg").read_text("utf-8")).tag == f"{SVG}svg"
    groups = {name: list(group_stages(build)) for name, build in growth.builds.items()}
    assert groups == {FIRST: list(GROUPS), UNCHANGED: ["starting"], CHANGED: list(GROUPS)}
    assert sorted(growth.sizes) == ["g7kg.nq", "search.db", "store"]
    assert growth.first
    assert growth.corpus
    assert (growth.first.all.peak_mib or 0) > 50
    assert growth.first.quads > 15_000
    assert {name: build.quads for name, build in growth.builds.items()} == dict.fromkeys(
        growth.builds, growth.first.quads
    )
    assert growth.corpus.bytes > 50_000
    check_serving(growth.serving)


def check_serving(serving: Serving | None) -> None:
    assert serving
    assert [(answer.path, answer.status) for answer in serving.queries] == [(f"/queries/{n}", 200) for n in QUERIES]
    assert [answer.status for pair in serving.pages for answer in pair] == [200] * 4
    assert [(load.clients, load.per_second > 10, load.errors) for load in serving.loads] == [(1, True, 0), (8, True, 0)]
    assert serving.server.resident_mib > serving.server.anonymous_mib > 1
    assert serving.largest_worker
    assert serving.largest_worker.anonymous_mib > 1


def test_a_build_that_fails_says_where_and_why_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace.json").write_text('{"seconds": 1, "bytes": 2}')
    *_, growth = measure(Place(tmp_path, 2, "shacl", 1, 1, 0.1))
    assert growth.corpus == Corpus(1, 2)
    assert list(growth.failures) == [FIRST]
    assert growth.failures[FIRST].startswith("in the stage “starting”, after ")
    assert f"{tmp_path / 'workspace'}: there is no mappings here" in growth.failures[FIRST]
    assert not (tmp_path / "output").exists()


def test_a_gist_is_changed_only_for_a_while(tmp_path: Path) -> None:
    mapping = tmp_path / "a.yaml"
    before = '"@graph":\n  - id: a\n    gist: "A long sentence."\n  - id: b\n    gist: "Short."\n'
    mapping.write_text(before, "utf-8")
    with changed_gist(mapping):
        assert mapping.read_text("utf-8") == before.replace('"Short."', '"Short. Anew."')
    assert mapping.read_text("utf-8") == before


def test_a_small_graph_is_its_own_sample_and_of_a_large_one_there_are_pieces(tmp_path: Path) -> None:
    graph, sample = tmp_path / "graph.nq", tmp_path / "sample.nq"
    lines = [f"<{number:08}> <p> <o> .\n" for number in range(100_000)]
    graph.write_text("".join(lines))
    sample_graph(graph, sample)
    assert set(sample.read_text().splitlines(keepends=True)) == set(lines)
    assert len(sample.read_text().splitlines()) < len(lines) + 10
    with graph.open("a") as file:
        file.writelines(line for _ in range(63) for line in lines)
    sample_graph(graph, sample)
    assert sample.stat().st_size < 66 << 20
    assert set(sample.read_text().splitlines(keepends=True)) <= set(lines)


def test_marks_and_samples_make_stages() -> None:
    marks = [Mark("a", 10.0, 0.0), Mark("b", 12.0, 1.5), Mark("a", 13.0, 2.0), Mark(END, 17.0, 5.0, 9)]
    samples = [(10.0, 1.0), (11.0, 7.0), (12.5, 3.0), (16.0, 5.0), (17.0, 100.0)]
    assert divide(marks, samples) == (Stage("a", 6.0, 4.5, 7.0), Stage("b", 1.0, 0.5, 3.0))
    assert divide(marks, []) == (Stage("a", 6.0, 4.5, None), Stage("b", 1.0, 0.5, None))


def test_factors_compare_the_growth_with_that_of_the_quads() -> None:
    assert growth_factors([10, 100, 1000], [1.0, 10.0, 200.0]) == [None, 1.0, 2.0]
    assert growth_factors([10, None, 1000], [1.0, 10.0, 200.0]) == [None, None, None]
    assert growth_factors([10, 100], [0.0, 10.0]) == [None, None]
    assert growth_factors([], []) == []


def test_what_was_measured_can_be_read_again(series: Series, tmp_path: Path) -> None:
    series.write(tmp_path / "results.json")
    assert read_series(tmp_path / "results.json") == series
    assert list(tmp_path.iterdir()) == [tmp_path / "results.json"]


def test_a_number_of_declarations_that_is_measured_again_replaces_what_there_was(series: Series) -> None:
    again = series.add(make_growth(1000, 30))
    assert [growth.declarations for growth in again.growths] == [10, 100, 1000]
    assert again.growths[2].failures == {}


def test_the_tables_have_a_column_for_each_number_of_declarations(series: Series) -> None:
    report = write_report(series)
    assert report.partition("processors: 2\n\n")[2] == REPORT


REPORT = """\
## Building

| declarations | 10 | 100 | 1,000 |
| --- | --: | --: | --: |
| quads | 1,000 | 10,000 | – |
| **reading** | 2.0 | 20.0 (1.00) | – |
| **validating** | 2.0 | 110.0 (5.50) | – |
| · selecting focus nodes | 1.0 | 100.0 (10.00) | – |
| · validating | 1.0 | 10.0 (1.00) | – |
| **all** | 4.0 | 130.0 (3.25) | – |
| processor seconds | 3.0 | 3.0 (0.10) | – |
| seconds per 1,000 quads | 4.000 | 13.000 | – |

## Peak memory of a build, MiB

| declarations | 10 | 100 | 1,000 |
| --- | --: | --: | --: |
| **reading** | 100 | 1,000 | – |
| **validating** | 50 | 50 | – |
| · selecting focus nodes | 50 | 50 | – |
| · validating | – | – | – |
| **all** | 100 | 1,000 | – |

## Building again

| declarations | 10 | 100 | 1,000 |
| --- | --: | --: | --: |
| from nothing | 4.0 | 130.0 | – |
| nothing changed | 1.0 | 10.0 | – |
| one gist changed | – | – | – |

## Sizes, MiB

| declarations | 10 | 100 | 1,000 |
| --- | --: | --: | --: |
| YAML | 1.5 | 1.5 | 1.0 |
| g7kg.nq | 1.0 | 10.0 | – |
| seconds to write the YAML | 0.2 | 0.2 | 1.0 |

## Serving

| declarations | 10 | 100 | 1,000 |
| --- | --: | --: | --: |
| ready after, s | 1.5 | 1.5 | – |
| /queries/a, ms | 250 | 2,500 | – |
| /queries/b, ms | 10,000 (504) | 10,000 (504) | – |
| page of a declaration, ms: first, second | 500, 2 | 500, 2 | –, – |
| home page, ms: first, second | 500, 2 | 500, 2 | –, – |
| light queries, 1 client: answers a second (median ms) | 1,500 (0.6) | 1,500 (0.6) | – |
| light queries, 8 clients: answers a second (median ms) | 1,234 (–, 3 failed) | 1,234 (–, 3 failed) | – |
| server, MiB: resident (of its own) | 80 (50) | 80 (50) | – |
| largest worker, MiB: resident (of its own) | 60 (20) | 60 (20) | – |

## How

| declarations | 10 | 100 | 1,000 |
| --- | --: | --: | --: |
| engine | shacl | shacl | shacl |

## What failed

- 1,000 declarations, first: killed by signal 9
"""


def test_the_chart_draws_groups_the_whole_and_memory(series: Series) -> None:
    assert find_seconds(series.growths) == {
        "reading": ((10, 2.0), (100, 20.0)),
        "validating": ((10, 2.0), (100, 110.0)),
        "all": ((10, 4.0), (100, 130.0)),
    }
    assert find_memory(series.growths) == ((10, 100.0), (100, 1000.0))
    chart = ET.fromstring(draw_chart(series.growths))
    lines = [(each.get("stroke"), each.get("points")) for each in chart.iter(f"{SVG}polyline")]
    assert lines == [
        ("#1f5fa8", "90.0,433.9 880.0,313.9"),
        ("#d9822b", "90.0,433.9 880.0,225.0"),
        ("#1d232b", "90.0,397.8 880.0,216.3"),
        ("#1d232b", "90.0,926.0 880.0,566.0"),
    ]
    titles = [each.text for each in chart.iter(f"{SVG}title")]
    assert titles[-2:] == ["10 declarations: 100.00", "100 declarations: 1,000.00"]


def test_linear_growth_is_a_dashed_line_through_the_last_point(series: Series) -> None:
    chart = ET.fromstring(draw_chart(series.growths))
    names = ("x1", "y1", "x2", "y2")
    dashed = [[each.get(name) for name in names] for each in chart.iter(f"{SVG}line") if each.get("class") == "linear"]
    assert dashed[1:] == [["90.0", "336.3", "880.0", "216.3"], ["90.0", "926.0", "880.0", "566.0"]]


def test_a_chart_of_nothing_and_one_of_a_single_point_can_be_drawn() -> None:
    assert ET.fromstring(draw_chart([])).tag == f"{SVG}svg"
    chart = ET.fromstring(draw_chart([make_growth(10, 1)]))
    assert len(list(chart.iter(f"{SVG}circle"))) == 4
    assert not list(chart.iter(f"{SVG}polyline"))


def test_a_scale_places_powers_of_ten_evenly() -> None:
    scale = Scale(0, 2, 100.0, 300.0)
    assert [scale.place(tick) for tick in scale.ticks] == [100.0, 200.0, 300.0]
