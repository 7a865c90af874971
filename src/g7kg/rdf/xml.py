"""What XML 1.0 can hold: characters, and the names that RDF/XML needs. What it cannot is refused, never written."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from g7kg.errors import NotAcceptable
from g7kg.rdf.vocab import RDF

_CONTROLS: Final = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_NONCHARACTERS: Final = ("\ufffe".encode(), "\uffff".encode())
_NOT_XML: Final = re.compile(rb"[%s]|%s|%s" % (re.escape(_CONTROLS), *_NONCHARACTERS))
"""Characters that no XML 1.0 document can hold, not even as references (XML 1.0, section 2.2), in UTF-8."""

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_OTHER: Final = r"\-.0-9\u00b7\u0300-\u036f\u203f\u2040"
_FIRST: Final = re.compile(f"[{_START}]")
_RUN: Final = re.compile(f"[{_START}{_OTHER}]*")
_NAME: Final = re.compile(f"[{_START}][{_START}{_OTHER}]*")
"""A name without a colon (XML 1.0, section 2.3; Namespaces in XML 1.0, section 3)."""

_FORBIDDEN: Final = frozenset(
    RDF(name)
    for name in (
        *("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "Description", "li"),
        *("aboutEach", "aboutEachPrefix", "bagID"),
    )
)
"""Names with a meaning of their own in RDF/XML, which no property can have (RDF 1.1 XML Syntax, section 6.1.3)."""

_RESERVED: Final = ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/")
"""Namespaces that no element can be in (Namespaces in XML 1.0, section 3)."""

_HINT: Final = "ask for text/turtle or another format"


def make_sound(data: bytes) -> bytes:
    """Return ``data``, a piece of XML, with carriage returns as references: raw ones would be read as line breaks.

    Raises ``NotAcceptable`` if it holds a character that XML cannot express.
    """
    if len(data.translate(None, _CONTROLS)) < len(data) or any(character in data for character in _NONCHARACTERS):
        found = _NOT_XML.search(data)
        character = f"U+{ord(found[0].decode()):04X}" if found else "of control"
        hint = "ask for application/sparql-results+json, text/turtle or another format"
        raise NotAcceptable(f"the answer holds the character {character}, which XML cannot express", hint=hint)
    return data.replace(b"\r", b"&#13;")


def require_names(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield ``triples``; ``NotAcceptable`` at the first that RDF/XML, as it is written here, has no name for.

    Properties are names of elements in it, classes too, and labels of blank nodes are names.
    """
    for triple in triples:
        _require(triple)
        yield triple


def _require(triple: Triple) -> None:
    if not _is_name(triple.predicate.value, property_=True):
        raise NotAcceptable(f"XML has no name for the property <{triple.predicate.value}>", hint=_HINT)
    object_ = triple.object
    if triple.predicate == RDF("type") and isinstance(object_, NamedNode) and not _is_name(object_.value):
        raise NotAcceptable(f"XML has no name for the class <{object_.value}>", hint=_HINT)
    for node in (triple.subject, object_):
        if isinstance(node, Triple):
            _require(node)
        elif isinstance(node, BlankNode) and not _NAME.fullmatch(node.value):
            raise NotAcceptable(f"XML has no name for the blank node {node}", hint=_HINT)


@lru_cache(maxsize=1024)
def _is_name(iri: str, *, property_: bool = False) -> bool:
    """Whether ``iri`` ends in a name, so that an element can be called so."""
    if property_ and NamedNode(iri) in _FORBIDDEN:
        return False
    run = _RUN.match(iri[::-1])  # backwards, so that an IRI of any length is read once
    return run is not None and _FIRST.search(run[0]) is not None and not iri.startswith(_RESERVED)
