"""What is told beside an answer: names in a query, or values of its parameters, that the graph does not know."""

from collections.abc import Iterable, Mapping

from pyoxigraph import NamedNode

from g7kg.dataset.dataset import Dataset, Value
from g7kg.dataset.resources import LISTS
from g7kg.engine import Answer, EngineRequest
from g7kg.queries.warnings import MOST, find_named, warn_of, warn_of_iri, warn_of_term
from g7kg.rdf.vocab import DATASET, G7


async def warn_of_query(dataset: Dataset, query: str, answer: Answer) -> tuple[str, ...]:
    """Return what ``query`` is warned of, a sentence in ASCII each: see ``warn_of``, and IRIs the graph does not know.

    ``answer`` is that of the engine, which was asked about the IRIs in ``list_named``.
    """
    named = find_named(query) if answer.unknown else set[str]()
    unknown = (iri for iri in answer.unknown if iri in named)
    return (*warn_of(query, dataset.library.vocabulary), *await _warn_of_iris(dataset, unknown))


async def warn_of_terms(dataset: Dataset, terms: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a sentence in ASCII for each of ``terms`` that is an IRI which the graph does not know.

    Errors: see ``Engine``.
    """
    iris = [*dict.fromkeys(term.value for term in terms.values() if isinstance(term, NamedNode))]
    if not iris:
        return ()
    async with dataset.gate:
        answer = await dataset.engine.run(EngineRequest("ASK {}", "json", None, named=tuple(iris)))
    return tuple(await _warn_of_iris(dataset, answer.unknown))


async def _warn_of_iris(dataset: Dataset, iris: Iterable[str]) -> list[str]:
    unknown = [iri for iri in iris if not _is_known(dataset, iri)][:MOST]
    return [
        warn_of_term(iri.removeprefix(G7.iri), dataset.library.vocabulary)
        if iri.startswith(G7.iri)
        else warn_of_iri(iri, await dataset.list_near(iri))
        for iri in unknown
    ]


def _is_known(dataset: Dataset, iri: str) -> bool:
    """Whether there is something at ``iri``, of which no triple tells, or a term of ours is called so."""
    here = f"{DATASET.value}/{dataset.manifest.digest}"
    return (
        iri in LISTS
        or iri in dataset.manifest.graphs
        or iri == here
        or any(iri == release.iri or iri in release.vocabulary for release in dataset.library.releases)
        or (iri.startswith(G7.iri) and iri.removeprefix(G7.iri) in dataset.library.vocabulary)
    )
