"""SPARQL targets (https://www.w3.org/TR/shacl-af/#SPARQLTarget), evaluated by Oxigraph."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from g7kg.errors import ShapesError
from g7kg.rdf.paths import values_of
from g7kg.rdf.terms import Term
from g7kg.rdf.vocab import OWL, RDF, SH


def select_targets(shapes: ox.Dataset, data: Collection[Triple]) -> dict[NamedNode | BlankNode, set[Term]]:
    """Return for each shape with SPARQL targets the nodes of ``data`` that they select.

    Raises ``ShapesError`` if a query is not valid, calls a function that is not known, or is no SELECT of ``?this``.
    """
    targets = list(shapes.quads_for_predicate(SH("target")))
    selected: dict[NamedNode | BlankNode, set[Term]] = {}
    if not targets:
        return selected
    store = ox.Store()
    store.bulk_extend(Quad(triple.subject, triple.predicate, triple.object) for triple in data)
    for target in targets:
        if isinstance(target.subject, NamedNode | BlankNode):
            nodes = set(select_nodes(store, shapes, target))
            selected.setdefault(target.subject, set()).update(_restore(nodes, data))
    return selected


def select_nodes(store: ox.Store, shapes: ox.Dataset, target: Quad) -> Iterator[Term]:
    """Yield the nodes in the default graph of ``store`` that ``target``, a quad with sh:target, selects.

    Raises ``ShapesError`` as ``select_targets`` does.
    """
    query, prefixes = read_query(shapes, target)
    try:
        solutions = store.query(query, prefixes=prefixes)
    except SyntaxError as error:
        raise ShapesError(f"the target of {target.subject} is not valid SPARQL: {error.msg}") from error
    except RuntimeError as error:
        raise ShapesError(f"the target of {target.subject} cannot be evaluated: {error}") from error
    if not isinstance(solutions, ox.QuerySolutions) or ox.Variable("this") not in solutions.variables:
        raise ShapesError(f"the target of {target.subject} does not select ?this")
    for solution in solutions:
        node = solution["this"]
        if isinstance(node, NamedNode | BlankNode | Literal):
            yield node


def read_query(shapes: ox.Dataset, target: Quad) -> tuple[str, dict[str, str]]:
    """Return the query of ``target``, a quad with sh:target, and the prefixes that are declared for it."""
    queries = [value.value for value in values_of(shapes, target.object, "select") if isinstance(value, Literal)]
    if len(queries) != 1:
        raise ShapesError(f"a target of {target.subject} has {len(queries)} queries", hint="give it one sh:select")
    return queries[0], _read_prefixes(shapes, target.object)


def _restore(nodes: set[Term], data: Collection[Triple]) -> set[Term]:
    """Return ``nodes`` with literals as ``data`` has them: in a store ``"01"^^xsd:positiveInteger`` is an integer 1."""
    if not any(isinstance(node, Literal) for node in nodes):
        return nodes
    literals = [triple.object for triple in data if isinstance(triple.object, Literal)]
    store = ox.Store()
    store.bulk_extend(Quad(_numbered(number), RDF("value"), literal) for number, literal in enumerate(literals))
    originals = {str(_numbered(number)): literal for number, literal in enumerate(literals)}
    found = {originals[str(quad.subject)] for quad in store if quad.object in nodes}
    return {node for node in nodes if not isinstance(node, Literal)} | found


def _numbered(number: int) -> NamedNode:
    return NamedNode(f"urn:x-g7kg:{number}")


def _read_prefixes(shapes: ox.Dataset, target: Term | Triple) -> dict[str, str]:
    """Return the prefixes that ``target`` declares; ``add_imported_prefixes`` brings others."""
    declarations = [
        declaration
        for owner in values_of(shapes, target, "prefixes")
        for declaration in values_of(shapes, owner, "declare")
    ]
    return {
        prefix.value: namespace.value
        for declaration in declarations
        for prefix in values_of(shapes, declaration, "prefix")
        for namespace in values_of(shapes, declaration, "namespace")
        if isinstance(prefix, Literal) and isinstance(namespace, Literal)
    }


def add_imported_prefixes(shapes: Iterable[Triple]) -> list[Triple]:
    """Return ``shapes``, each once, with the prefixes that ontologies import declared by themselves.

    SHACL reads ``sh:prefixes/owl:imports*/sh:declare`` (https://www.w3.org/TR/shacl/#sparql-prefixes), and engines only
    the first and the last step.
    """
    stated = dict.fromkeys(shapes)
    declared: defaultdict[Term | Triple, list[Term | Triple]] = defaultdict(list)
    imported: defaultdict[Term | Triple, list[Term | Triple]] = defaultdict(list)
    for triple in stated:
        if triple.predicate in {SH("declare"), OWL("imports")}:
            (declared if triple.predicate == SH("declare") else imported)[triple.subject].append(triple.object)
    added: list[Triple] = []
    for owner in [triple.object for triple in stated if triple.predicate == SH("prefixes")]:
        reached = [owner]
        for ontology in reached:
            reached += [one for one in dict.fromkeys(imported[ontology]) if one not in reached]
        if isinstance(owner, NamedNode | BlankNode):
            added += [Triple(owner, SH("declare"), one) for ontology in reached for one in declared[ontology]]
    return list(dict.fromkeys((*stated, *added)))
