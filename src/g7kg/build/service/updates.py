"""The updates of a publication, and what is asked for it. What varies in them are terms, as pyoxigraph writes them.

A service takes each update as a whole or not at all: Fuseki and Oxigraph carry a request out in one transaction.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.engine.holdings import PART, PUBLICATION

LOCK: Final = NamedNode(f"{PUBLICATION.value}/lock")
"""The graph that says who is publishing."""

STAGED: Final = f"{PUBLICATION.value}/staged/"
"""What the names of graphs begin with that are not in their place yet."""

HOLDER: Final = """\
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?lock ?run ?time WHERE { GRAPH ?lock { ?lock dcterms:identifier ?run ; dcterms:created ?time } }
"""
IN_NONE: Final = "SELECT ?s WHERE { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } } LIMIT 1"
IN_DEFAULT: Final = """\
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?lock ?run WHERE { ?lock dcterms:identifier ?run }
"""
IN_ANOTHER: Final = IN_DEFAULT.replace("WHERE", f"FROM {PUBLICATION} WHERE")
BELOW: Final = (
    "SELECT DISTINCT ?start ?graph WHERE { GRAPH ?graph { ?s ?p ?o } FILTER(STRSTARTS(STR(?graph), ?start)) }"
)

_IDENTIFIER: Final = NamedNode("http://purl.org/dc/terms/identifier")
_CREATED: Final = NamedNode("http://purl.org/dc/terms/created")


def take_lock(run: Literal, now: Literal) -> str:
    """Return the update by which ``run`` takes the lock at the time ``now``, if nobody has it."""
    return (
        f"INSERT {{ GRAPH {LOCK} {{ {LOCK} {_IDENTIFIER} {run} ; {_CREATED} {now} }} }} "
        f"WHERE {{ FILTER NOT EXISTS {{ GRAPH {LOCK} {{ ?s ?p ?o }} }} }}"
    )


def drop(graphs: Iterable[NamedNode]) -> str:
    """Return the update that removes ``graphs``, whether they exist or not."""
    return " ;\n".join(f"DROP SILENT GRAPH {graph}" for graph in graphs)


def switch(
    staged: Mapping[NamedNode, NamedNode],
    default: NamedNode | None,
    old: Collection[NamedNode],
    digest: str,
    union: NamedNode | None = None,
) -> str:
    """Return the update that puts the snapshot ``digest`` in the place of all that is there.

    ``staged`` has for each of its graphs the one that is to take its name; ``default`` holds what of the default graph
    stands in none of them; ``old`` are graphs that go; ``union`` takes the place of the default graph, if given. It
    fails as a whole if a staged graph is not there any more, where the service can tell that from an empty one.
    """
    whole, part = (f"GRAPH {union}", f" ; {PART} {union}") if union else ("DEFAULT", "")
    updates = [f"CLEAR SILENT {whole}" if default is None else f"MOVE GRAPH {default} TO {whole}"]
    for graph, source in staged.items():
        updates += [f"MOVE GRAPH {source} TO GRAPH {graph}", f"ADD GRAPH {graph} TO {whole}"]
    told = f"{PUBLICATION} {_IDENTIFIER} {Literal(digest)}{part}"
    updates += [drop([*old, PUBLICATION, LOCK]), f"INSERT DATA {{ GRAPH {PUBLICATION} {{ {told} }} }}"]
    return " ;\n".join(updates)
