"""Undertakings as data: CSV, workbooks and JSON. Pure."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from g7kg.pages.named import Named
from g7kg.pages.register import Undertaking
from g7kg.rdf.solutions import SEPARATOR, write_csv, write_excel_csv, write_workbook

COLUMNS: Final[Mapping[str, Callable[[Undertaking], Iterable[str]]]] = {
    "undertaking": lambda one: [one.iri],
    "label": lambda one: [one.label],
    "kind": lambda one: _labels(one.facets["kind"]),
    "debtor": lambda one: _labels(one.facets["debtor"]),
    "addressee": lambda one: _labels(one.facets["addressee"]),
    "supported_by": lambda one: _labels(one.facts["supportedBy"]),
    "topic": lambda one: _labels(one.facets["topic"]),
    "due": lambda one: [day.isoformat() for day in one.days],
    "due_stated": lambda one: [deadline.stated for deadline in one.deadlines if deadline.stated],
    "outcome": lambda one: _labels(one.facts["outcome"]),
    "beneficiary": lambda one: _labels(one.facts["beneficiary"]),
    "status": lambda one: _labels(one.facets["status"]),
    "first_stated": lambda one: _labels(one.facts["firstStated"]),
    "statements": lambda one: one.statements,
    "restatements": lambda one: one.restatements,
    "follow_ups": lambda one: one.reports,
    "strength": lambda one: _labels(one.facets["strength"]),
    "document": lambda one: [document.iri for document in one.facets["document"]],
    "words": lambda one: [one.words],
    "life": lambda one: ["; ".join(event.text for event in one.events)],
}
"""The columns, with the values of a cell: those of the flat table of undertakings (docs/data-dictionary.md), then the
strongest strength, the IRI of the first document, the words of the first statement (the first and the last ones, where
the graph has not all), and what happened."""

WRITERS: Final[Mapping[str, Callable[[Sequence[str], Iterable[Iterable[str]]], bytes]]] = {
    "csv": write_csv,
    "excel.csv": write_excel_csv,
    "xlsx": write_workbook,
}


def to_table(undertakings: Iterable[Undertaking], form: str) -> bytes:
    """Return one row an undertaking, a header first, in a form of ``WRITERS``; resources have their labels."""
    cells = ((SEPARATOR.join(dict.fromkeys(values_of(one))) for values_of in COLUMNS.values()) for one in undertakings)
    return WRITERS[form](tuple(COLUMNS), cells)


def _labels(values: Iterable[Named]) -> list[str]:
    return [value.label for value in values]


def to_json(undertakings: Iterable[Undertaking], matching: int, total: int) -> bytes:
    """Return the undertakings with how many of all ``total`` match; resources have IRI and label, days are ISO 8601."""
    value = {"total": total, "matching": matching, "undertakings": [_arrange(one) for one in undertakings]}
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _arrange(undertaking: Undertaking) -> dict[str, Any]:
    return {
        "iri": undertaking.iri,
        "label": undertaking.label,
        "kinds": _arrange_named(undertaking.facets["kind"]),
        "strengths": _arrange_named(undertaking.facets["strength"]),
        "statuses": _arrange_named(undertaking.facets["status"]),
        "debtors": _arrange_named(undertaking.facets["debtor"]),
        "addressees": _arrange_named(undertaking.facets["addressee"]),
        "topics": _arrange_named(undertaking.facets["topic"]),
        "deadlines": [
            {"day": deadline.day.isoformat() if deadline.day else None, "stated": deadline.stated or None}
            for deadline in undertaking.deadlines
        ],
        "words": undertaking.words or None,
        "firstStatedIn": _arrange_named(undertaking.facets["document"]),
        "life": [
            {
                "event": event.kind,
                "label": event.label,
                "day": event.source.day.isoformat() if event.source.day else None,
                "document": event.source.document.iri,
                "inferred": event.inferred,
            }
            for event in undertaking.events
        ],
    }


def _arrange_named(values: Iterable[Named]) -> list[dict[str, str]]:
    return [{"iri": value.iri, "label": value.label} for value in values]
