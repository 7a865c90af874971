"""The life of a promise follows from what documents say and when, in whatever order they were mapped."""

import shutil
from collections.abc import Mapping
from typing import Any, Final

import pytest
from tests.helpers.desk import ID, LAKES, PART, WATER, Desk, ask, statuses

from g7kg.build.assembly import validate_assembly
from g7kg.errors import MappingError
from g7kg.mapping.workspace import Workspace


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
    shutil.copytree(workspace.ontology, desk.workspace.root / "ontology")
    retired = desk.workspace.ontology / "catalogue" / "retired.ttl"
    line = f'<{ID}lakes-2031/p2/s9> owl:deprecated true ;\n  rdfs:comment "It is two statements now."@en .\n'
    retired.write_text(retired.read_text("utf-8") + line, "utf-8")
    told = desk.refusal()
    assert "lakes-2031/p2/s9 was retired" in told
    text = path.read_text("utf-8").replace("p2/s9", "p2/s10")
    path.write_text(text.replace("undertaking:clean-water", "undertaking:competition-in-ai-industry"), "utf-8")
    with pytest.raises(MappingError, match="undertaking/competition-in-ai-industry was retired") as caught:
        desk.assemble("used")
    assert caught.value.location.line
