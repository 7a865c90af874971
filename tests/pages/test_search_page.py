"""The page of search, the same as JSON and CSV; its index damaged, and changed while it is served."""

import asyncio
import re
import shutil
from html import unescape
from pathlib import Path

import httpx
import pytest
from tests.helpers.markup import Element, read_page
from tests.helpers.project import Run, quiet
from tests.helpers.served import wait_for
from tests.helpers.server import ask_server, serve_data
from tests.helpers.tables import read_rows

from g7kg.build.load import load_snapshot
from g7kg.build.snapshot import Snapshot
from g7kg.dataset.dataset import Dataset
from g7kg.errors import WorkspaceError
from g7kg.pages.rendering import render
from g7kg.pages.search import Search, show_search
from g7kg.rdf.vocab import IDENTIFIERS, RDFS
from g7kg.snapshot.manifest import INDEX, verify_store


def test_a_statement_is_found_by_its_gist_and_an_organisation_first_by_its_short_name(client: httpx.Client) -> None:
    found = client.get("/search.json", params={"q": "endorse overview hiroshima pilot", "class": "g7:Statement"}).json()
    assert found["total"] == len(found["results"])
    first = client.get("/search.json", params={"q": "oecd"}).json()["results"][0]
    assert first == {
        "iri": f"{IDENTIFIERS}organisation/oecd",
        "path": "/doc/organisation/oecd",
        "label": "Organisation for Economic Co-operation and Development",
        "class": "http://www.w3.org/ns/org#Organization",
        "document": None,
        "snippet": "OECD; OCDE",
        "status": None,
        "day": None,
    }
    gist = "The OECD Meeting of the Council at Ministerial level is chaired by Japan."
    (row,) = client.get("/search.json", params={"q": f'"{gist}"'}).json()["results"]
    assert (row["label"], row["class"]) == (gist, "https://w3id.org/g7kg/ontology#Statement")
    assert row["document"] == f"{IDENTIFIERS}verona-trento-2024"


def test_pages_of_results_follow_each_other_and_hold_everything_once(client: httpx.Client) -> None:
    seen: list[str] = []
    path: str | None = "/search.json?q=digital&size=7"
    while path:
        response = client.get(path)
        seen += [result["iri"] for result in response.json()["results"]]
        following = re.search(r'<([^>]+)>; rel="next"', response.headers["link"])
        path = following[1] if following else None
    assert len(seen) == len(set(seen)) == response.json()["total"] > 50
    assert f"</search.json?q=digital&page={response.json()['pages'] - 1}&size=7>" in response.headers["link"]
    rows = read_rows(client.get("/search.csv?q=digital&size=1000").text)
    assert [row["iri"] for row in rows] == seen
    assert list(rows[0]) == ["iri", "label", "class", "document", "snippet", "status", "day"]


def test_the_page_links_what_narrows_the_results_down_and_the_numbers_are_right(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "OECD"}, headers={"Accept": "text/html"}).text
    (link,) = re.findall(
        r'href="(/search\?q=OECD&amp;class=g7:Statement)">statement</a> <span class="quiet">(\d+)', page
    )
    narrowed = client.get(unescape(link[0]), headers={"Accept": "text/html"}).text
    assert f"{link[1]} results" in narrowed
    assert '<strong>statement</strong> <span class="quiet">' in narrowed
    assert set(re.findall(r'<span class="kind">([^<]+)', narrowed)) == {"statement"}
    slug = "cernobbio-como-2024"
    (count,) = re.findall(rf'class=g7:Statement&amp;document={slug}">[^<]+</a> <span class="quiet">(\d+)', narrowed)
    exact = client.get("/search.json", params={"q": "OECD", "class": "g7:Statement", "document": slug}).json()
    assert str(exact["total"]) == count
    assert {row["document"] for row in exact["results"]} == {f"{IDENTIFIERS}{slug}"}


def test_the_page_marks_the_words_and_escapes_the_rest(tmp_path: Path) -> None:
    label = RDFS("label")
    text = f"""<http://e/a> {label} "<script>promised</script>" . _:b {label} "a promise of nobody" .
        <javascript:alert(1)> {label} "a promise of code" ."""
    with serve_data(tmp_path, text) as (client, _):
        page = client.get("/search", params={"q": "promise -<b>"}, headers={"Accept": "text/html"}).text
    assert '<a href="http://e/a">&lt;script&gt;<mark>promised</mark>&lt;/script&gt;</a>' in page
    assert "<h2>a <mark>promise</mark> of code</h2>" in page
    assert 'value="promise -&lt;b&gt;"' in page
    assert "javascript:" not in page
    assert "2 results" in page


