"""The tracker of undertakings: filters, orders, formats; the page of one undertaking; its drawings."""

import html
import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from tests.helpers.sparql import NOT_EARLIER, find
from tests.helpers.tables import read_rows
from tests.helpers.workbooks import read_workbook

from g7kg.build.snapshot import Snapshot
from g7kg.pages.exports import COLUMNS
from g7kg.rdf.formats import SPREADSHEET_FORMATS

ID = "https://w3id.org/g7kg/id/"
UNDERTAKING = f"{ID}undertaking/"


def count(store: ox.Store) -> int:
    """Return how many undertakings there are."""
    return len(find(store, "?u a g7:Undertaking"))


def shown(page: str) -> list[str]:
    """Return the undertakings that a page lists, by IRI, in its order."""
    return [UNDERTAKING + name for name in re.findall(r'class="what" href="/doc/undertaking/([^"]+)"', page)]


def list_all(client: httpx.Client, address: str) -> list[str]:
    """Return the undertakings that the page at ``address`` and those that follow it list."""
    listed: list[str] = []
    while address:
        page = client.get(address, follow_redirects=True).text
        listed += shown(page)
        following = re.search(r'<a rel="next" href="([^"]+)"', page)
        address = html.unescape(following[1]) if following else ""
    return listed


def fetch_rows(client: httpx.Client, query: str) -> list[dict[str, str]]:
    response = client.get(f"/undertakings.csv{query}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return read_rows(response.text)


def fetch_data(client: httpx.Client, query: str) -> dict[str, Any]:
    response = client.get(f"/undertakings.json{query}")
    assert response.status_code == 200
    data: dict[str, Any] = response.json()
    return data


@pytest.mark.parametrize("query", ["", "?status=advanced", "?sort=-due", "?kind=Commitment&sort=-due"])
def test_page_csv_and_json_hold_the_same_undertakings_in_the_same_order(
    query: str, client: httpx.Client, store: ox.Store
) -> None:
    listed = list_all(client, f"/undertakings{query}")
    data = fetch_data(client, query)
    assert listed == [row["undertaking"] for row in fetch_rows(client, query)]
    assert listed == [undertaking["iri"] for undertaking in data["undertakings"]]
    assert (data["matching"], data["total"]) == (len(listed), count(store))


def test_a_row_says_what_the_graph_says(client: httpx.Client, store: ox.Store) -> None:
    iri = f"{UNDERTAKING}ai-public-sector-toolkit"
    [row] = [row for row in fetch_rows(client, "") if row["undertaking"] == iri]
    assert row == {
        "undertaking": iri,
        "label": "Toolkit for AI in the public sector",
        "kind": "commitment",
        "debtor": "G7 Industry, Tech and Digital Ministers",
        "addressee": "",
        "supported_by": "Organisation for Economic Co-operation and Development | "
        "United Nations Educational, Scientific and Cultural Organisation",
        "topic": "AI governance | AI in the public sector | skills and workforce",
        "due": "2024-12-31",
        "due_stated": "during the Italian G7 Presidency",
        "outcome": "Toolkit for Artificial Intelligence in the Public Sector",
        "beneficiary": "governments | public sector | stakeholders",
        "status": "delivered",
        "first_stated": "2024-03-15",
        "statements": " | ".join(sorted(find(store, f"?u g7:expresses <{iri}>"))),
        "restatements": "",
        "follow_ups": " | ".join(sorted(find(store, f"?u g7:followUpOf <{iri}> ; a g7:Statement"))),
        "strength": "low",
        "document": f"{ID}verona-trento-2024",
        "words": "we look forward to the development of … during the Italian G7 Presidency",
        "life": "stated on 15 March 2024; elaborated in Annex 2 on 15 March 2024; "
        "advanced on 14 June 2024 (inferred); delivered on 15 October 2024",
    }


def test_the_table_of_undertakings_is_the_same_everywhere(client: httpx.Client, snapshot: Snapshot) -> None:
    rows = {row["undertaking"]: row for row in fetch_rows(client, "")}
    text = (snapshot.folder / "g7kg-undertakings.csv").read_text("utf-8")
    dumped = {row["undertaking"]: row for row in read_rows(text)}
    shared = [name for name in next(iter(dumped.values())) if name in COLUMNS]
    assert (shared, rows.keys()) == (list(COLUMNS)[:16], dumped.keys())
    for iri, row in dumped.items():
        for name in shared:
            assert sorted(rows[iri][name].split(" | ")) == sorted(row[name].split(" | ")), (iri, name)
    asked = read_rows(client.get("/queries/undertakings.csv").text)
    assert asked[0].keys() <= COLUMNS.keys()


def test_a_spreadsheet_gets_the_same_rows_as_a_workbook_and_as_csv_with_a_mark(client: httpx.Client) -> None:
    rows = fetch_rows(client, "?status=delivered")
    marked = client.get("/undertakings.excel.csv?status=delivered").content
    assert marked.startswith(b"\xef\xbb\xbf")
    assert read_rows(marked.decode("utf-8-sig")) == rows
    response = client.get("/undertakings.xlsx?status=delivered")
    assert response.headers["content-type"] == SPREADSHEET_FORMATS[0].media_type
    names, *cells = read_workbook(response.content)
    assert names == tuple(COLUMNS)
    assert [dict(zip(names, map(show_days, names, row), strict=True)) for row in cells] == rows


def show_days(column: str, cell: str) -> str:
    """Return the day that a workbook counts from 1899, in the columns that have days; all else unchanged."""
    dated = column in {"due", "first_stated"} and cell
    return (date(1899, 12, 30) + timedelta(int(cell))).isoformat() if dated else cell


def test_what_is_inferred_says_so_in_every_format(client: httpx.Client) -> None:
    rows = fetch_rows(client, "?status=advanced")
    [row] = [row for row in rows if row["undertaking"].endswith("/undersea-networks-cooperation")]
    assert row["life"] == "stated on 15 March 2024; advanced on 14 June 2024 (inferred)"
    [one] = fetch_data(client, "?q=explore+undersea+networks")["undertakings"]
    assert [(event["event"], event["day"], event["inferred"]) for event in one["life"]] == [
        ("stated", "2024-03-15", False),
        ("advanced", "2024-06-14", True),
    ]
    page = client.get("/undertakings?q=explore+undersea+networks").text
    assert 'class="mark advanced hollow"' in page
    assert "<title>stated on 15 March 2024; advanced on 14 June 2024 (inferred)</title>" in page


def test_headings_tell_the_order_and_turn_it_round(client: httpx.Client) -> None:
    page = client.get("/undertakings?sort=due").text
    [sorting] = re.findall(r'aria-sort="(\w+)"><a href="([^"]+)">(\w+)', page)
    assert sorting == ("ascending", "/undertakings?sort=-due", "Deadline")
    assert re.findall(r'aria-sort="(\w+)"', client.get("/undertakings?sort=-status").text) == ["descending"]


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("?status=&kind=&q=", ""),
        ("?status=delivered&kind=&q=+&due-from=", "?status=delivered"),
        ("?sort=status&page=1", ""),
        ("?q=ai&status=delivered", "?status=delivered&q=ai"),
        ("?q=+two+words+&sort=due", "?q=two+words&sort=due"),
    ],
)
def test_an_address_is_made_canonical(query: str, canonical: str, client: httpx.Client) -> None:
    for path in ("/undertakings", "/undertakings.csv"):
        response = client.get(path + query)
        assert (response.status_code, response.headers["location"]) == (303, path + canonical)


