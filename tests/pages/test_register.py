"""The register that the tracker is made of, as functions of rows; the drawings of the lives of undertakings."""

import asyncio
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from starlette.responses import Response
from tests.helpers.tables import read_rows

from g7kg.dataset.dataset import Dataset, Row
from g7kg.errors import NotFound, RequestError
from g7kg.pages.drawing.timeline import Mark, Tick, draw_life, make_axis
from g7kg.pages.filters import Narrowed, narrow, read_criteria
from g7kg.pages.home import show_home
from g7kg.pages.named import Named, name_part
from g7kg.pages.register import Deadline, Event, Undertaking, add_details
from g7kg.pages.sources import Source, read_sources
from g7kg.pages.tracking import Register
from g7kg.pages.undertakings import Chunk, Tracked, cut_chunk, read_details, read_tracked
from g7kg.rdf.formats import HTML, PLAIN_FORMATS, Format
from g7kg.serve.pages.html import PageResponse
from g7kg.serve.pages.undertakings import render_tracker
from g7kg.snapshot.register import fill_register, open_register

CSV = PLAIN_FORMATS[1]


def make_register(count: int) -> Register:
    def state(number: int) -> Row:
        status = "urn:delivered" if number % 2 else "urn:restated"
        facts = f"label\tPromise {number:04}\nstatus\t{status}\nstated\turn:d\turn:high\t\t"
        return {"undertaking": f"urn:u{number:04}", "facts": facts}

    documents = [{"document": "urn:d", "title": "D", "date": "2024-03-15"}]
    connection = sqlite3.connect(":memory:")
    fill_register(connection, map(state, range(count)), documents)
    return Register(connection, {}, read_sources(documents))


def detail(register: Register, numbers: Sequence[int]) -> tuple[Undertaking, ...]:
    """Return the undertakings with these numbers, each stated once."""
    found = register.read(numbers)
    lives = [{"undertaking": one.iri, "statement": one.iri, "document": "urn:d"} for one in found]
    return add_details(found, [], lives, [], register.sources)


def test_a_page_shows_a_hundred_and_leads_on_while_csv_has_all() -> None:
    tracked = Tracked(make_register(250))

    def render(asked: list[tuple[str, str]], chosen: Format) -> Response:
        criteria = read_criteria(asked)
        narrowed = narrow(tracked.register, criteria)
        number = criteria.page if chosen is CSV else criteria.page or 1
        shown, count = cut_chunk(narrowed.matching, number)
        chunk = Chunk(detail(tracked.register, shown), number or 1, count)
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
        assert len(read_rows(table)) == count
    with pytest.raises(NotFound, match="there is no page 4"):
        render([("page", "4")], HTML)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_details_of_an_undertaking_are_what_the_register_leaves_out(language: str, dataset: Dataset) -> None:
    asked = replace(dataset, language=language)

    async def read() -> tuple[tuple[Undertaking, ...], tuple[Undertaking, ...]]:
        with closing((await read_tracked(asked)).register) as opened:
            register = opened.read(opened.find())
            return register, await read_details(asked, register, opened.sources)

    register, details = asyncio.run(read())
    assert len(details) > 100
    for one, whole in zip(register, details, strict=True):
        assert replace(whole, events=(), words="", facts={}, statements=(), restatements=(), reports=()) == one
        assert (whole.label, bool(whole.events), bool(whole.statements)) == (one.label, True, True)


def test_the_register_of_an_older_snapshot_is_made_when_it_is_asked(dataset: Dataset, tmp_path: Path) -> None:
    def read(asked: Dataset) -> tuple[tuple[Undertaking, ...], Narrowed]:
        with closing(asyncio.run(read_tracked(asked)).register) as register:
            narrowed = narrow(register, read_criteria([("kind", "Request"), ("sort", "debtor")]))
            return register.read(narrowed.matching), narrowed

    made = read(replace(dataset, folder=tmp_path))
    assert made == read(dataset)
    assert len(made[0]) > 20


