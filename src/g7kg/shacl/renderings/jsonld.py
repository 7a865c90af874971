"""A report as JSON-LD."""

from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode

from g7kg.rdf.paths import PathOperator, PropertyPath
from g7kg.rdf.terms import to_term
from g7kg.rdf.vocab import RDFS, SH, XSD
from g7kg.shacl.renderings.plain import dump_json
from g7kg.shacl.renderings.wording import count_checked
from g7kg.shacl.report import Finding, Report, Severity

_CONTEXT: Final = {"@vocab": SH.iri}
_LISTS: Final = {PathOperator.SEQUENCE, PathOperator.ALTERNATIVE}


def to_jsonld(report: Report) -> str:
    """Return ``report`` as a SHACL validation report (https://www.w3.org/TR/shacl/#validation-report) in JSON-LD 1.1.

    It means the triples of ``to_turtle``; it is one tree, results in their order under ``result``. Keys are the names
    of the SHACL vocabulary; the context has nothing else, so that IRIs in the data are never taken for abbreviations.
    """
    told = [*filter(None, [count_checked(report)]), *(f"warning: {notice}" for notice in report.notices)]
    document = {
        "@context": _CONTEXT,
        "@type": "ValidationReport",
        "conforms": report.conforms(Severity.INFO),
        **({RDFS("comment").value: told} if told else {}),
        "result": [_write_result(finding) for finding in report.findings],
    }
    return dump_json(document)


def _write_result(finding: Finding) -> dict[str, Any]:
    path = {} if finding.path is None else {"resultPath": _write_path(finding.path)}
    value = {} if finding.value is None else {"value": _write_term(finding.value)}
    constraint = {} if finding.constraint is None else {"sourceConstraint": _write_term(finding.constraint)}
    messages = [
        {"@value": text, "@language": language} if language else {"@value": text} for text, language in finding.messages
    ]
    return {
        "@type": "ValidationResult",
        "resultSeverity": {"@id": finding.grade or finding.severity.iri},
        "focusNode": _write_term(finding.focus_node),
        **path,
        **value,
        "sourceShape": _write_term(finding.source_shape),
        "sourceConstraintComponent": _write_term(finding.component),
        **constraint,
        "resultMessage": messages[0] if len(messages) == 1 else messages,
    }


def _write_path(path: PropertyPath) -> dict[str, Any]:
    """Return a path (https://www.w3.org/TR/shacl/#property-paths) as a node object, a sequence as a list object."""
    if isinstance(path, str):
        return _write_term(path)
    parts = [_write_path(part) for part in path.parts]
    value: dict[str, Any] = {"@list": parts} if path.operator in _LISTS else parts[0]
    return value if path.operator is PathOperator.SEQUENCE else {path.operator.value: value}


def _write_term(text: str) -> dict[str, Any]:
    term = to_term(text)
    if isinstance(term, NamedNode | BlankNode):
        return {"@id": text}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    kind = {} if term.datatype == XSD("string") else {"@type": term.datatype.value}
    return {"@value": term.value, **kind}
