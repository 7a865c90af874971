"""The pages of coverage and of validation, and the form in which RDF is checked."""

import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from tests.helpers.markup import Element, read_page
from tests.helpers.pages import fetch
from tests.helpers.project import ENGINE, QUICK, Run
from tests.helpers.server import ask_server, run_server, serve_data
from tests.helpers.sparql import select

from g7kg.build.assembly import Assembly, validate_assembly
from g7kg.build.snapshot import Snapshot
from g7kg.build.work import Means
from g7kg.pages.coverage import draw_statuses, draw_verbs
from g7kg.pages.drawing.bars import Segment, stack_bars
from g7kg.pages.register import STATUSES
from g7kg.shacl import Report
from g7kg.snapshot.manifest import MANIFEST


@pytest.fixture(scope="module")
def report(assembly: Assembly, means: Means) -> Report:
    return validate_assembly(assembly, means, QUICK.engine)


def rows(table: Element) -> dict[str, list[str]]:
    """Return the cells of each row of ``table`` by its heading."""
    (body,) = table.find("tbody")
    return {row.find("th")[0].words: [cell.words for cell in row.find("td")] for row in body.find("tr")}


def count(store: ox.Store, pattern: str) -> int:
    return len(select(store, f"SELECT ?s WHERE {{ {pattern} }}"))


HIROSHIMA = "Hiroshima, May 2023: G7"


def test_coverage_counts_the_sentences_of_each_document(client: httpx.Client) -> None:
    page = fetch(client, "/coverage")
    assert rows(page.find("table", "coverage")[0]) == {
        "Group of Seven, August 2020": ["covered: 29 29 of 29", "21", "43"],
        f"{HIROSHIMA} Hiroshima Leaders’ Communiqué": ["covered: 69 69 of 69 in scope, of 602", "105", "150"],
        f"{HIROSHIMA} Leaders’ Statement on Economic Resilience and Economic Security": [
            "covered: 52 52 of 52",
            "8",
            "113",
        ],
        "G7 Leaders’ Statement on the Hiroshima AI Process, October 2023": ["covered: 10 10 of 10", "3", "13"],
        "G7 Leaders’ Statement, December 2023": ["covered: 14 14 of 14 in scope, of 191", "59", "27"],
        "Verona and Trento, March 2024": ["covered: 179 179 of 179", "91", "281"],
        "Apulia, June 2024": ["covered: 103 103 of 103 in scope, of 679", "234", "187"],
        "Cernobbio-Como, October 2024": ["covered: 23 23 of 23", "11", "46"],
    }
    assert page.find("p", "lead")[0].words.startswith(
        "The 8 documents have 1,765 sentences, of which 479 are in scope."
    )


def test_coverage_draws_statements_by_class_of_speech_act(client: httpx.Client, store: ox.Store) -> None:
    figure = fetch(client, "/coverage").find("figure", "bars")[0]
    assert figure.find("figcaption")[0].words == "Statements by kind of speech act"
    (legend,) = figure.find("ul", "legend")
    assert [item.words for item in legend.find("li")] == [
        "account of how things are",
        "promise or plan to act",
        "decision, made by saying it",
        "request or encouragement",
        "thanks or opinion",
    ]
    kinds = ["assertive", "commissive", "declarative", "directive", "expressive"]
    documents = {"Verona and Trento, March 2024": "verona-trento-2024", "Group of Seven, August 2020": "cssii-2020"}
    for name, slug in documents.items():
        cells = rows(figure.find("table")[0])[name]
        document = f"?s g7:inDocument <https://w3id.org/g7kg/id/{slug}>"
        broader = "g7:speechAct/<http://www.w3.org/2004/02/skos/core#broader>"
        assert cells == [*(str(count(store, f"{document} ; {broader} act:{kind}")) for kind in kinds), cells[-1]]
        assert cells[-1] == str(count(store, f"{document} ; a g7:Statement"))
    bar = figure.find("svg", "bar")[list(rows(figure.find("table")[0])).index("Verona and Trento, March 2024")]
    widths = [float(part.attributes["width"]) for part in bar.find("rect")]
    assert sum(widths) == pytest.approx(1000, abs=0.1)


def test_coverage_draws_every_verb_on_one_scale(client: httpx.Client, store: ox.Store) -> None:
    page = fetch(client, "/coverage")
    bars = {item.find("a")[0].words: item for listed in page.find("ul", "bars") for item in listed.find("li")}
    assert bars["describe"].find("a")[0].attributes["href"] == "/scheme/speech-act/describe"
    for verb in ("describe", "endorse", "call-on"):
        found = count(store, f"?s g7:speechAct act:{verb}")
        item = bars[verb.replace("-", " ")]
        assert item.find("span", "total")[0].words.startswith(f"{found}: ")
    lengths = {verb: sum(float(part.attributes["width"]) for part in item.find("rect")) for verb, item in bars.items()}
    endorsed, described = (count(store, f"?s g7:speechAct act:{verb}") for verb in ("endorse", "describe"))
    assert lengths["endorse"] / lengths["describe"] == pytest.approx(endorsed / described, rel=0.01)


