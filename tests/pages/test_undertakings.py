"""The tracker of undertakings: filters, orders, formats; the page of one undertaking; its drawings."""

import asyncio
import csv
import html
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from starlette.responses import Response
from tests.helpers.sparql import select
from tests.helpers.workbooks import read_workbook

from g7kg.build.snapshot import Snapshot
from g7kg.dataset.dataset import Dataset
from g7kg.errors import NotFound, RequestError
from g7kg.pages.drawing.timeline import Moment, draw_timeline, make_axis
from g7kg.pages.exports import COLUMNS
from g7kg.pages.filters import narrow, read_criteria
from g7kg.pages.named import name_part
from g7kg.pages.register import Undertaking, add_details, arrange_register
from g7kg.pages.sources import read_sources
from g7kg.pages.undertakings import Chunk, Tracked, cut_chunk, read_details, read_tracked
from g7kg.rdf.formats import HTML, PLAIN_FORMATS, SPREADSHEET_FORMATS, Format
from g7kg.serve.pages.html import PageResponse
from g7kg.serve.pages.undertakings import render_tracker

ID = "https://w3id.org/g7kg/id/"
UNDERTAKING = f"{ID}undertaking/"
CSV = PLAIN_FORMATS[1]
PREFIXES = f"PREFIX id: <{ID}>"


def find(store: ox.Store, pattern: str) -> set[str]:
    """Return the values of ``?u`` that ``pattern`` has in the store."""
    solutions = select(store, f"{PREFIXES} SELECT DISTINCT ?u WHERE {{ {pattern} }}")
    return {solution["u"].value for solution in solutions}


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
    return list(csv.DictReader(io.StringIO(response.text)))


def fetch_data(client: httpx.Client, query: str) -> dict[str, Any]:
    response = client.get(f"/undertakings.json{query}")
    assert response.status_code == 200
    data: dict[str, Any] = response.json()
    return data


NOT_TAKEN_UP = """
        MINUS { ?f g7:followUpOf ?u }
        FILTER NOT EXISTS {
          ?t g7:expresses ?u ; g7:inDocument/dcterms:issued ?d .
          ?v g7:expresses ?u ; g7:inDocument/dcterms:issued ?e . FILTER(?d < ?e)
        }"""
NOT_EARLIER = """
        FILTER NOT EXISTS {
          ?s g7:inDocument ?document . ?document dcterms:issued ?d .
          ?t g7:expresses ?u ; g7:inDocument ?other . ?other dcterms:issued ?e .
          FILTER(?e < ?d || ?e = ?d && STR(?other) < STR(?document))
        }"""
