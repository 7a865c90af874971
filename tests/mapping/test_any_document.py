"""Documents of any make: mapped in part, without a meeting, known as an instrument, in several prints."""

from typing import Any, Final

import pyoxigraph as ox
import pytest
from tests.helpers.desk import ID, LAKES, PART, WATER, Desk, Entries, ask

from g7kg.build.assembly import Assembly
from g7kg.build.coverage import describe_scopes, find_gaps, read_coverage
from g7kg.texts.normalisation import digest_text
from g7kg.texts.sources import read_source


def test_a_document_is_mapped_in_part_and_counted_as_a_whole(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **PART)
    assert desk.findings("one") == set()
    assembly = desk.assemble("two", texts=True)
    assert assembly.documents == {"lakes-2031": True}
    tables = read_coverage(assembly, desk.workspace.queries)
    assert tables[0].rows == ((f"{ID}lakes-2031", "3", "5", "3", "3", "3"),)
    assert list(describe_scopes(tables)) == [f"{ID}lakes-2031: 3 of 3 sentences in scope, of 5"]
    assert list(find_gaps(tables)) == []
    assert ask(assembly, "SELECT ?order { doc:lakes-2031/p2 g7:order ?order }".replace("/", "\\/")) == {("4",)}
    within = ask(assembly, "SELECT ?s { ?s a g7:Statement ; g7:within <" + ID + "lakes-2031/h2> }")
    assert within == {("lakes-2031/p2/s1",), ("lakes-2031/p2/s2",), ("lakes-2031/p3/s1",)}


def test_a_document_without_scope_is_in_scope_as_a_whole(desk: Desk) -> None:
    everything = {"p1": [{"speechAct": "report"}, {"speechAct": "plan"}], **WATER}
    desk.map("lakes-2031", LAKES, everything, issued="2031-06-14")
    assert desk.findings() == set()
    assembly = desk.assemble("two", texts=True)
    scope = "SELECT ?scope ?parts ?sentences { ?d g7:scope ?scope ; g7:partCount ?parts ; g7:sentenceCount ?sentences }"
    assert ask(assembly, scope) == {("lakes-2031", "3", "5")}


def test_a_part_in_scope_has_statements_and_one_outside_has_none(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, {**WATER, "p1": [{"speechAct": "report"}], "p3": []}, **PART)
    assert desk.findings() == {("ST-99", "lakes-2031/p1/s1"), ("PG-92", "lakes-2031/p3"), ("DC-05", "lakes-2031")}


def test_a_part_outside_may_have_an_entry_without_statements(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, {**WATER, "p1": []}, **PART)
    assert desk.findings() == set()
    assert desk.assemble("two", texts=True).documents == {"lakes-2031": True}


def test_a_scope_that_names_no_part_is_told_with_its_place(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **{**PART, "scope": ["h2", "h7"]})
    told = desk.refusal()
    assert told == (
        "mappings/lakes-2031.yaml:16:5: nothing defines doc:lakes-2031/h7, which scope refers to"
        " (did you mean “doc:lakes-2031/h2” or “doc:lakes-2031” or “doc:lakes-2031/p3”?)"
    )


def test_a_part_in_scope_that_the_mapping_lacks_is_told_by_the_text(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, {"p2": WATER["p2"]}, **PART)
    told = desk.refusal(texts=True)
    assert told.endswith("the mapping has no entry for paragraph p3 (add an entry for it)")


def test_a_wrong_size_of_the_whole_is_told_by_the_text(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **{**PART, "sentenceCount": 50})
    told = desk.refusal(texts=True)
    assert "the text gives sentenceCount 5, not 50 (write sentenceCount: 5)" in told


