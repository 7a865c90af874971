"""Documents of any make: mapped in part, without a meeting, known as an instrument, in several prints, in any order.

A workspace of its own for each test, with invented documents that are mapped by a few lines each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest
import yaml
from tests.helpers.project import mkdir
from tests.helpers.sparql import select

from g7kg.build.assembly import Assembly, assemble, validate_assembly
from g7kg.build.coverage import describe_scopes, find_gaps, read_coverage
from g7kg.build.work import Means
from g7kg.errors import G7kgError, MappingError
from g7kg.mapping.workspace import Workspace
from g7kg.shacl import Finding
from g7kg.texts import DOCUMENT_KINDS, choose_cues, digest_text, read_source, split_sentences

ID: Final = "https://w3id.org/g7kg/id/"
CONTEXT: Final = "https://w3id.org/g7kg/context.jsonld"
FOLDERS: Final = {"doc": "", "instrument": "instrument/", "undertaking": "undertaking/"}
PREFIXES: Final = "".join(f"PREFIX {name}: <{ID}{folder}>\n" for name, folder in FOLDERS.items())

LAKES: Final = """\
Communiqué of the Lakes

Fish

We met at the lake. We will count the fish.

Water

We will keep the water clean. We ask relevant ministers to report on the water.

We thank our hosts.
"""

REGISTRY: Final = {
    "organisation:lake-leaders": {"type": "Organisation", "label": "Leaders of the Lakes"},
    "undertaking:clean-water": {"type": "Commitment", "label": "Clean water"},
    "undertaking:water-report": {"type": "Request", "label": "Report on the water"},
}

Entries = Mapping[str, Mapping[str, Any]]
Said = Mapping[str, Sequence[Mapping[str, Any]]]

WATER: Final[Said] = {
    "p2": [
        {"speechAct": "will", "expresses": "undertaking:clean-water", "beneficiary": "group:local-communities"},
        {"speechAct": "ask", "addressee": "group:relevant-ministers", "expresses": "undertaking:water-report"},
    ],
    "p3": [{"speechAct": "thank"}],
}
"""What the second section says, part by part and sentence by sentence."""


@dataclass
class Desk:
    """A workspace in which documents are mapped; ``texts`` is the folder of their texts."""

    workspace: Workspace
    means: Means
    folder: Path
    entries: dict[str, Mapping[str, Any]] = field(default_factory=lambda: dict(REGISTRY))

    @property
    def texts(self) -> Path:
        return self.folder / "texts"

    def map(self, slug: str, text: str, said: Said, *, id_: str = "", **head: object) -> Path:
        """Write ``text`` and its mapping: entries for the parts that ``said`` speaks of, and what they are part of."""
        source = self.texts / f"{slug}.txt"
        source.write_text(text, "utf-8")
        id_ = id_ or f"doc:{slug}"
        units = {unit.id: unit for unit in DOCUMENT_KINDS["Declaration"].read_parts(text)}
        page = "\n".join(unit.text for unit in units.values())
        needed = {ancestor for name in said for ancestor in _lineage(name, units)}
        graph: list[Mapping[str, Any]] = [
            {
                "id": id_,
                "type": "Declaration",
                "title": f"Document {slug}",
                "language": "en",
                "sourceDigest": read_source(source).sha256,
                "normalisation": "n1",
                "publication": f"https://example.org/{slug}",
                "speaker": "organisation:lake-leaders",
                **head,
            }
        ]
        offset = 0
        for order, (name, unit) in enumerate(units.items(), 1):
            if name in needed:
                parts = {"id": name, "type": unit.kind.capitalize(), "order": order, "partOf": unit.parent or id_}
                words = {"title": unit.text} if unit.kind == "section" else _describe(unit.text)
                statements = list(_state(name, unit.text, said.get(name, ()), page, offset))
                graph.append({**parts, **words, **({"statements": statements} if statements else {})})
            offset += len(unit.text) + 1
        path = self.workspace.mappings / f"{slug}.yaml"
        base = ID + id_.removeprefix("doc:").replace(":", "/") + "/"
        _write(path, [CONTEXT, {"@base": base}], graph)
        return path

    def edit(self, slug: str, old: str, new: str) -> None:
        """Replace ``old``, which stands once in the mapping of ``slug``, by ``new``."""
        path = self.workspace.mappings / f"{slug}.yaml"
        text = path.read_text("utf-8")
        assert text.count(old) == 1, text
        path.write_text(text.replace(old, new), "utf-8")

    def assemble(self, name: str = "out", *, texts: bool = False) -> Assembly:
        _write(
            self.workspace.mappings / "registry" / "things.yaml",
            CONTEXT,
            [{"id": key, **entry} for key, entry in self.entries.items()],
        )
        return assemble(self.workspace, self.texts if texts else None, mkdir(self.folder / name), self.means)

    def findings(self, name: str = "out") -> set[tuple[str, str]]:
        """Return what a build finds: the requirement and the thing, below ``id/``."""
        found = validate_assembly(self.assemble(name), self.means, "shacl").findings
        return {_shorten(finding) for finding in found if finding.severity.name != "INFO"}


def _shorten(finding: Finding) -> tuple[str, str]:
    return finding.message.split()[0], finding.focus_node.removeprefix(ID)


def _lineage(name: str, units: Mapping[str, Any]) -> Iterator[str]:
    while name in units:
        yield name
        name = units[name].parent or ""


def _describe(text: str) -> dict[str, Any]:
    ends = [end for _, end in split_sentences(text)]
    return {"digest": digest_text(text), "length": len(text), "sentenceEnd": ends}


def _state(
    name: str, text: str, said: Sequence[Mapping[str, Any]], page: str, offset: int
) -> Iterator[Mapping[str, Any]]:
    for number, (keys, (start, end)) in enumerate(zip(said, split_sentences(text), strict=False), 1):
        cues = choose_cues(page, offset + start, offset + end)
        assert cues
        found = {"prefix": cues.prefix, "firstWords": cues.first, "lastWords": cues.last}
        span = {"id": f"{name}/s{number}/span", **{key: words for key, words in found.items() if words}}
        statement = {"id": f"{name}/s{number}", "gist": f"What sentence {number} of {name} says.", "topic": "ai"}
        yield {**statement, "span": {**span, "start": start, "end": end}, **keys}


def _write(path: Path, context: object, graph: object) -> None:
    path.write_text(
        yaml.safe_dump({"@context": context, "@graph": graph}, allow_unicode=True, sort_keys=False), "utf-8"
    )


def ask(assembly: Assembly, query: str) -> set[tuple[str, ...]]:
    """Return the rows of ``query``, IRIs without what is before ``id/`` or the last slash."""
    solutions = select(ox.Store.read_only(str(assembly.store)), PREFIXES + query)
    return {tuple("" if term is None else term.value.removeprefix(ID) for term in row) for row in solutions}


def statuses(assembly: Assembly) -> dict[str, set[str]]:
    """Return the notations of the statuses of each undertaking."""
    found: dict[str, set[str]] = {}
    for name, status in ask(assembly, "SELECT ?u ?n { ?u a g7:Undertaking ; g7:status/skos:notation ?n }"):
        found.setdefault(name.removeprefix("undertaking/"), set()).add(status)
    return found


@pytest.fixture
def desk(workspace: Workspace, means: Means, tmp_path: Path) -> Desk:
    root = tmp_path / "workspace"
    (root / "mappings" / "registry").mkdir(parents=True)
    for name in ("ontology", "shapes", "queries"):
        (root / name).symlink_to(getattr(workspace, name))
    (tmp_path / "texts").mkdir()
    return Desk(Workspace(root, root / "build"), means, tmp_path)


PART: Final[Mapping[str, Any]] = {"issued": "2031-06-14", "scope": ["h2"], "partCount": 3, "sentenceCount": 5}


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
    assert desk.findings() == {
        ("ST-99", "lakes-2031/p1/s1"),
        ("PG-92", "lakes-2031/p3"),
        ("DC-05", "lakes-2031"),
    }


def test_a_part_outside_may_have_an_entry_without_statements(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, {**WATER, "p1": []}, **PART)
    assert desk.findings() == set()
    assert desk.assemble("two", texts=True).documents == {"lakes-2031": True}


def test_a_scope_that_names_no_part_is_told_with_its_place(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **{**PART, "scope": ["h2", "h7"]})
    with pytest.raises(G7kgError) as caught:
        desk.assemble()
    assert str(caught.value) == (
        "mappings/lakes-2031.yaml:16:5: nothing defines doc:lakes-2031/h7, which scope refers to"
        " (did you mean “doc:lakes-2031/h2” or “doc:lakes-2031” or “doc:lakes-2031/p3”?)"
    )


def test_a_scope_that_names_something_else_is_found(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **{**PART, "scope": ["h2", "organisation:lake-leaders"]})
    assert desk.findings() == {("DC-07", "lakes-2031"), ("DC-93", "lakes-2031")}


def test_a_part_in_scope_that_the_mapping_lacks_is_told_by_the_text(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, {"p2": WATER["p2"]}, **PART)
    with pytest.raises(G7kgError) as caught:
        desk.assemble(texts=True)
    assert str(caught.value).endswith("the mapping has no entry for paragraph p3 (add an entry for it)")


def test_a_wrong_size_of_the_whole_is_told_by_the_text(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **{**PART, "sentenceCount": 50})
    with pytest.raises(G7kgError) as caught:
        desk.assemble(texts=True)
    assert "the text gives sentenceCount 5, not 50 (write sentenceCount: 5)" in str(caught.value)


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
    parts = "SELECT ?s ?graph { GRAPH ?graph { ?s a g7:Statement } }"
    quads = ox.parse(b"".join(path.read_bytes() for path in assembly.stated), format=ox.RdfFormat.N_QUADS)
    graphs = {quad.graph_name.value for quad in quads if quad.subject.value.startswith(f"{ID}instrument/lakes/p2")}
    assert graphs == {"https://w3id.org/g7kg/graph/lakes", "https://w3id.org/g7kg/graph/derived"}
    assert parts
    inside = ask(assembly, "SELECT ?x { ?x g7:inDocument instrument:lakes FILTER NOT EXISTS { ?x a g7:Part } }")
    assert inside == {(f"instrument/lakes/{name}",) for name in ("p2/s1", "p2/s2", "p3/s1")}
    assert assembly.locations[f"{ID}instrument/lakes/p2/s1"].path == "mappings/lakes.yaml"


def test_an_instrument_is_not_mapped_beside_its_entry_in_the_registry(desk: Desk) -> None:
    head = {**PART, "type": ["Declaration", "Instrument"], "label": "Communiqué"}
    desk.map("lakes", LAKES, WATER, id_="instrument:lakes", **head)
    desk.entries["instrument:lakes"] = {"type": "Instrument", "label": "Communiqué"}
    with pytest.raises(G7kgError) as caught:
        desk.assemble()
    assert "the id instrument:lakes is given twice" in str(caught.value)


def test_a_document_that_the_registry_knows_by_its_title_is_told(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **PART)
    desk.entries["instrument:lakes"] = {"type": "Instrument", "label": "Document lakes-2031"}
    assert desk.findings() == {("DO-91", "lakes-2031")}


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
    with pytest.raises(G7kgError) as caught:
        desk.assemble()
    assert message in str(caught.value)


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


def test_facts_without_evidence_are_found(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **PART)
    desk.entries["event:flood"] = {"type": "Event", "label": "Flood", "dateStated": "May", "earliest": "2031-05-01"}
    assert desk.findings() == {("GR-99", "event/flood")}


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


WORDS: Final = "SELECT ?part ?where { ?part g7:verifiedAgainst ?where }"


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
    with pytest.raises(G7kgError) as caught:
        desk.assemble(texts=True)
    assert "for paragraph p3 (the words have changed" in str(caught.value)


def test_a_text_that_no_mapping_is_of_is_told(desk: Desk) -> None:
    desk.map("lakes-2031", LAKES, WATER, **PART)
    other = desk.texts / "other.txt"
    other.write_text("Another document\n\nIt is about something else.\n", "utf-8")
    assert desk.assemble(texts=True).unmapped == (other,)


def follow(status: str, number: int = 1) -> dict[str, Any]:
    report = {"followUpOf": "undertaking:clean-water", "status": status, "confidence": "stated"}
    return {"speechAct": "report", "followUps": [{"id": f"p2/s{number}/f1", **report}]}


PROMISE: Final = {"speechAct": "will", "expresses": "undertaking:clean-water"}
ASKED: Final = {"speechAct": "ask", "addressee": "g7:unaddressed", "expresses": "undertaking:water-report"}
THANKS: Final = {"speechAct": "thank"}


def map_year(desk: Desk, year: int, *said: Mapping[str, Any]) -> None:
    """Map a document of ``year`` of which two sentences are in scope."""
    text = LAKES.replace("our hosts", f"our hosts of {year}").replace("clean.", f"clean in {year}.")
    desk.map(f"lakes-{year}", text, {"p2": said, "p3": [THANKS]}, **{**PART, "issued": f"{year}-06-14"})


def test_the_life_of_a_promise_follows_from_the_dates_whichever_document_was_mapped_first(desk: Desk) -> None:
    none = "none-on-record"
    map_year(desk, 2032, PROMISE, ASKED)
    assert statuses(desk.assemble("late")) == {
        "clean-water": {"no-later-document", none},
        "water-report": {"no-later-document", none},
    }
    map_year(desk, 2031, PROMISE, THANKS)
    assert desk.findings("both") == set()
    both = desk.assemble("again")
    assert statuses(both) == {"clean-water": {"restated"}, "water-report": {"no-later-document", none}}
    assert ask(both, "SELECT ?u ?d { ?u g7:firstStated ?d }") == {
        ("undertaking/clean-water", "2031-06-14"),
        ("undertaking/water-report", "2032-06-14"),
    }
    assert ask(both, "SELECT ?s { ?s g7:restates ?u }") == {("lakes-2032/p2/s1",)}
    map_year(desk, 2033, THANKS, THANKS)
    assert statuses(desk.assemble("silent")) == {
        "clean-water": {"restated"},
        "water-report": {"later-documents-silent", none},
    }


def test_a_later_statement_that_expresses_a_promise_restates_it_unless_its_mapping_says_more(desk: Desk) -> None:
    map_year(desk, 2031, PROMISE, ASKED)
    map_year(desk, 2032, {**PROMISE, **follow("advanced"), "speechAct": "will"}, THANKS)
    assembly = desk.assemble()
    assert statuses(assembly)["clean-water"] == {"advanced"}
    assert ask(assembly, "SELECT ?s { ?s g7:restates ?u }") == set()


def test_of_two_statuses_of_one_day_the_one_that_says_more_is_the_state(desk: Desk) -> None:
    map_year(desk, 2031, PROMISE, ASKED)
    map_year(desk, 2032, PROMISE, follow("delivered", 2))
    assert desk.findings("one") == set()
    assembly = desk.assemble("two")
    assert statuses(assembly)["clean-water"] == {"delivered"}
    assert ask(assembly, "SELECT ?s { ?s g7:restates|^g7:evidence/g7:followUpOf undertaking:clean-water }") == {
        ("lakes-2032/p2/s1",),
        ("lakes-2032/p2/s2",),
    }


def test_what_was_delivered_is_not_undone_by_being_promised_again(desk: Desk) -> None:
    map_year(desk, 2031, PROMISE, ASKED)
    map_year(desk, 2032, follow("delivered"), THANKS)
    map_year(desk, 2033, PROMISE, THANKS)
    assert statuses(desk.assemble("one"))["clean-water"] == {"delivered"}
    map_year(desk, 2034, follow("advanced"), THANKS)
    assert statuses(desk.assemble("two"))["clean-water"] == {"advanced"}


def test_a_follow_up_in_a_document_that_turns_out_to_be_the_first_must_become_an_expression(desk: Desk) -> None:
    map_year(desk, 2031, follow("advanced"), THANKS)
    map_year(desk, 2032, PROMISE, ASKED)
    report = validate_assembly(desk.assemble(), desk.means, "shacl")
    [finding] = [one for one in report.findings if one.message.startswith("FU-90")]
    assert finding.focus_node == f"{ID}lakes-2031/p2/s1/f1"
    assert "where its words make the promise, write expresses in place of the follow-up" in finding.message


def test_statement_numbers_may_have_gaps_and_a_retired_number_is_never_used_again(
    desk: Desk, workspace: Workspace
) -> None:
    desk.map("lakes-2031", LAKES, WATER, **PART)
    path = desk.workspace.mappings / "lakes-2031.yaml"
    path.write_text(path.read_text("utf-8").replace("p2/s1", "p2/s9"), "utf-8")
    assert desk.findings("gap") == set()
    (desk.workspace.root / "ontology").unlink()
    _copy(workspace.ontology, desk.workspace.root / "ontology")
    retired = desk.workspace.ontology / "catalogue" / "retired.ttl"
    line = f'<{ID}lakes-2031/p2/s9> owl:deprecated true ;\n  rdfs:comment "It is two statements now."@en .\n'
    retired.write_text(retired.read_text("utf-8") + line, "utf-8")
    with pytest.raises(G7kgError) as caught:
        desk.assemble("retired")
    assert "lakes-2031/p2/s9 was retired" in str(caught.value)
    text = path.read_text("utf-8").replace("p2/s9", "p2/s10")
    path.write_text(text.replace("undertaking:clean-water", "undertaking:competition-in-ai-industry"), "utf-8")
    with pytest.raises(MappingError, match="undertaking/competition-in-ai-industry was retired") as caught:
        desk.assemble("used")
    assert caught.value.location.line


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