def test_each_number_of_undertakings_leads_to_them_in_the_tracker(client: httpx.Client, store: ox.Store) -> None:
    figure = fetch(client, "/coverage").find("figure", "bars")[-1]
    (table,) = figure.find("table")
    links = [(link.attributes["href"], int(link.words)) for cell in table.find("td") for link in cell.find("a")]
    assert sum(number for _, number in links) == count(store, "?s a g7:Undertaking")
    for address, number in links:
        listed = client.get(address, headers={"Accept": "application/json"}).json()
        assert (address, len(listed["undertakings"] if isinstance(listed, dict) else listed)) == (address, number)


def verb_row(class_: str, act: str, document: str, statements: int) -> dict[str, str]:
    base = "https://w3id.org/g7kg/scheme/speech-act/"
    labels = {"classLabel": class_, "class": base + class_, "actLabel": act, "act": base + act}
    return {**labels, "document": document, "statements": str(statements)}


def test_verbs_are_drawn_by_class_the_most_frequent_first() -> None:
    counted = [verb_row("x", "a", "d1", 1), verb_row("x", "b", "d1", 1), verb_row("x", "b", "d2", 3)]
    one, other = draw_verbs([*counted, verb_row("y", "c", "d2", 2)], {"d1": "One", "d2": "Two"})
    assert (one.caption, one.chart.bars[0].segments[1].length) == ("x", 750.0)
    assert [(bar.label, bar.words) for bar in one.chart.bars] == [("b", "One 1, Two 3"), ("a", "One 1")]
    assert other.chart.bars[0].segments[1] == Segment("Two", 2, None, 2, 0.0, 500.0)
    assert one.links == {"a": "/scheme/speech-act/a", "b": "/scheme/speech-act/b"}
    assert draw_verbs([], {}) == []


def test_statuses_stand_in_the_order_of_what_they_say() -> None:
    base = "https://w3id.org/g7kg/scheme/follow-up-status/"
    kind = {"kind": "https://w3id.org/g7kg/ontology#Request", "kindLabel": "request"}
    counted = [("none-on-record", "none", "5"), ("delivered", "delivered", "2")]
    figure = draw_statuses(
        [{**kind, "status": base + name, "statusLabel": label, "undertakings": n} for name, label, n in counted]
    )
    link = "/undertakings?status={}&kind=Request".format
    parts = [("delivered", 2, link("delivered")), ("none", 5, link("none-on-record"))]
    assert figure.chart == stack_bars([("request", parts)], STATUSES)
    assert figure.links == {"request": "/undertakings?kind=Request"}


def test_the_report_is_in_the_snapshot_and_the_manifest_vouches_for_it(
    client: httpx.Client, snapshot: Snapshot, report: Report
) -> None:
    text = (snapshot.folder / "report.json").read_bytes()
    assert snapshot.manifest.files["report.json"] == hashlib.sha256(text).hexdigest()
    response = client.get("/validation.json")
    assert (response.content, response.headers["content-type"]) == (text, "application/json")
    assert client.get("/validation", headers={"Accept": "application/json"}).content == text
    assert client.get("/validation.pdf").status_code == 404
    told = json.loads(text)
    assert told["conforms"] is (not report.findings)
    assert (told["triples"], told["shapes"]) == (report.quads, len(report.shapes))


def test_the_page_of_validation_tells_what_was_checked_and_by_what(
    client: httpx.Client, snapshot: Snapshot, report: Report
) -> None:
    page, manifest = fetch(client, "/validation"), snapshot.manifest
    (listed,) = page.find("dl", "facts")
    told = {row.find("dt")[0].words: row.find("dd")[0].words for row in listed.find("div")}
    assert told["As of"] == f"{manifest.modified}, snapshot {manifest.digest[:16]}"
    assert told["Engine"] == f"{report.engine}, g7kg {manifest.version}"
    assert told["Triples"] == f"{report.quads:,}, of all graphs but the shapes"
    assert told["Shapes"].endswith(f", with {len(report.shapes)} requirements")
    assert int(told["Focus nodes"].partition(";")[0].replace(",", "")) > 1000
    (lead,) = page.find("p", "lead")
    assert lead.words.startswith(f"Conforms. No finding on {report.quads:,} triples, held against")
    assert page.words.count("not verified in this build") == 8