def test_a_canonical_address_is_left_alone(client: httpx.Client) -> None:
    for query in ("?debtor=organisation/oecd&sort=-due", "?debtor=organisation%2Foecd&sort=-due"):
        response = client.get(f"/undertakings{query}")
        assert response.status_code == 200
        assert '<link rel="canonical" href="/undertakings?debtor=organisation/oecd&amp;sort=-due">' in response.text


def test_filters_that_exclude_each_other_leave_nothing_and_say_so(client: httpx.Client, store: ox.Store) -> None:
    page = client.get("/undertakings?status=restated&kind=Announcement")
    assert page.status_code == 200
    assert shown(page.text) == []
    assert f"0 of {count(store)} promises" in page.text
    assert "No promise meets all of these at once." in page.text
    assert fetch_rows(client, "?status=restated&kind=Announcement") == []


def test_the_text_of_the_filter_is_escaped(client: httpx.Client) -> None:
    page = client.get("/undertakings", params={"q": '"><script>alert(1)</script>&'}).text
    assert "<script" not in page
    assert page.count("&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;") == 4  # title, field, chip and its name


def test_every_number_and_bar_of_the_overview_leads_to_as_many_undertakings(
    client: httpx.Client, store: ox.Store
) -> None:
    page = client.get("/undertakings").text
    overview = page[page.index('<section class="tally statuses"') : page.index("</section>")]
    numbers = re.findall(r'<td role="cell"><a href="([^"]+)" aria-label="(\d+) [^"]+">(\d+)</a></td>', overview)
    rows = fetch_rows(client, "")
    assert len(numbers) == len({(row[facet], row["status"]) for row in rows for facet in ("document", "kind")})
    for address, told, number in numbers:
        assert told == number
        assert client.get(html.unescape(address).replace("?", ".json?", 1)).json()["matching"] == int(number)
    bars = re.findall(r'<a href="([^"]+)" tabindex="-1">', overview)
    assert sorted(bars) == sorted(address for address, _, _ in numbers)
    heads = re.findall(r'<th role="rowheader" scope="row"><div><a href="([^"]+)">', overview)
    totals = [int(number) for number in re.findall(r'<td role="cell">(\d+)</td>', overview)]
    listed = [client.get(html.unescape(address).replace("?", ".json?", 1)).json() for address in heads]
    assert [data["matching"] for data in listed] == totals
    chosen = [parse_qsl(urlsplit(html.unescape(address)).query) for address in heads]
    patterns = {"document": f"?s g7:inDocument <{ID}%s> ; g7:expresses ?u {NOT_EARLIER}", "kind": "?u a g7:%s"}
    assert totals == [len(find(store, patterns[name] % value)) for [(name, value)] in chosen]
    assert len(totals) > 6