FILTERS = {
    "?status=delivered": "?f a g7:FollowUp ; g7:status status:delivered ; g7:followUpOf ?u",
    "?status=none-on-record": f"?s g7:expresses ?u {NOT_TAKEN_UP}",
    "?status=later-documents-silent": f"""
        ?s g7:expresses ?u ; g7:inDocument/dcterms:issued ?day . FILTER(?day < '2024-10-15'^^xsd:date)
        {NOT_TAKEN_UP}""",
    "?status=no-later-document": f"""
        ?s g7:expresses ?u ; g7:inDocument/dcterms:issued '2024-10-15'^^xsd:date
        {NOT_TAKEN_UP}""",
    "?kind=Request": "?u a g7:Request",
    "?kind=Announcement": "?u a g7:Announcement",
    "?document=cernobbio-como-2024": f"""
        ?s g7:inDocument <https://w3id.org/g7kg/id/cernobbio-como-2024> ; g7:expresses ?u {NOT_EARLIER}""",
    "?document=verona-trento-2024": f"""
        ?s g7:inDocument <https://w3id.org/g7kg/id/verona-trento-2024> ; g7:expresses ?u {NOT_EARLIER}""",
    "?debtor=organisation/oecd": "?s g7:expresses ?u ; g7:debtor <https://w3id.org/g7kg/id/organisation/oecd>",
    "?debtor=presidency/italy-2024": "?s g7:expresses ?u ; g7:debtor <https://w3id.org/g7kg/id/presidency/italy-2024>",
    "?addressee=unaddressed": "?s g7:expresses ?u ; g7:addressee g7:unaddressed",
    "?topic=digital-identity": "?s g7:expresses ?u ; g7:topic topic:digital-identity",
    "?strength=high": "?s g7:expresses ?u ; g7:strength strength:high",
    "?strength=low": """?s g7:expresses ?u ; g7:strength strength:low
        MINUS { ?t g7:expresses ?u ; g7:strength strength:high }""",
    "?due=stated": "?s g7:expresses ?u ; g7:dueStated ?words",
    "?due=none": "?s g7:expresses ?u MINUS { ?t g7:expresses ?u ; g7:due ?day }",
    "?due-to=2024-06-30": "?s g7:expresses ?u ; g7:due ?d FILTER(?d <= '2024-06-30'^^xsd:date)",
    "?due-from=2024-07-01": "?s g7:expresses ?u ; g7:due ?d FILTER(?d >= '2024-07-01'^^xsd:date)",
    "?due-from=2024-06-30&due-to=2024-12-30": """?u a g7:Undertaking ; g7:due ?d
        FILTER(?d >= '2024-06-30'^^xsd:date && ?d <= '2024-12-30'^^xsd:date)""",
    "?q=ai+TOOLKIT": """?u a g7:Undertaking ; skos:prefLabel ?l
        FILTER(CONTAINS(LCASE(?l), 'ai') && CONTAINS(LCASE(?l), 'toolkit'))""",
    "?kind=Commitment&debtor=presidency/italy-2024&due=stated": """?u a g7:Commitment .
        ?s g7:expresses ?u ; g7:debtor <https://w3id.org/g7kg/id/presidency/italy-2024> .
        ?t g7:expresses ?u ; g7:due ?day""",
}


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_leaves_exactly_what_the_store_says(query: str, client: httpx.Client, store: ox.Store) -> None:
    expected = find(store, FILTERS[query])
    page = client.get(f"/undertakings{query}").text
    listed = list_all(client, f"/undertakings{query}")
    assert set(listed) == expected
    assert 0 < len(listed) == len(expected) < count(store)
    assert f'<h2 id="list">{len(expected)} of {count(store)} promises</h2>' in page


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
    [row] = [row for row in fetch_rows(client, "") if row["undertaking"].endswith("/ai-public-sector-toolkit")]
    assert row == {
        "undertaking": f"{UNDERTAKING}ai-public-sector-toolkit",
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
        "statements": " | ".join(sorted(find(store, f"?u g7:expresses <{UNDERTAKING}ai-public-sector-toolkit>"))),
        "restatements": "",
        "follow_ups": " | ".join(
            sorted(find(store, f"?u g7:followUpOf <{UNDERTAKING}ai-public-sector-toolkit> ; a g7:Statement"))
        ),
        "strength": "low",
        "document": f"{ID}verona-trento-2024",
        "words": "we look forward to the development of … during the Italian G7 Presidency",
        "life": "stated on 15 March 2024; elaborated in Annex 2 on 15 March 2024; "
        "advanced on 14 June 2024 (inferred); delivered on 15 October 2024",
    }


def test_the_table_of_undertakings_is_the_same_everywhere(client: httpx.Client, snapshot: Snapshot) -> None:
    rows = {row["undertaking"]: row for row in fetch_rows(client, "")}
    text = (snapshot.folder / "g7kg-undertakings.csv").read_text("utf-8")
    dumped = {row["undertaking"]: row for row in csv.DictReader(io.StringIO(text))}
    shared = [name for name in next(iter(dumped.values())) if name in COLUMNS]
    assert (shared, rows.keys()) == (list(COLUMNS)[:16], dumped.keys())
    for iri, row in dumped.items():
        for name in shared:
            assert sorted(rows[iri][name].split(" | ")) == sorted(row[name].split(" | ")), (iri, name)
    asked = csv.DictReader(io.StringIO(client.get("/queries/undertakings.csv").text))
    assert set(asked.fieldnames or ()) <= set(COLUMNS)


def test_a_spreadsheet_gets_the_same_rows_as_a_workbook_and_as_csv_with_a_mark(client: httpx.Client) -> None:
    rows = fetch_rows(client, "?status=delivered")
    marked = client.get("/undertakings.excel.csv?status=delivered").content
    assert marked.startswith(b"\xef\xbb\xbf")
    assert list(csv.DictReader(io.StringIO(marked.decode("utf-8-sig")))) == rows
    response = client.get("/undertakings.xlsx?status=delivered")
    assert response.headers["content-type"] == SPREADSHEET_FORMATS[0].media_type
    names, *cells = read_workbook(response.content)
    assert names == tuple(COLUMNS)
    assert [dict(zip(names, map(show_days, names, row), strict=True)) for row in cells] == rows


def show_days(column: str, cell: str) -> str:
    """Return the day that a workbook counts from 1899, in the columns that have days; all else unchanged."""
    return (
        (date(1899, 12, 30) + timedelta(int(cell))).isoformat() if column in {"due", "first_stated"} and cell else cell
    )


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