def test_the_page_of_validation_lists_shapes_and_digests(
    client: httpx.Client, snapshot: Snapshot, store: ox.Store, report: Report
) -> None:
    page = fetch(client, "/validation")
    looked, digests = (rows(table) for table in page.find("table"))
    held = [shape for shape in report.shapes if "#CommitmentShape-" in shape.iri]
    assert looked["commitment"] == [str(count(store, "?s a g7:Commitment")), str(len(held)), "0"]
    assert looked["label"][0] == "by query"
    assert sum(int(cells[1]) for cells in looked.values()) == len(report.shapes)
    assert {name: digest for name, (digest,) in digests.items()} == snapshot.manifest.files


@pytest.mark.soak
def test_the_check_that_the_page_tells_how_to_run_finds_no_fault_with_a_dump(
    snapshot: Snapshot, tmp_path: Path, g7kg: Run
) -> None:
    (tmp_path / "g7kg.ttl").write_bytes(gzip.decompress((snapshot.folder / "g7kg.ttl.gz").read_bytes()))
    done = g7kg("validate", *ENGINE, tmp_path / "g7kg.ttl", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["conforms"]) == (0, True)


FINDING = {
    "severity": "warning",
    "requirement": "ST-97",
    "name": "gist of its own",
    "message": "ST-97 (statement): another statement has the same <gist>. Repair: say what sets them apart.",
    "language": "en",
    "focusNode": {"type": "uri", "value": "https://w3id.org/g7kg/id/cernobbio-como-2024/p2/s1"},
    "path": "<https://w3id.org/g7kg/ontology#gist>",
    "value": {"type": "literal", "value": "a <b>gist</b>"},
    "sourceShape": "https://w3id.org/g7kg/shapes#StatementShape-97",
    "component": "http://www.w3.org/ns/shacl#NodeKindConstraintComponent",
    "file": "mappings/cernobbio-como-2024.yaml",
    "line": 42,
    "column": 7,
}


def change_report(snapshot: Snapshot, folder: Path, *, vouched: bool) -> Path:
    """Return a copy of ``snapshot`` whose report has a warning; the manifest knows of it if it is ``vouched`` for."""
    shutil.copytree(snapshot.folder, folder)
    path, manifest = folder / "report.json", folder / MANIFEST
    report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    report |= {"conforms": False, "counts": {"violation": 0, "warning": 1, "info": 0}, "findings": [FINDING]}
    path.write_text(json.dumps(report), "utf-8")
    if vouched:
        stated = json.loads(manifest.read_text("utf-8"))
        stated["files"]["report.json"] = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest.write_text(json.dumps(stated), "utf-8")
    return folder


