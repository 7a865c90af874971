"""The tools. Their docstrings, and the descriptions of their parameters, are what assistants choose them by.

The queries of the catalogue are one tool with a name, not one tool each. Every description of a tool stands in an
assistant's context all the time, and the choice among many that look alike goes wrong: of forty questions, a dozen are
on undertakings. ``list_queries`` is read when it is needed, and narrows the choice by a word.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context
from pydantic import Field

from g7kg.http.tally import group_address
from g7kg.serve.mcp.describing import MOST_LINKS, describe_resource, read_resource
from g7kg.serve.mcp.finding import find_resources
from g7kg.serve.mcp.guide import Topic, write_guide
from g7kg.serve.mcp.paging import clip_text, cut_page
from g7kg.serve.mcp.querying import Scalar, list_catalogue, run_catalogue, run_sparql
from g7kg.serve.mcp.results import Catalogue, Description, Finding, Found, QueryRows, SparqlResult, Verdict
from g7kg.serve.mcp.served import Served

Offset = Annotated[int, Field(ge=0, le=1_000_000, description="How many to pass over: the next_offset of a result.")]
Limit = Annotated[int, Field(ge=1, le=500, description="How many to show at most.")]
Short = Annotated[int, Field(ge=1, le=MOST_LINKS, description="How many to show at most.")]

Syntax = Literal["turtle", "trig", "ntriples", "nquads", "jsonld", "rdfxml"]

_SHARED = ("", "127.0.0.1", "::1")
"""Addresses of this machine; none over standard input."""

_FORMS = {"turtle": "ttl", "trig": "trig", "ntriples": "nt", "nquads": "nq", "jsonld": "jsonld", "rdfxml": "rdf"}


@dataclass(frozen=True)
class Tools:
    """The tools over one snapshot. ``context`` tells who asks; the SDK fills it in."""

    served: Served

    def serve(self, context: Context[Any, Any]) -> Served:
        """Return the snapshot as the client of ``context`` has it.

        A client is told by its address; on this machine, where several share one, by the name that it gives, too.
        """
        asked = context.request_context
        address = asked.request.client.host if asked.request is not None and asked.request.client else ""
        stated = asked.session.client_params
        name = stated.client_info.name[:100] if stated and address in _SHARED else ""
        return self.served.serve(f"{group_address(address)} {name}")

    async def read_guide(
        self,
        context: Context[Any, Any],
        topic: Annotated[Topic, Field(description="Begin with model; schema before writing SPARQL.")],
    ) -> str:
        """Read how the graph works (model), its terms (schema, concepts), prefixes, the queries, or the shapes.

        The same texts are resources, g7kg://model and so on, for clients that offer those.
        """
        return await write_guide(self.serve(context), topic)

    async def search(
        self,
        words: Annotated[str, Field(description="Words that must all occur; “quoted phrases”; -words to leave out.")],
        class_name: Annotated[
            str | None, Field(description="Only this class, the narrowest that a thing is of: g7:Commitment.")
        ] = None,
        document: Annotated[
            str | None, Field(description="Only this document, by its slug: verona-trento-2024.")
        ] = None,
        offset: Offset = 0,
        limit: Short = 20,
    ) -> Found:
        """Find things by the words of their names, gists and definitions. Begin here if you have no IRI.

        Example: words “semiconductors”, class_name “g7:Commitment”.
        """
        return await find_resources(self.served, words, class_name, document, offset, limit)

    async def describe(
        self,
        context: Context[Any, Any],
        resource: Annotated[str, Field(description="An IRI or a short name: organisation:oecd, g7:Commitment.")],
        links_after: Annotated[str, Field(description="The next_links of an earlier answer.")] = "",
        links_limit: Short = 25,
    ) -> Description:
        """Tell what the graph says of one thing, how many and which things point to it, and where its words are.

        Example: resource “undertaking:ai-public-sector-toolkit”.
        """
        return await describe_resource(self.serve(context), read_resource(resource), links_after, links_limit)

    async def list_queries(
        self,
        words: Annotated[str, Field(description="Only queries that say all these words; empty: all of them.")] = "",
        with_sparql: Annotated[bool, Field(description="Show their text too, to learn or vary it.")] = False,  # noqa: FBT002 - given by name
        offset: Offset = 0,
    ) -> Catalogue:
        """List the questions that are ready to ask, with their parameters, defaults and examples.

        Example: words “undertakings”.
        """
        return list_catalogue(self.served, words, offset, with_sparql=with_sparql)

    async def run_query(
        self,
        context: Context[Any, Any],
        name: Annotated[str, Field(description="The name of a query, as list_queries has it.")],
        parameters: Annotated[
            dict[str, Scalar], Field(description="Values by name of parameter: IRIs, short names, dates, text.")
        ] = {},  # noqa: B006 - it is not changed
        offset: Offset = 0,
        limit: Limit = 50,
    ) -> QueryRows:
        """Answer a question of the catalogue. Prefer it to sparql: these queries are tested.

        Example: name “undertakings-on-topic”, parameters {"topic": "topic:ai-public-sector"}.
        """
        return await run_catalogue(self.serve(context), name, parameters, offset, limit)

    async def sparql(
        self,
        context: Context[Any, Any],
        query: Annotated[str, Field(max_length=100_000, description="SPARQL 1.1; declare every prefix that you use.")],
        offset: Offset = 0,
        limit: Limit = 50,
    ) -> SparqlResult:
        """Run a query in SPARQL, reading only: SELECT, ASK, CONSTRUCT or DESCRIBE, no SERVICE, no updates.

        It has a deadline and bounds of memory and rows; use ORDER BY, so that pages fit together. The default graph is
        the union of all. Example: PREFIX g7: <https://w3id.org/g7kg/ontology#> SELECT ?c { ?c a g7:Commitment }
        """
        return await run_sparql(self.serve(context), query, offset, limit)

    async def validate(
        self,
        context: Context[Any, Any],
        rdf: Annotated[str, Field(description="The RDF itself, at most 1 MiB.")],
        syntax: Annotated[Syntax, Field(description="The syntax that it is written in.")] = "turtle",
        offset: Offset = 0,
        limit: Limit = 50,
    ) -> Verdict:
        """Check RDF against the shapes of this project: each finding with what is wrong, the repair and the line.

        Example: rdf “<https://example.org/c> a <https://w3id.org/g7kg/ontology#Commitment> .”
        """
        checked = await self.serve(context).check(rdf, _FORMS[syntax])
        report = json.loads(checked.text)
        findings = [_to_finding(stated) for stated in report["findings"]]
        page = cut_page(findings, offset, limit, lambda finding: len(finding.model_dump_json()))
        return Verdict(
            conforms=report["conforms"],
            counts=report["counts"],
            triples=report["triples"],
            focus_nodes=report["focusNodes"],
            checking_shapes=report["checkingShapes"],
            warnings=report["warnings"],
            total=page.total,
            findings=list(page.items),
            next_offset=page.following,
        )


def _to_finding(stated: dict[str, Any]) -> Finding:
    value = stated["value"]
    return Finding(
        severity=stated["severity"],
        requirement=stated["requirement"],
        message=clip_text(stated["message"]),
        focus_node=clip_text(stated["focusNode"]["value"]),
        path=stated["path"],
        value=clip_text(value["value"]) if value else None,
        line=stated["line"],
    )