def test_orders_sort_the_values_and_leave_what_has_none_at_the_end(client: httpx.Client) -> None:
    by_label = [row["label"].casefold() for row in fetch_rows(client, "?sort=label")]
    assert by_label == sorted(by_label)
    assert [row["label"].casefold() for row in fetch_rows(client, "?sort=-label")] == by_label[::-1]
    days = [row["due"] for row in fetch_rows(client, "?sort=due")]
    stated = sorted(filter(None, days))
    assert (stated[0], stated[-1]) == ("2023-12-31", "2024-12-31")
    assert days == [*stated, *[""] * days.count("")]
    assert [row["due"] for row in fetch_rows(client, "?sort=-due")] == [*stated[::-1], *[""] * days.count("")]
    statuses = [row["status"] for row in fetch_rows(client, "")]
    order = ["delivered", "advanced", "restated", "later documents silent", "no later document"]
    assert set(statuses) <= set(order)
    assert [status for status in order for _ in range(statuses.count(status))] == statuses
    strengths = [row["strength"] for row in fetch_rows(client, "?sort=-strength")]
    assert strengths == sorted(strengths, reverse=True)
    assert set(strengths) == {"high", "low", "none"}


def test_headings_tell_the_order_and_turn_it_round(client: httpx.Client) -> None:
    page = client.get("/undertakings?sort=due").text
    assert re.findall(r'aria-sort="(\w+)"><a href="([^"]+)">(\w+)', page) == [
        ("ascending", "/undertakings?sort=-due", "Deadline")
    ]
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


BAD = {
    "?colour=red": ("there is no parameter “colour” here", "status"),
    "?colour=": ("there is no parameter “colour” here", "status"),
    "?status=broken": (
        "no undertaking has “broken” for status",
        "later-documents-silent, none-on-record, no-later-document, restated",
    ),
    "?kind=request": ("no undertaking has “request” for kind", "Request"),
    "?debtor=organisation/unicef": ("no undertaking has “organisation/unicef” for debtor", "organisation/oecd"),
    "?status=advanced&status=delivered": ("“status” is given twice", "once"),
    "?due=soon": ("“soon” is nothing that due can be", "stated, none"),
    "?due-to=2024-02-30": ("“2024-02-30” is no day", "2024-12-31"),
    "?due-to=20241231": ("“20241231” is no day", "2024-12-31"),
    "?sort=beauty": ("there is no order “beauty”", "label"),
    "?sort=--due": ("there is no order “--due”", "label"),
    "?page=0": ("“0” is no number of a page", "from 1"),
    "?kind=Request&page=2": ("there is no page 2", "the last one is 1"),
    "?q=" + "x" * 201: ("the text to look for is too long", "200"),
}


@pytest.mark.parametrize("query", BAD)
def test_a_bad_parameter_is_refused_with_what_is_allowed(query: str, client: httpx.Client) -> None:
    message, allowed = BAD[query]
    for path in ("/undertakings", "/undertakings.json"):
        response = client.get(path + query)
        assert response.status_code == (404 if "page 2" in message else 400)
        assert message in response.json()["detail"]
        assert allowed in response.json()["hint"]


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


def test_selects_have_the_values_that_occur_with_counts_that_hold(client: httpx.Client) -> None:
    page = client.get("/undertakings?kind=Request&topic=digital-identity").text
    checked = 0
    for name, body in re.findall(r'<select id="filter-[\w-]+" name="(\w+)">(.*?)</select>', page, re.DOTALL):
        options = re.findall(r'<option value="([^"]+)"[^>]*>[^<]* \((\d+)\)</option>', body)
        for value, count in options[:2] if name != "sort" else ():
            query = {"kind": "Request", "topic": "digital-identity", name: html.unescape(value)}
            listed = list_all(client, str(httpx.URL("/undertakings", params=query)))
            assert len(listed) == int(count) > 0
            checked += 1
    assert checked >= 10


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
        assert len(list_all(client, html.unescape(address))) == int(number)
    bars = re.findall(r'<a href="([^"]+)" tabindex="-1">', overview)
    assert sorted(bars) == sorted(address for address, _, _ in numbers)
    heads = re.findall(r'<th role="rowheader" scope="row"><div><a href="([^"]+)">', overview)
    totals = [int(number) for number in re.findall(r'<td role="cell">(\d+)</td>', overview)]
    assert [len(list_all(client, html.unescape(address))) for address in heads] == totals
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
    assert (
        "Stated on 15 March 2024; elaborated in Annex 2 on 15 March 2024; advanced on 14 June 2024 (inferred); "
        "delivered on 15 October 2024; due by" in page
    )


