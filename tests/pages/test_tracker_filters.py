"""The filters of the tracker, as functions of the register: what they leave, in which order, and what is no filter."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import parse_qsl

import pyoxigraph as ox
import pytest
from tests.helpers.sparql import NOT_EARLIER, find

from g7kg.dataset.dataset import Dataset
from g7kg.errors import G7kgError
from g7kg.pages.filters import Narrowed, narrow, read_criteria
from g7kg.pages.tracking import Register
from g7kg.pages.undertakings import read_tracked


@pytest.fixture(scope="module")
def register(dataset: Dataset) -> Iterator[Register]:
    with closing(asyncio.run(read_tracked(dataset)).register) as register:
        yield register


def ask(register: Register, query: str) -> Narrowed:
    return narrow(register, read_criteria(parse_qsl(query.removeprefix("?"), keep_blank_values=True)))


NOT_TAKEN_UP = """
        MINUS { ?f g7:followUpOf ?u }
        FILTER NOT EXISTS {
          ?t g7:expresses ?u ; g7:inDocument/dcterms:issued ?d .
          ?v g7:expresses ?u ; g7:inDocument/dcterms:issued ?e . FILTER(?d < ?e)
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
    "?document=cernobbio-como-2024": f"""
        ?s g7:inDocument <https://w3id.org/g7kg/id/cernobbio-como-2024> ; g7:expresses ?u {NOT_EARLIER}""",
    "?document=verona-trento-2024": f"""
        ?s g7:inDocument <https://w3id.org/g7kg/id/verona-trento-2024> ; g7:expresses ?u {NOT_EARLIER}""",
    "?debtor=organisation/oecd": "?s g7:expresses ?u ; g7:debtor <https://w3id.org/g7kg/id/organisation/oecd>",
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
def test_a_filter_leaves_exactly_what_the_store_says(query: str, register: Register, store: ox.Store) -> None:
    expected, listed = find(store, FILTERS[query]), [one.iri for one in register.read(ask(register, query).matching)]
    assert set(listed) == expected
    assert 0 < len(listed) == len(expected) < len(register) == len(find(store, "?u a g7:Undertaking"))


@pytest.mark.parametrize("chosen", ["", "kind=Request&topic=digital-identity"])
def test_as_many_are_left_as_each_option_says(chosen: str, register: Register) -> None:
    options = ask(register, chosen).options
    assert len(options) > 6
    for name, values in options.items():
        for option in values:
            kept = [(key, value) for key, value in parse_qsl(chosen) if key != name]
            criteria = read_criteria([*kept, (name, option.value.name)])
            assert len(narrow(register, criteria).matching) == option.count > 0, (name, option)


def test_orders_sort_the_values_and_leave_what_has_none_at_the_end(register: Register) -> None:
    def order(by: str) -> list[str]:
        return [one.iri for one in register.read(ask(register, f"sort={by}").matching)]

    known = {one.iri: one for one in register.read(register.find())}
    labels = [known[iri].label.casefold() for iri in order("label")]
    assert labels == sorted(labels)
    assert order("-label") == order("label")[::-1]
    for by, backwards in (("due", False), ("-due", True)):
        days = [max(known[iri].days) if known[iri].days else None for iri in order(by)]
        stated = [day for day in days if day]
        assert days == [*sorted(stated, reverse=backwards), *[None] * days.count(None)]


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
    "?q=" + "x" * 201: ("the text to look for is too long", "200"),
}


@pytest.mark.parametrize("query", BAD)
def test_a_bad_parameter_is_refused_with_what_is_allowed(query: str, register: Register) -> None:
    message, allowed = BAD[query]
    with pytest.raises(G7kgError, match=re.escape(message)) as caught:
        ask(register, query)
    assert allowed in (caught.value.hint or "")