def test_findings_of_the_report_are_shown_with_file_line_and_repair(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = change_report(snapshot, tmp_path / "changed", vouched=True)
    with ask_server(tmp_path / "log", "--snapshot", folder) as (client, _):
        page = fetch(client, "/validation")
    (found,) = page.find("section", "found")
    assert found.find("h3")[0].words == "warning ST-97 gist of its own"
    assert found.find("p")[0].words == "Another statement has the same <gist>. Repair: say what sets them apart."
    assert found.find("li")[0].words == (
        "mappings/cernobbio-como-2024.yaml:42 id:cernobbio-como-2024/p2/s1 along g7:gist value a <b>gist</b>"
    )
    assert [link.attributes["href"] for link in found.find("a")] == [
        "/shapes#StatementShape-97",
        "/doc/cernobbio-como-2024/p2/s1",
    ]
    assert page.find("p", "lead")[0].words.startswith("No violation. 1 warning on ")
    assert rows(page.find("table")[0])["statement"][2] == "1"


def test_a_report_that_was_changed_is_not_shown(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = change_report(snapshot, tmp_path / "changed", vouched=False)
    with run_server(tmp_path / "log", "--snapshot", folder) as server:
        response = httpx.get(f"{server.base}/validation", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["detail"]) == (500, "the report is not as written")


def test_a_snapshot_that_was_loaded_says_that_it_was_not_validated(tmp_path: Path) -> None:
    with serve_data(tmp_path, "<https://example.org/a> a <https://example.org/A> .") as (client, _):
        page, coverage = fetch(client, "/validation"), fetch(client, "/coverage")
        statuses = [client.get(path).status_code for path in ("/validation.json", "/ontology", "/shapes")]
    assert "was not validated: it was loaded from files as they are" in page.find("p", "lead")[0].words
    assert page.find("section", "found") == page.find("table") == []
    assert statuses == [404, 404, 404]
    assert not coverage.find("figure")


def test_pointers_that_a_build_has_verified_are_told(worded: httpx.Client) -> None:
    page = fetch(worded, "/validation")
    assert page.words.count("verified against the words in this build") == 8
    assert "not verified" not in page.words


DATA = """@prefix g7: <https://w3id.org/g7kg/ontology#> .

<https://w3id.org/g7kg/id/lake-2030/p1/s1> a g7:Statement ;
  g7:gist "Ministers <b>agree</b>."@en .
"""


@pytest.fixture(scope="module")
def patient(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server that lets a check take its time."""
    log = tmp_path_factory.mktemp("patient") / "log"
    with (
        run_server(log, "--snapshot", snapshot.folder, "--workers", "1", "--timeout", "60") as server,
        httpx.Client(base_url=server.base, timeout=90) as client,
    ):
        yield client


def submit(client: httpx.Client, accept: str = "text/html", **fields: str) -> httpx.Response:
    data = {name.replace("_", "-"): value for name, value in fields.items()}
    return client.post("/validate", data=data, headers={"Accept": accept})


def test_the_form_asks_for_rdf_and_has_an_example(client: httpx.Client) -> None:
    page = fetch(client, "/validate")
    (form,) = page.find("form", "check")
    assert (form.attributes["action"], form.attributes["method"]) == ("/validate", "post")
    labelled = {label.attributes["for"] for label in form.find("label")}
    assert labelled == {"data", "input-format", "format"}
    assert "a g7:Statement ;" in form.find("textarea")[0].text
    assert not page.find(class_="outcome")
    assert re.search(r"curl http://127\.0\.0\.1:\d+/validate -H 'Content-Type: text/turtle'", page.find("pre")[0].text)


def test_the_form_returns_the_findings_by_shape_with_line_and_repair(patient: httpx.Client) -> None:
    response = submit(patient, data=DATA, input_format="ttl", format="html")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    page = read_page(response.text)
    found = {one.find("a")[0].words: one for one in page.find("section", "found")}
    assert {"ST-01", "ST-03", "ST-04", "ST-06"} <= set(found)
    act = found["ST-04"]
    assert act.find("h3")[0].words == "violation ST-04 speech act"
    assert act.find("a")[0].attributes["href"] == "/shapes#StatementShape-04"
    assert act.find("p")[0].words == "It performs one speech act. Repair: add speechAct."
    assert [item.words for item in act.find("li")] == ["line 3 id:lake-2030/p1/s1 along g7:speechAct"]
    assert page.find("textarea")[0].text.lstrip("\n").replace("\r\n", "\n").strip() == DATA.strip()
    assert page.find("h2")[0].words == f"{len(found)} violations"


def test_the_form_says_where_rdf_cannot_be_read(patient: httpx.Client) -> None:
    response = submit(patient, data="@prefix a: <http://a/> .\na:b a <script> ;; .\na:c 'x", input_format="ttl")
    page = read_page(response.text)
    assert response.status_code == 422
    (outcome,) = page.find(class_="outcome")
    assert outcome.find("p")[0].words.startswith("Line 3, column 5: this is no Turtle:")
    assert page.find("textarea")[0].text.endswith("a:c 'x")
    selected = [option.attributes["value"] for option in page.find("option") if "selected" in option.attributes]
    assert selected == ["ttl"]


def test_what_conforms_is_told_so(patient: httpx.Client) -> None:
    page = read_page(submit(patient, data="<http://a/> <http://b/> <http://c/> .", input_format="nt").text)
    assert page.find("h2")[0].words == "It conforms"
    selected = [option.attributes["value"] for option in page.find("option") if "selected" in option.attributes]
    assert selected == ["nt"]


def test_the_form_gives_a_report_in_any_form(patient: httpx.Client) -> None:
    response = submit(patient, data=DATA, format="json")
    assert response.headers["content-type"] == "application/json"
    assert {one["requirement"] for one in response.json()["findings"]} >= {"ST-04"}
    assert "ST-04" in submit(patient, "text/markdown", data=DATA).text


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"data": " \n"}, "the form holds no RDF"),
        ({}, "the form holds no RDF"),
        ({"data": "<a>", "input_format": "html"}, "“html” is no format of RDF here"),
        ({f"field{number}": "" for number in range(20)}, "the form cannot be read"),
    ],
    ids=["empty", "nothing", "format", "too many"],
)
def test_a_form_that_is_not_right_is_refused(patient: httpx.Client, fields: dict[str, str], detail: str) -> None:
    response = submit(patient, "application/json", **{"x": "y", **fields})
    assert (response.status_code, response.json()["detail"]) == (400, detail)