def test_the_page_says_what_was_corrected_and_what_is_lacking(client: httpx.Client) -> None:
    html = {"Accept": "text/html"}
    assert "Ask in your own words" in client.get("/search", headers=html).text
    corrected = client.get("/search", params={"q": "semiconducters zebra"}, headers=html).text
    assert "Searched for <strong>semiconductors zebra</strong>" in corrected
    assert "These lack one thing of it." in corrected
    assert '<a href="/search?q=%22semiconducters+zebra%22">exactly these words</a>' in corrected
    fruitless = client.get("/search", params={"q": "zzzzzz"}, headers=html)
    assert fruitless.status_code == 200
    assert "Nothing was found for “zzzzzz”" in fruitless.text


def test_promises_come_with_status_and_date_and_paragraphs_with_the_names_of_their_documents(dataset: Dataset) -> None:
    async def show(text: str, document: str = "") -> Element:
        asked = Search(text, "", document, 1, 20)
        return read_page(render(await show_search(dataset, asked, await dataset.search(asked.wish))))

    first = asyncio.run(show("follow-up of the mapping exercise")).find("ol", "results")[0].find("li")[0]
    assert first.find("h2")[0].words == "Report on follow-up of the mapping exercise"
    assert first.find("p")[-1].words == "request no later document first stated on 15 October 2024"
    narrowed = asyncio.run(show("OECD")).find("aside")[0].words
    assert "Verona and Trento, March 2024" in narrowed
    assert "organisation" in narrowed
    assert "organization" not in narrowed


@pytest.mark.parametrize(
    ("accept", "type_"),
    [("text/html", "text/html"), ("application/json", "application/json"), ("text/csv", "text/csv")],
)
def test_search_negotiates_and_is_not_sent_twice(accept: str, type_: str, client: httpx.Client) -> None:
    response = client.get("/search", params={"q": "trust"}, headers={"Accept": accept})
    assert response.headers["content-type"].startswith(type_)
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    again = client.get(
        response.headers["content-location"], headers={"Accept": "*/*", "If-None-Match": response.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/search", params={"q": "trusts"}, headers={"Accept": accept})
    assert other.headers["etag"] != response.headers["etag"]


ODD = ("NEAR(a b)", '"', "a*", "-", "label:ai", "'; DROP TABLE entry;--", "%00", "a\0b", "ai AND", "(", "x " * 250)


@pytest.mark.parametrize("text", [*ODD, "🙂"])
def test_odd_searches_are_answered_like_any_other(text: str, client: httpx.Client) -> None:
    assert client.get("/search.json", params={"q": text}).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"q": "word " * 10_000}, 400),
        ({"q": "ai", "page": "0"}, 400),
        ({"q": "ai", "page": "9" * 40}, 400),
        ({"q": "ai", "size": "1001"}, 400),
        ({"q": "ai", "class": "g7:Nothing"}, 400),
        ({"q": "ai", "page": "9999"}, 404),
    ],
)
def test_a_search_that_cannot_be_is_refused(parameters: dict[str, str], status: int, client: httpx.Client) -> None:
    response = client.get("/search.json", params=parameters)
    assert response.status_code == status
    assert {"detail", "hint"} <= response.json().keys()


def test_browsers_are_told_how_to_search_here(client: httpx.Client, server: str) -> None:
    response = client.get("/opensearch.xml")
    assert response.headers["content-type"] == "application/opensearchdescription+xml"
    assert f'template="{server}/search?q={{searchTerms}}"' in response.text


def test_a_damaged_index_is_refused_and_one_that_is_missing_told(
    tmp_path: Path, snapshot: Snapshot, program: Run
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(snapshot.folder, damaged)
    data = bytearray((damaged / INDEX).read_bytes())
    data[-1] ^= 1
    (damaged / INDEX).write_bytes(data)
    refused = program("serve", "--port", "0", "--snapshot", damaged)
    assert refused.returncode == 2
    assert f"{damaged / INDEX}: error: the snapshot is damaged: this file is not as written" in refused.stderr
    (damaged / "store.json").write_text('{"CURRENT": "0"}', "utf-8")
    with pytest.raises(WorkspaceError, match="older g7kg: it has no index for search"):
        verify_store(damaged)


def test_a_new_snapshot_is_searched_by_its_own_index_and_the_old_one_is_closed(tmp_path: Path) -> None:
    def publish(label: str) -> str:
        (tmp_path / "x.nt").write_text(f'<http://e/a> <{RDFS("label").value}> "{label}" .\n', "utf-8")
        return load_snapshot([tmp_path / "x.nt"], tmp_path / "out", None, quiet)[1].digest

    publish("first")
    with ask_server(tmp_path / "log", "--snapshot", tmp_path / "out", "--workers", "1") as (client, server):

        def count(text: str) -> int:
            return int(client.get("/search.json", params={"q": text}).json()["total"])

        assert (count("first"), count("second")) == (1, 0)
        publish("second")
        wait_for(lambda: count("second") == 1)
        assert count("first") == 0

        def opened() -> list[str]:
            links = (str(link.readlink()) for link in Path(f"/proc/{server.pid}/fd").iterdir())
            return sorted({link for link in links if link.endswith(INDEX)})

        wait_for(lambda: opened() == [str((tmp_path / "out" / "current").resolve() / INDEX)])
