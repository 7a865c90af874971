"""The queries that pages are made of, and their rows. What varies is bound as a term, never written into the text."""

from __future__ import annotations

import json
from typing import Final

from pyoxigraph import NamedNode

from g7kg.engine import Engine, EngineRequest
from g7kg.errors import EngineError
from g7kg.web.answers import read_answer

ROWS_BYTES: Final = 64 << 20

DECLARATIONS: Final = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?document ?title ?meeting ?date
  (COUNT(DISTINCT ?part) AS ?paragraphs) (COUNT(DISTINCT ?statement) AS ?statements)
WHERE {
  VALUES ?kind { g7:Declaration g7:Catalogue }
  ?document a ?kind ; dcterms:title ?title .
  OPTIONAL { ?event g7:adopted ?document ; rdfs:label ?meeting ; g7:latest ?held }
  OPTIONAL { ?document dcterms:modified ?changed }
  BIND(COALESCE(?held, ?changed) AS ?date)
  VALUES ?unit { g7:Paragraph g7:CatalogueEntry }
  ?part g7:inDocument ?document ; a ?unit .
  OPTIONAL { ?statement g7:inDocument ?document ; a g7:Statement }
}
GROUP BY ?document ?title ?meeting ?date
ORDER BY DESC(?date)
"""

MEETING: Final = """
PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?document ?meeting ?label
WHERE { ?meeting g7:adopted ?document ; rdfs:label ?label }
"""

CONTENTS: Final = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX g7: <https://w3id.org/g7kg/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
SELECT ?document ?part ?class ?number ?title ?parent ?text ?statement ?gist ?act ?actLabel ?strength ?fragment
WHERE {
  VALUES ?class { g7:Section g7:Annex g7:Paragraph g7:Bullet g7:CatalogueEntry }
  ?part g7:inDocument ?document ; g7:order ?order ; a ?class ; dcterms:isPartOf ?parent .
  OPTIONAL { ?part g7:number ?number }
  OPTIONAL { ?part dcterms:title ?title }
  OPTIONAL { ?part schema:text ?text }
  OPTIONAL {
    ?statement g7:inParagraph ?part ; g7:gist ?gist ; g7:speechAct ?act ; g7:span ?span .
    ?statement g7:strength/rdfs:label ?strength .
    ?act rdfs:label ?actLabel .
    ?span oa:start ?start ; oa:end ?end .
    { SELECT ?span (MIN(?address) AS ?fragment) WHERE { ?span g7:textFragment ?address } GROUP BY ?span }
  }
}
ORDER BY ?order ?start DESC(?end)
"""

Row = dict[str, str]


async def select_rows(engine: Engine, query: str, **bindings: NamedNode) -> list[Row]:
    """Return the solutions of ``query`` with ``bindings``, each a dictionary from variable to lexical form or IRI."""
    answer = await engine.run(EngineRequest(query, "json", None, bindings=bindings))
    body = await read_answer(answer, ROWS_BYTES)
    if body is None:
        raise EngineError("the page would be too large", hint="query the endpoint instead")
    solutions = json.loads(body)["results"]["bindings"]
    return [{name: value["value"] for name, value in solution.items()} for solution in solutions]
