"""Search for assistants: classes and documents by whatever name they are called, results as plain text."""

from collections.abc import Mapping, Sequence
from typing import Final

from g7kg.errors import RequestError
from g7kg.rdf.suggestions import find_near
from g7kg.rdf.vocab import G7, shorten_iri
from g7kg.search import Facet, Wish, read_wording
from g7kg.search import Hit as IndexHit
from g7kg.serve.mcp.paging import clip_text
from g7kg.serve.mcp.results import Count, Found, Hit
from g7kg.serve.mcp.served import Served

_LONGEST_LABEL: Final = 500
_MOST_NAMES: Final = 60


async def find_resources(  # noqa: PLR0913, PLR0917 - the parameters of a search
    served: Served, words: str, class_name: str | None, document: str | None, offset: int, limit: int
) -> Found:
    """Return what the index has for ``words``; errors: ``RequestError`` for a class or document that it does not know,
    and see ``Dataset.search``.
    """  # noqa: D205 - one sentence
    wording = read_wording(words)
    if not wording.required:
        raise RequestError("there is no word to look for", hint="give at least one that must occur")
    kind, part = (_choose(served.facets, name) for name in (class_name, document))
    findings = await served.dataset.search(Wish(wording, kind, part, offset, limit))
    if offset and offset >= findings.total:
        raise RequestError(f"there is no result {offset}", hint=f"there are {findings.total}, counted from 0")
    end = offset + len(findings.hits)
    return Found(
        total=findings.total,
        hits=[_to_hit(hit) for hit in findings.hits],
        next_offset=end if end < findings.total else None,
        classes=_to_counts(findings.classes),
        documents=_to_counts(findings.documents),
        searched=findings.searched,
        lacking=findings.lacking,
    )


def _choose(facets: Sequence[Facet], name: str | None) -> str | None:
    if not name:
        return None
    known: dict[str, str] = {}
    for facet in facets:
        for called in (facet.iri, facet.name, facet.iri.removeprefix(G7.iri), facet.label or facet.name):
            known.setdefault(called.casefold(), facet.iri)
    wanted = name.strip().removeprefix("id:").casefold()
    if wanted not in known:
        message = f"the graph has no class or document “{clip_text(name, 200)}” that things are found by"
        raise RequestError(message, hint=_suggest(wanted, known, [facet.name for facet in facets]))
    return known[wanted]


def _suggest(wanted: str, known: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the name nearest to ``wanted``, or which there are: things are found by their narrowest class."""
    near = [shorten_iri(known[called]).removeprefix("id:") for called in find_near(wanted, known, 0.75)]
    if near:
        return f"did you mean {' or '.join(dict.fromkeys(near))}?"
    return f"things are found by their narrowest class: {', '.join(names[:_MOST_NAMES])}"


def _to_hit(hit: IndexHit) -> Hit:
    label, snippet = (clip_text(text, _LONGEST_LABEL) for text in hit.texts)
    return Hit(
        iri=hit.iri,
        label=label,
        snippet=snippet,
        class_name=hit.class_.name if hit.class_ else None,
        document=hit.document.name if hit.document else None,
    )


def _to_counts(facets: Sequence[Facet]) -> list[Count]:
    return [Count(iri=facet.iri, name=facet.name, label=facet.label, count=facet.count) for facet in facets]
