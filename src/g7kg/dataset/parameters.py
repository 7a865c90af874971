"""Values of parameters as people type them: names that stand for IRIs."""

from collections.abc import Mapping, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from g7kg.dataset.dataset import Dataset, Row, Value
from g7kg.errors import RequestError
from g7kg.queries.catalogue import CatalogueQuery, Parameter
from g7kg.rdf.suggestions import suggest
from g7kg.rdf.vocab import expand_name

MOST: Final = 2000
"""The most rows of choices that are offered."""


async def find_choices(dataset: Dataset, parameter: Parameter) -> tuple[Row, ...]:
    """Return what has an IRI like that of the example, unless there is too much of it."""
    if parameter.kind != "iri":
        return ()
    space = expand_name(parameter.example).rpartition("/")[0] + "/"
    things = await dataset.list_below(space, MOST + 1)
    if len(things) > MOST:
        return ()
    asked: dict[str, Sequence[Value]] = {"space": [Literal(space)], "thing": [NamedNode(thing) for thing in things]}
    rows = (await dataset.select_each("things-below", asked)).rows
    return rows if len(rows) <= MOST else ()


async def bind_names(
    dataset: Dataset, query: CatalogueQuery, values: Mapping[str, str]
) -> tuple[CatalogueQuery, Mapping[str, NamedNode | Literal]]:
    """Return what ``CatalogueQuery.bind`` does; where an IRI is wanted, a name will do that only one thing has."""
    resolved = {**values}
    for parameter in query.parameters:
        if parameter.kind == "iri" and parameter.name in values:
            resolved[parameter.name] = await _resolve(dataset, parameter, values[parameter.name])
    return query.bind(resolved)


async def _resolve(dataset: Dataset, parameter: Parameter, value: str) -> str:
    try:
        parameter.to_term(value)
    except RequestError as error:
        called = Literal(value.strip().lower().replace("’", "'"))
        found = (await dataset.select("things-called", called=called)).rows
        space = expand_name(parameter.example).rpartition("/")[0] + "/"
        things = [row["thing"] for row in found]
        alike = [thing for thing in things if thing.startswith(space)] or things
        if len(alike) == 1:
            return alike[0]
        if alike:
            message = f"the parameter {parameter.name} is “{value}”, which several things are called"
            raise RequestError(message, hint="give one of " + ", ".join(alike)) from error
        names = {name for row in await find_choices(dataset, parameter) for name in (row["label"], row.get("other"))}
        near = suggest(value, filter(None, names))
        raise RequestError(f"{error.message}, nor what anything is called", hint=f"{error.hint}; {near}") from error
    return value