def test_the_page_of_an_undertaking_gives_the_reason_of_what_is_inferred(client: httpx.Client) -> None:
    page = client.get("/doc/undertaking/open-architectures-exchange.html").text
    assert "<strong>inferred</strong>: The exchange that is continued has the matters" in page
    assert page.count('<p class="finding">') == 1


def test_no_follow_up_on_record_is_not_called_unfulfilled(client: httpx.Client) -> None:
    march = client.get("/doc/undertaking/quantum-standards.html").text
    october = client.get("/doc/undertaking/iap-updates.html").text
    latest = client.get("/doc/undertaking/reporting-framework.html").text
    for page in (march, october, latest):
        assert "It does not follow that it was not done." in page
        assert "unfulfilled" not in page
    none = "The graph has no later document that could report on it."
    assert [none in page for page in (march, october, latest)] == [False, False, True]
    assert 'href="/glossary#no-later-document">no later document</a>' in latest
    assert 'href="/glossary#later-documents-silent">later documents silent</a>' in march


def test_the_page_of_an_undertaking_loses_no_property(client: httpx.Client, store: ox.Store) -> None:
    subject = ox.NamedNode(f"{UNDERTAKING}reporting-framework")
    page = client.get("/doc/undertaking/reporting-framework.html").text
    details = html.unescape(page[page.index('<details class="all">') :])
    objects = {quad.object for quad in store.quads_for_pattern(subject, None, None, ox.DefaultGraph())}
    assert len(objects) > 8
    for term in objects:
        assert isinstance(term, ox.Literal | ox.NamedNode)
        assert term.value.removeprefix("https://w3id.org/g7kg/").removeprefix("id/") in details


def make_register(count: int) -> tuple[Undertaking, ...]:
    def state(number: int) -> Mapping[str, list[list[str]]]:
        status = "urn:delivered" if number % 2 else "urn:restated"
        return {"label": [[f"Promise {number:04}"]], "status": [[status]], "stated": [["urn:d", "urn:high", "", ""]]}

    facets = {f"urn:u{number:04}": state(number) for number in range(count)}
    sources = read_sources([{"document": "urn:d", "title": "D", "date": "2024-03-15"}])
    lives = [{"undertaking": iri, "statement": iri, "document": "urn:d"} for iri in facets]
    return add_details(arrange_register(facets, {}, sources), [], lives, [], sources)


def test_a_page_shows_a_hundred_and_leads_on_while_csv_has_all() -> None:
    tracked = Tracked(make_register(250), {}, ())

    def render(asked: list[tuple[str, str]], chosen: Format) -> Response:
        criteria = read_criteria(asked)
        narrowed = narrow(tracked.register, criteria)
        number = criteria.page if chosen is CSV else criteria.page or 1
        chunk = Chunk(narrowed.matching, 1, 1) if number is None else cut_chunk(narrowed.matching, number)
        return render_tracker(tracked, criteria, narrowed, chunk, chosen)

    last = render([("sort", "label"), ("page", "3")], HTML)
    assert isinstance(last, PageResponse)
    last.finish()
    page = bytes(last.body).decode()
    assert re.findall(r">Promise (\d+)</a>", page) == [f"{number:04}" for number in range(200, 250)]
    assert '<a rel="prev" href="/undertakings?sort=label&amp;page=2">' in page
    assert 'rel="next"' not in page
    assert '</undertakings.html?sort=label&page=2>; rel="prev"' in last.headers["link"]
    first = render([], HTML)
    assert '</undertakings.html?page=2>; rel="next"' in first.headers["link"]
    assert isinstance(first, PageResponse)
    first.finish()
    assert "250 promises" in bytes(first.body).decode()
    for query, count in (([], 250), ([("page", "3")], 50)):
        table = bytes(render(query, CSV).body).decode()
        assert len(list(csv.DictReader(io.StringIO(table)))) == count
    with pytest.raises(NotFound, match="there is no page 4"):
        render([("page", "4")], HTML)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_details_of_an_undertaking_are_what_the_register_leaves_out(language: str, dataset: Dataset) -> None:
    asked = replace(dataset, language=language)
    tracked = asyncio.run(read_tracked(asked))
    details = asyncio.run(read_details(asked, tracked.register, tracked.sources))
    assert len(details) > 100
    for one, whole in zip(tracked.register, details, strict=True):
        assert replace(whole, events=(), words="", facts={}, statements=(), restatements=(), reports=()) == one
        assert (whole.label, bool(whole.events), bool(whole.statements)) == (one.label, True, True)