def test_no_register_stays_open_where_a_query_of_the_page_fails(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection | None] = []

    def open_noted(folder: Path) -> sqlite3.Connection | None:
        opened.append(open_register(folder))
        return opened[-1]

    monkeypatch.setattr("g7kg.pages.undertakings.open_register", open_noted)
    for name in ("names-of-values", "declarations", "documents-in-numbers", "initiatives-by-document"):
        known = {key: query for key, query in dataset.library.selections.items() if key != name}
        with pytest.raises(KeyError, match=name):
            asyncio.run(show_home(replace(dataset, library=replace(dataset.library, selections=known)), "http://a/"))
    assert len(opened) == 1
    for connection in filter(None, opened):
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


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
    connection = sqlite3.connect(":memory:")
    fill_register(connection, [{"undertaking": "urn:u", "facts": ""}], [])
    register = Register(connection, {}, sources)
    [one] = add_details(register.read([1]), [], life, said, sources)
    assert one.words == "We will … at once"
    assert (one.label, one.facets["kind"], one.days) == ("urn:u", (), ())
    assert [event.text for event in one.events] == ["stated in https://example.org/d"]


def test_places_stand_in_the_order_of_the_name_of_the_meeting() -> None:
    row = {"document": "urn:d", "title": "D", "name": "Meeting, Verona and Trento", "date": "2024-03-15"}
    [source] = read_sources([{**row, "place": "Trento"}, {**row, "place": "Verona"}]).values()
    assert source.known_as == "Verona and Trento, March 2024"


def test_documents_of_one_place_and_month_are_told_apart_by_their_titles() -> None:
    meeting = {"name": "Meeting in Rome", "date": "2024-03-15", "place": "Rome"}
    rows = [{**meeting, "document": "urn:a", "title": "A"}, {**meeting, "document": "urn:b", "title": "B"}]
    assert [source.known_as for source in read_sources(rows).values()] == ["Rome, March 2024: A", "Rome, March 2024: B"]


def adopt(*days: date) -> list[Source]:
    return [Source(Named("", str(day)), day) for day in days]


def test_an_axis_spreads_days_evenly_and_leaves_out_labels_that_would_collide() -> None:
    sources = adopt(date(2024, 4, 10), date(2024, 1, 1), date(2024, 1, 11))
    axis = make_axis(sources, [Deadline(date(2024, 1, 1), "")], width=120, margin=10, gap=30)
    assert axis is not None
    assert axis.ticks == (Tick(10, "Jan 2024", "start"), Tick(20, "", "middle"), Tick(110, "Apr 2024", "end"))
    assert axis.locate(date(2030, 1, 1)) == 110
    assert make_axis([Source(Named("", ""), None)], [], width=120, margin=10, gap=30) is None


def test_marks_of_one_day_stand_side_by_side_unless_one_goes_round_the_other() -> None:
    first, later = adopt(date(2024, 1, 1), date(2024, 1, 11))
    axis = make_axis([first, later], [], width=120, margin=10, gap=30)
    happened = [(first, "stated"), (first, "elaborated"), (later, "delivered"), (later, "restated")]
    life = draw_life(axis, [Event(source, kind, kind) for source, kind in happened], [Deadline(later.day, "soon")])
    assert life is not None
    assert [(mark.kind, mark.x) for mark in life.marks] == [
        *(("stated", 10), ("elaborated", 10)),
        *(("delivered", 110), ("restated", 123)),
    ]
    assert life.line == (10, 123)
    assert life.deadlines == (Mark("due", "due by 11 January 2024", 110),)


@pytest.mark.parametrize(
    ("path", "name"),
    [("p50", "paragraph 50"), ("a2/b1", "Annex 2, bullet 1"), ("e05", "entry 5"), ("intro", "intro"), ("a/b", "a/b")],
)
def test_a_part_is_called_as_people_call_it(path: str, name: str) -> None:
    assert name_part(path) == name