def test_a_document_that_was_an_instrument_keeps_its_iri_with_parts_below(desk: Desk) -> None:
    head = {**PART, "type": ["Declaration", "Instrument"], "label": "Communiqué of the Lakes", "altLabel": "The Lakes"}
    desk.map("lakes", LAKES, WATER, id_="instrument:lakes", **head)
    desk.entries["instrument:principles"] = {
        "type": "Instrument",
        "label": "Principles of water",
        "partOf": "instrument:lakes",
    }
    assert desk.findings() == set()
    assembly = desk.assemble("two", texts=True)
    assert assembly.documents == {"lakes": True}
    kinds = "SELECT ?t { instrument:lakes a ?class BIND(STRAFTER(STR(?class), '#') AS ?t) }"
    assert ask(assembly, kinds) == {("Declaration",), ("Instrument",), ("Document",)}
    quads = ox.parse(b"".join(path.read_bytes() for path in assembly.stated), format=ox.RdfFormat.N_QUADS)
    graphs = {quad.graph_name.value for quad in quads if quad.subject.value.startswith(f"{ID}instrument/lakes/p2")}
    assert graphs == {"https://w3id.org/g7kg/graph/lakes", "https://w3id.org/g7kg/graph/derived"}
    inside = ask(assembly, "SELECT ?x { ?x g7:inDocument instrument:lakes FILTER NOT EXISTS { ?x a g7:Part } }")
    assert inside == {(f"instrument/lakes/{name}",) for name in ("p2/s1", "p2/s2", "p3/s1")}
    assert assembly.locations[f"{ID}instrument/lakes/p2/s1"].path == "mappings/lakes.yaml"


def test_an_instrument_is_not_mapped_beside_its_entry_in_the_registry(desk: Desk) -> None:
    head = {**PART, "type": ["Declaration", "Instrument"], "label": "Communiqué"}
    desk.map("lakes", LAKES, WATER, id_="instrument:lakes", **head)
    desk.entries["instrument:lakes"] = {"type": "Instrument", "label": "Communiqué"}
    told = desk.refusal()
    assert "the id instrument:lakes is given twice" in told


def test_two_mappings_of_one_text_are_found(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **PART)
    desk.map("lakes-again", LAKES, WATER, **{**PART, "issued": "2031-06-15"})
    assert {("DO-90", "lakes-2031"), ("DO-90", "lakes-again")} <= desk.findings()


@pytest.mark.parametrize(
    ("id_", "type_", "message"),
    [
        ("instrument:lakes", "Declaration", "“instrument:lakes” is not an id of a Declaration"),
        ("doc:lakes", ["Declaration", "Catalogue"], "a Declaration cannot also be a Catalogue"),
        ("doc:lakes", ["Declaration", "Instrumnt"], "there is no type “Instrumnt” here (did you mean “Instrument”?)"),
    ],
)
def test_a_document_of_types_that_do_not_go_together_is_refused(
    id_: str, type_: object, message: str, desk: Desk
) -> None:
    desk.map("lakes", LAKES, WATER, id_=id_, **{**PART, "type": type_})
    told = desk.refusal()
    assert message in told


def test_a_summit_of_leaders_and_a_meeting_without_a_place_adopt_documents(desk: Desk) -> None:
    size = {key: value for key, value in PART.items() if key != "issued"}
    desk.map("lakes-2031", LAKES, WATER, **size)
    desk.map("lakes-2032", LAKES.replace("hosts", "guests").replace("clean", "pure"), WATER, **size)
    evidence = "doc:lakes-2031/p3/s1"
    desk.entries["event:summit-2031"] = {
        "type": "Event",
        "label": "Summit of the Lakes",
        "dateStated": "May 13-14",
        "earliest": "2031-05-13",
        "latest": "2031-05-14",
        "adopted": "doc:lakes-2031",
        "evidence": evidence,
    }
    desk.entries["meeting:virtual-2032"] = {
        "type": "Meeting",
        "label": "Virtual meeting",
        "dateStated": "May 1",
        "earliest": "2032-05-01",
        "latest": "2032-05-01",
        "adopted": "doc:lakes-2032",
        "source": "https://example.org/virtual",
    }
    assert desk.findings() == {("ME-91", "meeting/virtual-2032")}
    dates = ask(desk.assemble("two"), "SELECT ?d ?date { ?d a g7:Declaration ; dcterms:issued ?date }")
    assert dates == {("lakes-2031", "2031-05-14"), ("lakes-2032", "2032-05-01")}


def test_a_document_without_a_day_is_found(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **{key: value for key, value in PART.items() if key != "issued"})
    assert ("DO-09", "lakes-2031") in desk.findings()


