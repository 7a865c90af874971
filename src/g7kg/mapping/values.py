"""Scalars to terms: each kind of value checked against its lexical rules."""

import datetime as dt
import re
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import Literal, NamedNode

from g7kg.errors import MappingError
from g7kg.mapping.context import Context, Term
from g7kg.mapping.nodes import Scalar
from g7kg.rdf.suggestions import suggest
from g7kg.rdf.vocab import XSD

_WHOLE: Final = re.compile(r"0|[1-9][0-9]*")
"""Whole numbers that YAML, JSON-LD and the store give back as written; the shapes say from where each counts."""

_LEXICAL: Final = {
    XSD("integer").value: (_WHOLE, "write a whole number in digits only, as 12"),
    XSD("gYear").value: (re.compile(r"[0-9]{4}"), "write a year as 2024"),
    XSD("language").value: (re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*"), "write a language tag such as en"),
    XSD("string").value: (re.compile(r"\S(.*\S)?"), "write text on one line"),
}
ABSOLUTE: Final = frozenset({"publication", "source"})
"""Keys whose values are addresses on the web; others name things of the project."""

TODO: Final = "TODO"
"""What a scaffold leaves for a curator to write; no value has it."""

UNWRITTEN: Final = re.compile(rf"\b{TODO}\b")

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_TEXT = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(\d+|\.\d+|\d+\.\d*)([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    re.ASCII,
)
"""Plain scalars that the core schema of YAML 1.2 (section 10.3.2) resolves to something else than a string."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_RELATIVE = re.compile(r"[a-z0-9][a-z0-9/-]*")


def _refuse(scalar: Scalar, message: str, hint: str) -> MappingError:
    return MappingError(message, location=scalar.location, hint=hint)


def read_value(scalar: Scalar, term: Term, context: Context, base: str) -> NamedNode | Literal:
    """Return the term that ``scalar`` means as a value of ``term``.

    Raises ``MappingError``, located at the scalar, for an unknown prefix, a malformed name, number or date, empty text,
    and what is still to be written.
    """
    if UNWRITTEN.search(scalar.text):
        raise _refuse(scalar, f"{term.key} is still to be written", "see docs/mappings.md")
    match term.kind:
        case "iri":
            if "://" in scalar.text and term.key not in ABSOLUTE:
                raise _refuse(scalar, f"{term.key} takes no address", "use prefix:name, or a path below the base")
            return NamedNode(read_iri(scalar, context, base))
        case "concept":
            return NamedNode(term.space + _read_name(scalar, term))
        case "text":
            return Literal(_read_text(scalar, term), language="en")
        case "data":
            return Literal(_read_data(scalar, term), datatype=NamedNode(term.datatype))


def read_iri(scalar: Scalar, context: Context, base: str) -> str:
    """Return the IRI that ``scalar`` names: prefixed, absolute (https) or relative to ``base``."""
    text = scalar.text
    if text.startswith(("https://", "http://")):
        return _check_absolute(text, scalar)
    if ":" not in text:
        if not base or not _RELATIVE.fullmatch(text):
            raise _refuse(scalar, f"“{text}” is not an identifier", "use prefix:name")
        return urljoin(base, text)
    iri = context.expand(text)
    if iri is None:
        prefix = text.partition(":")[0]
        raise _refuse(scalar, f"the prefix “{prefix}” is not known", suggest(prefix, context.prefixes))
    return _check_absolute(iri, scalar)


def _check_absolute(iri: str, scalar: Scalar) -> str:
    try:
        NamedNode(iri)
    except ValueError as error:
        raise _refuse(scalar, f"“{iri}” is not an IRI: {error}", "check its characters") from error
    return iri


def _read_name(scalar: Scalar, term: Term) -> str:
    if not _NAME.fullmatch(scalar.text):
        raise _refuse(scalar, f"“{scalar.text}” is not a name", f"{term.key} takes a bare name")
    return scalar.text


def _read_text(scalar: Scalar, term: Term) -> str:
    text = scalar.text
    if not text.isprintable() or not text or text != " ".join(text.split()):
        message = f"the text of {term.key} is empty or has stray blanks, line breaks or invisible characters"
        raise _refuse(scalar, message, "write it in one line, or fold it with >-")
    if scalar.plain and _NO_TEXT.fullmatch(text):
        raise _refuse(scalar, f"YAML does not read {text} as text", f'write {term.key}: "{text}"')
    return text


def _read_data(scalar: Scalar, term: Term) -> str:
    if term.datatype == XSD("date").value:
        return _read_date(scalar, term)
    pattern, hint = _LEXICAL[term.datatype]
    if scalar.plain and _NO_TEXT.fullmatch(scalar.text) and not _WHOLE.fullmatch(scalar.text):
        raise _refuse(scalar, f"YAML reads {scalar.text} as something else", f'write {term.key}: "{scalar.text}"')
    if not pattern.fullmatch(scalar.text):
        raise _refuse(scalar, f"“{scalar.text}” is no value of {term.key}", hint)
    return scalar.text


def _read_date(scalar: Scalar, term: Term) -> str:
    message, hint = f"“{scalar.text}” is no date for {term.key}", "write a day of the calendar as 2024-12-31"
    if not _DATE.fullmatch(scalar.text):
        raise _refuse(scalar, message, hint)
    try:
        dt.date.fromisoformat(scalar.text)
    except ValueError as error:
        raise _refuse(scalar, f"{message}: {error}", hint) from error
    return scalar.text
