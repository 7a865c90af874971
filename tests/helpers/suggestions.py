"""How good suggestions are: what the mapped documents say, beside what would be suggested if it were left to write.

``python -m tests.helpers.suggestions`` measures it, with the source documents beside the clone. Each document is
measured with what the others say alone.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from tests.helpers.project import SHARED

from g7kg.curate.drafts import Draft, get_text, list_fields, list_texts, parse_draft, read_drafts
from g7kg.curate.mentions import make_namer, suggest_mentions
from g7kg.curate.suggestions import read_means, suggest
from g7kg.mapping.nodes import Fields
from g7kg.mapping.workspace import find_workspace
from g7kg.rdf.vocab import KINDS
from g7kg.texts.sources import Source, read_sources

_MEANING = "about addressee buildsOn debtor expresses gist mentions outcome recalls"


def clear(draft: Draft) -> Draft:
    """Return ``draft`` as it was before its statements were written: their spans and what they are part of stay."""
    text = re.sub(r"^( +)(speechAct|topic): .*$", r"\1\2: TODO", draft.text, flags=re.MULTILINE)
    text = re.sub(rf"^ +({_MEANING.replace(' ', '|')}): .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^ {8}followUps:\n( {10}.*\n)+", "", text, flags=re.MULTILINE)
    return parse_draft(draft.path, draft.name, text)


def list_statements(draft: Draft) -> dict[str, Fields]:
    return {get_text(one, "id"): one for part in draft.entries for one in list_fields(part, "statements")}


def find_text(draft: Draft, sources: dict[str, Source]) -> Source | None:
    return sources.get(get_text(draft.entries[0], "sourceDigest"))


def measure_statements(
    drafts: Sequence[Draft], sources: dict[str, Source], slugs: Collection[str] = ()
) -> Counter[str]:
    """Return how much is written in the documents ``slugs``, or in all, and how much of it would be suggested."""
    counts: Counter[str] = Counter()
    for draft in drafts:
        source = find_text(draft, sources)
        if source and (not slugs or draft.path.stem in slugs):
            means = read_means([one for one in drafts if one is not draft], draft, find_workspace())
            known = {id_ for one in means.precedents.statements for id_ in one.undertakings}
            written = list_statements(draft)
            for one in suggest(clear(draft), source, means):
                statement = written[get_text(one.statement, "id")]
                topics = set(list_texts(statement, "topic"))
                followed = {get_text(report, "followUpOf") for report in list_fields(statement, "followUps")}
                restated = known.intersection(list_texts(statement, "expresses"))
                counts["statements"] += 1
                counts["acts"] += one.act == get_text(statement, "speechAct")
                counts["first topics"] += bool(topics.intersection(one.topics[:1]))
                counts["some topic"] += bool(topics.intersection(one.topics))
                counts["followed"] += len(followed)
                counts["followed, found"] += len(followed.intersection(one.undertakings))
                counts["restated"] += len(restated)
                counts["restated, found"] += len(restated.intersection(one.undertakings))
    return counts


def measure_mentions(drafts: Sequence[Draft], sources: dict[str, Source]) -> tuple[int, int, int]:
    """Return how many mentions there are of shared things, how many have no name, and how many names are of none.

    What is said of the latter in comments does not count.
    """
    stated, unnamed, surplus = 0, 0, 0
    for draft, source in ((draft, find_text(draft, sources)) for draft in drafts):
        things = (thing for one in list_statements(draft).values() for thing in list_texts(one, "mentions"))
        if source:
            stated += sum(thing.partition(":")[0] in KINDS - {"undertaking"} for thing in things)
            bare = parse_draft(draft.path, draft.name, draft.text.replace("# not ", "# "))
            found = list(suggest_mentions(bare, source, make_namer(drafts, draft)))
            unnamed += sum(not one.name for one in found)
            surplus += sum(bool(one.name) for one in found)
    return stated, unnamed, surplus


def tell(counts: Counter[str], mentions: tuple[int, int, int]) -> Iterable[str]:
    pairs = (("acts", "statements"), ("first topics", "statements"), ("some topic", "statements"))
    for found, all_ in (*pairs, ("followed, found", "followed"), ("restated, found", "restated")):
        yield f"{found}: {counts[found]} of {counts[all_]} ({counts[found] / counts[all_]:.1%})"
    stated, unnamed, surplus = mentions
    named = stated - unnamed
    yield f"mentions, found: {named} of {stated} ({named / stated:.1%})"
    yield f"mentions, right: {named} of {named + surplus} ({named / (named + surplus):.1%})"


if __name__ == "__main__":
    workspace = find_workspace()
    all_drafts, texts = read_drafts(workspace.mappings, workspace.root), dict(read_sources(SHARED / "texts"))
    print("\n".join(tell(measure_statements(all_drafts, texts), measure_mentions(all_drafts, texts))))  # noqa: T201