FLOOD: Final = {"type": "Event", "label": "Flood", "dateStated": "May", "earliest": "2031-05-01"}


@pytest.mark.parametrize(
    ("head", "entries", "found"),
    [
        ({"scope": ["h2", "organisation:lake-leaders"]}, {}, {("DC-07", "lakes-2031"), ("DC-93", "lakes-2031")}),
        ({}, {"instrument:lakes": {"type": "Instrument", "label": "Document lakes-2031"}}, {("DO-91", "lakes-2031")}),
        ({}, {"event:flood": FLOOD}, {("GR-99", "event/flood")}),
    ],
    ids=["a-scope-that-is-no-part", "a-document-that-the-registry-knows-by-its-title", "facts-without-evidence"],
)
def test_what_is_wrong_is_found(head: dict[str, Any], entries: Entries, found: set[Any], desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **{**PART, **head})
    desk.entries |= entries
    assert desk.findings() == found


PRINTED: Final = LAKES.replace("We thank our hosts.", "We thank, our hosts.")
"""The same document as a government prints it: one paragraph has a comma more."""


def put_edition(desk: Desk, text: str) -> None:
    """Write the other print, and say in the mapping that it is an edition."""
    print_ = desk.texts / "print.txt"
    print_.write_text(text, "utf-8")
    edition = {
        "id": "edition/print",
        "publication": "https://example.org/print",
        "sourceDigest": read_source(print_).sha256,
    }
    desk.map("lakes-2031", LAKES, WATER, editions=[edition], **PART)


def verified(assembly: Assembly) -> dict[str, str]:
    """Return against which publication the words of each part were verified."""
    quads = [quad for path in assembly.texts for quad in ox.parse(path=path, format=ox.RdfFormat.N_QUADS)]
    found = [quad for quad in quads if quad.predicate.value.endswith("#verifiedAgainst")]
    return {quad.subject.value.removeprefix(f"{ID}lakes-2031/"): quad.object.value for quad in found}


def test_each_part_is_verified_against_one_of_the_prints_at_hand(desk: Desk) -> None:
    put_edition(desk, PRINTED)
    assert desk.findings() == set()
    both = desk.assemble("both", texts=True)
    assert verified(both) == dict.fromkeys(("p2", "p3"), "https://example.org/lakes-2031")
    assert both.unmapped == ()


def test_a_part_in_the_words_of_another_print_says_so_and_opens_there(desk: Desk) -> None:
    put_edition(desk, PRINTED)
    words = "We thank, our hosts."
    desk.edit("lakes-2031", digest_text("We thank our hosts."), digest_text(words))
    desk.edit(
        "lakes-2031",
        "length: 19\n  sentenceEnd:\n  - 19",
        "wording: edition/print\n  length: 20\n  sentenceEnd:\n  - 20",
    )
    desk.edit(
        "lakes-2031",
        "firstWords: We thank our hosts\n      start: 0\n      end: 19",
        "firstWords: We thank, our hosts\n      start: 0\n      end: 20",
    )
    assert desk.findings() == set()
    assert verified(desk.assemble("both", texts=True)) == {
        "p2": "https://example.org/lakes-2031",
        "p3": "https://example.org/print",
    }
    opens = f"SELECT ?at {{ <{ID}lakes-2031/p3/s1/span> g7:textFragment ?at }}"
    assert ask(desk.assemble("again"), opens) == {("https://example.org/print#:~:text=We%20thank%2C%20our%20hosts",)}


def test_a_part_that_agrees_with_no_print_is_told(desk: Desk) -> None:
    put_edition(desk, PRINTED)
    desk.edit("lakes-2031", digest_text("We thank our hosts."), digest_text("We thank nobody."))
    told = desk.refusal(texts=True)
    assert "for paragraph p3 (the words have changed" in told


def test_a_text_that_no_mapping_is_of_is_told(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **PART)
    other = desk.texts / "other.txt"
    other.write_text("Another document\n\nIt is about something else.\n", "utf-8")
    assert desk.assemble(texts=True).unmapped == (other,)