def test_counts_of_a_facet_leave_its_own_filter_out_of_account() -> None:
    register = make_register(5)
    narrowed = narrow(register, read_criteria([("status", "urn:delivered")]))
    assert [(option.value.iri, option.count, option.chosen) for option in narrowed.options["status"]] == [
        ("urn:delivered", 2, True),
        ("urn:restated", 3, False),
    ]
    assert [undertaking.iri for undertaking in narrowed.matching] == ["urn:u0001", "urn:u0003"]


def test_a_value_that_does_not_occur_is_an_error_that_lists_those_that_do() -> None:
    with pytest.raises(RequestError) as caught:
        narrow(make_register(2), read_criteria([("status", "urn:lost")]))
    assert str(caught.value) == "no undertaking has “urn:lost” for status (there are: urn:delivered, urn:restated)"


def test_data_without_labels_dates_or_places_is_shown_by_what_there_is() -> None:
    [document] = read_sources([{"document": "https://example.org/d"}]).values()
    assert (document.known_as, document.day) == ("https://example.org/d", None)
    life = [{"undertaking": "urn:u", "statement": "urn:s", "document": "https://example.org/d"}]
    said = [{**life[0], "order": "no number", "start": "0", "firstWords": "We will", "lastWords": "at once"}]
    sources = {"https://example.org/d": document}
    [one] = add_details(arrange_register({"urn:u": {}}, {}, sources), [], life, said, sources)
    assert one.words == "We will … at once"
    assert (one.label, one.kinds, one.days) == ("urn:u", (), ())
    assert [event.text for event in one.events] == ["stated in https://example.org/d"]


def test_places_stand_in_the_order_of_the_name_of_the_meeting() -> None:
    row = {"document": "urn:d", "title": "D", "name": "Meeting, Verona and Trento", "date": "2024-03-15"}
    [source] = read_sources([{**row, "place": "Trento"}, {**row, "place": "Verona"}]).values()
    assert source.known_as == "Verona and Trento, March 2024"


def test_documents_of_one_place_and_month_are_told_apart_by_their_titles() -> None:
    meeting = {"name": "Meeting in Rome", "date": "2024-03-15", "place": "Rome"}
    rows = [{**meeting, "document": "urn:a", "title": "A"}, {**meeting, "document": "urn:b", "title": "B"}]
    assert [source.known_as for source in read_sources(rows).values()] == ["Rome, March 2024: A", "Rome, March 2024: B"]


def test_an_axis_spreads_days_evenly_and_leaves_out_labels_that_would_collide() -> None:
    named = {date(2024, 1, 1): "a", date(2024, 1, 11): "b", date(2024, 4, 10): "c"}
    axis = make_axis(named, [date(2024, 1, 1)], width=120, margin=10, gap=30)
    assert axis is not None
    assert [(tick.x, tick.label, tick.anchor) for tick in axis.ticks] == [
        (10, "a", "start"),
        (20, "", "middle"),
        (110, "c", "end"),
    ]
    assert axis.locate(date(2030, 1, 1)) == 110
    assert make_axis({}, [], 120, 10, 30) is None


def test_marks_of_one_day_stand_side_by_side_unless_one_goes_round_the_other() -> None:
    day, later = date(2024, 1, 1), date(2024, 1, 11)
    axis = make_axis({day: "a", later: "b"}, [], width=120, margin=10, gap=30)
    assert axis is not None
    moments = [
        Moment(later, "delivered", ""),
        Moment(day, "stated", ""),
        Moment(day, "elaborated", "", around=True),
        Moment(later, "restated", ""),
    ]
    life = draw_timeline(axis, moments, [Moment(later, "due", "")])
    assert [(mark.moment.kind, mark.x) for mark in life.marks] == [
        ("stated", 10),
        ("elaborated", 10),
        ("delivered", 110),
        ("restated", 123),
    ]
    assert life.line == (10, 123)
    assert [mark.x for mark in life.deadlines] == [110]


@pytest.mark.parametrize(
    ("path", "name"),
    [("p50", "paragraph 50"), ("a2/b1", "Annex 2, bullet 1"), ("e05", "entry 5"), ("intro", "intro"), ("a/b", "a/b")],
)
def test_a_part_is_called_as_people_call_it(path: str, name: str) -> None:
    assert name_part(path) == name
