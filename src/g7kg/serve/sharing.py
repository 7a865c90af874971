"""Short links to queries, as they were given away once: the code in a link is the query itself, compressed."""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import urlsafe_b64decode
from typing import Final

from g7kg.errors import NotFound

QUERY_BYTES: Final = 16_384
"""The longest query, in UTF-8, that a link stands for."""

CODE_LENGTH: Final = 24_000
"""The longest code that is read."""

_VERSION: Final = "a"
_CODE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WINDOW: Final = -zlib.MAX_WBITS
"""Deflate without header or checksum (RFC 1951)."""

_DICTIONARY: Final = b"""\
BASE DESCRIBE ASK CONSTRUCT FROM NAMED GRAPH MINUS EXISTS NOT IN UNDEF HAVING REDUCED OFFSET SUM AVG SAMPLE IF STRLEN
YEAR MONTH DAY UCASE REPLACE SUBSTR isIRI isLiteral BOUND REGEX DATATYPE STRSTARTS STRENDS xsd:date xsd:integer "@en
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX act: <https://w3id.org/g7kg/scheme/speech-act/>
PREFIX role: <https://w3id.org/g7kg/scheme/role/>
PREFIX status: <https://w3id.org/g7kg/scheme/follow-up-status/>
PREFIX strength: <https://w3id.org/g7kg/scheme/strength/>
PREFIX topic: <https://w3id.org/g7kg/scheme/topic/>
<https://w3id.org/g7kg/id/meeting/ <https://w3id.org/g7kg/id/organisation/ <https://w3id.org/g7kg/id/person/
<https://w3id.org/g7kg/id/undertaking/ <https://w3id.org/g7kg/id/verona-trento-2024> <https://w3id.org/g7kg/id/cernobbio
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX schema: <https://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

g7:Document g7:Declaration g7:Meeting g7:Participation g7:participation g7:participant g7:role g7:adopted g7:inParagraph
g7:inDocument g7:number g7:Paragraph g7:about g7:mentions g7:topic g7:addressee g7:speaker g7:supportedBy g7:strength
g7:followUpOf g7:evidence g7:outcome g7:due g7:debtor g7:Commitment g7:Request g7:Announcement g7:Undertaking
g7:expresses g7:speechAct g7:gist g7:Statement g7:status/rdfs:label rdfs:subClassOf dcterms:title skos:prefLabel
  VALUES ?class { UNION FILTER NOT EXISTS { FILTER(STR(LCASE(CONTAINS( BIND( GROUP_CONCAT(; SEPARATOR=
GROUP BY HAVING (COUNT(DISTINCT ?number) AS ?count) SELECT * WHERE { ?s ?p ?o } LIMIT 100
SELECT DISTINCT ?statement ?undertaking ?organisation ?document ?date ?name ?label
WHERE {
  ?statement a g7:Statement ;
    rdfs:label ?label ;
    OPTIONAL { ?undertaking }
}
ORDER BY DESC(?count) ?label
"""
"""What links were compressed with; it stays as it is, or they lose their meaning."""


def decode_query(code: str) -> str:
    """Return the query that ``code`` stands for; ``NotFound`` if it stands for none, or for a larger one."""
    if len(code) > CODE_LENGTH or not _CODE.fullmatch(code) or code[0] != _VERSION:
        raise _unknown()
    packed = code[1:]
    inflate = zlib.decompressobj(wbits=_WINDOW, zdict=_DICTIONARY)
    try:
        data = inflate.decompress(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), QUERY_BYTES + 1)
        query = data.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise _unknown() from error
    if len(data) > QUERY_BYTES or not inflate.eof or inflate.unused_data:
        raise _unknown()
    return query


def _unknown() -> NotFound:
    return NotFound("no query stands behind this link", hint="it may have been cut off")