def test_each_filter_can_be_removed_by_its_chip(client: httpx.Client) -> None:
    page = client.get("/undertakings?status=advanced&kind=Commitment&q=ai&sort=label").text
    chips = re.findall(r'<li><a href="([^"]+)" aria-label="Remove the filter ([^"]+)"', page)
    assert {label: dict(parse_qsl(urlsplit(html.unescape(href)).query)) for href, label in chips} == {
        "Status: advanced": {"kind": "Commitment", "q": "ai", "sort": "label"},
        "Kind: commitment": {"status": "advanced", "q": "ai", "sort": "label"},
        "Words: ai": {"status": "advanced", "kind": "Commitment", "sort": "label"},
    }


@pytest.mark.parametrize(
    ("accept", "name"),
    [("text/html", "html"), ("*/*", "html"), ("application/json", "json"), ("text/csv,text/html;q=0.5", "csv")],
)
def test_the_tracker_negotiates(accept: str, name: str, client: httpx.Client) -> None:
    response = client.get("/undertakings?status=delivered", headers={"Accept": accept})
    assert response.headers["content-location"] == f"/undertakings.{name}?status=delivered"
    assert "Accept" in response.headers["vary"].split(", ")
    for other in {"html", "json", "csv", "xlsx"} - {name}:
        assert f'</undertakings.{other}?status=delivered>; rel="alternate"' in response.headers["link"]
    again = client.get(
        "/undertakings?status=delivered", headers={"Accept": accept, "If-None-Match": response.headers["etag"]}
    )
    assert again.status_code == 304


def test_an_unknown_extension_or_type_is_answered_with_what_there_is(client: httpx.Client) -> None:
    response = client.get("/undertakings.pdf")
    assert (response.status_code, "/undertakings.csv" in response.json()["hint"]) == (404, True)
    assert client.get("/undertakings", headers={"Accept": "image/png"}).status_code == 406


def test_the_page_of_an_undertaking_tells_its_life_in_order_with_links_to_the_words(
    client: httpx.Client, store: ox.Store
) -> None:
    iri = f"{UNDERTAKING}ai-public-sector-toolkit"
    page = client.get("/doc/undertaking/ai-public-sector-toolkit.html").text
    listed = re.findall(r'<p class="gist"><a href="/doc/([^"]+)">', page)
    assert {ID + path for path in listed} == find(store, f"?u g7:expresses|g7:followUpOf <{iri}> ; a g7:Statement")
    assert len(listed) == len(set(listed)) == 14
    assert listed[0] == "verona-trento-2024/p50/s2"
    assert listed[-1] == "cernobbio-como-2024/p4/s3"
    words = re.findall(r'<cite><a href="(https://[^"#]+#:~:text=[^"]+)"', page)
    assert len(words) == 14
    assert page.count("<strong>inferred</strong>") == 1
    assert page.count('<li class="elaboration">') == 7
    told = "Stated on 15 March 2024; elaborated in Annex 2 on 15 March 2024; advanced on 14 June 2024 (inferred); "
    assert f"{told}delivered on 15 October 2024; due by" in page


def test_the_page_of_an_undertaking_gives_the_reason_of_what_is_inferred(client: httpx.Client) -> None:
    page = client.get("/doc/undertaking/open-architectures-exchange.html").text
    assert "<strong>inferred</strong>: The exchange that is continued has the matters" in page
    assert page.count('<p class="finding">') == 1


def test_the_page_of_an_undertaking_loses_no_property(client: httpx.Client, store: ox.Store) -> None:
    subject = ox.NamedNode(f"{UNDERTAKING}reporting-framework")
    page = client.get("/doc/undertaking/reporting-framework.html").text
    details = html.unescape(page[page.index('<details class="all">') :])
    objects = {quad.object for quad in store.quads_for_pattern(subject, None, None, ox.DefaultGraph())}
    assert len(objects) > 8
    for term in objects:
        assert isinstance(term, ox.Literal | ox.NamedNode)
        assert term.value.removeprefix("https://w3id.org/g7kg/").removeprefix("id/") in details
