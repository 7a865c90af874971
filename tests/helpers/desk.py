"""Invented documents that are mapped by a few lines each, in a workspace of their own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest
import yaml
from tests.helpers.project import mkdir
from tests.helpers.sparql import select

from g7kg.build.assembly import Assembly, assemble, validate_assembly
from g7kg.build.work import Means
from g7kg.errors import G7kgError
from g7kg.mapping.workspace import Workspace
from g7kg.texts.cues import choose_cues
from g7kg.texts.kinds import DOCUMENT_KINDS
from g7kg.texts.normalisation import digest_text
from g7kg.texts.sentences import split_sentences
from g7kg.texts.sources import read_source

ID: Final = "https://w3id.org/g7kg/id/"
CONTEXT: Final = "https://w3id.org/g7kg/context.jsonld"
FOLDERS: Final = {"doc": "", "instrument": "instrument/", "undertaking": "undertaking/"}
PREFIXES: Final = "".join(f"PREFIX {name}: <{ID}{folder}>\n" for name, folder in FOLDERS.items())

LAKES: Final = """\
Communiqué of the Lakes

Fish

We met at the lake. We will count the fish.

Water

We will keep the water clean. We ask relevant ministers to report on the water.

We thank our hosts.
"""

REGISTRY: Final = {
    "organisation:lake-leaders": {"type": "Organisation", "label": "Leaders of the Lakes"},
    "undertaking:clean-water": {"type": "Commitment", "label": "Clean water"},
    "undertaking:water-report": {"type": "Request", "label": "Report on the water"},
}

Entries = Mapping[str, Mapping[str, Any]]
Said = Mapping[str, Sequence[Mapping[str, Any]]]

WATER: Final[Said] = {
    "p2": [
        {"speechAct": "will", "expresses": "undertaking:clean-water", "beneficiary": "group:local-communities"},
        {"speechAct": "ask", "addressee": "group:relevant-ministers", "expresses": "undertaking:water-report"},
    ],
    "p3": [{"speechAct": "thank"}],
}
"""What the second section says, part by part and sentence by sentence."""


@dataclass
class Desk:
    """A workspace in which documents are mapped; ``texts`` is the folder of their texts."""

    workspace: Workspace
    means: Means
    folder: Path
    entries: dict[str, Mapping[str, Any]] = field(default_factory=lambda: dict(REGISTRY))

    @property
    def texts(self) -> Path:
        return self.folder / "texts"

    def map(self, slug: str, text: str, said: Said, *, id_: str = "", **head: object) -> Path:
        """Write ``text`` and its mapping: entries for the parts that ``said`` speaks of, and what they are part of."""
        source = self.texts / f"{slug}.txt"
        source.write_text(text, "utf-8")
        id_ = id_ or f"doc:{slug}"
        units = {unit.id: unit for unit in DOCUMENT_KINDS["Declaration"].read_parts(text)}
        page = "\n".join(unit.text for unit in units.values())
        needed = {ancestor for name in said for ancestor in _lineage(name, units)}
        graph: list[Mapping[str, Any]] = [
            {
                "id": id_,
                "type": "Declaration",
                "title": f"Document {slug}",
                "language": "en",
                "sourceDigest": read_source(source).sha256,
                "normalisation": "n1",
                "publication": f"https://example.org/{slug}",
                "speaker": "organisation:lake-leaders",
                **head,
            }
        ]
        offset = 0
        for order, (name, unit) in enumerate(units.items(), 1):
            if name in needed:
                parts = {"id": name, "type": unit.kind.capitalize(), "order": order, "partOf": unit.parent or id_}
                words = {"title": unit.text} if unit.kind == "section" else _describe(unit.text)
                statements = list(_state(name, unit.text, said.get(name, ()), page, offset))
                graph.append({**parts, **words, **({"statements": statements} if statements else {})})
            offset += len(unit.text) + 1
        path = self.workspace.mappings / f"{slug}.yaml"
        base = ID + id_.removeprefix("doc:").replace(":", "/") + "/"
        _write(path, [CONTEXT, {"@base": base}], graph)
        return path

    def edit(self, slug: str, old: str, new: str) -> None:
        """Replace ``old``, which stands once in the mapping of ``slug``, by ``new``."""
        path = self.workspace.mappings / f"{slug}.yaml"
        text = path.read_text("utf-8")
        assert text.count(old) == 1, text
        path.write_text(text.replace(old, new), "utf-8")

    def assemble(self, name: str = "out", *, texts: bool = False) -> Assembly:
        _write(
            self.workspace.mappings / "registry" / "things.yaml",
            CONTEXT,
            [{"id": key, **entry} for key, entry in self.entries.items()],
        )
        return assemble(self.workspace, self.texts if texts else None, mkdir(self.folder / name), self.means)

    def findings(self, name: str = "out") -> set[tuple[str, str]]:
        """Return what a build finds: the requirement and the thing, below ``id/``."""
        found = validate_assembly(self.assemble(name), self.means, "shacl").findings
        told = (
            (one.message.split()[0], one.focus_node.removeprefix(ID)) for one in found if one.severity.name != "INFO"
        )
        return set(told)

    def refusal(self, *, texts: bool = False) -> str:
        """Return why a build is refused."""
        with pytest.raises(G7kgError) as caught:
            self.assemble("refused", texts=texts)
        return str(caught.value)


def _lineage(name: str, units: Mapping[str, Any]) -> Iterator[str]:
    while name in units:
        yield name
        name = units[name].parent or ""


def _describe(text: str) -> dict[str, Any]:
    ends = [end for _, end in split_sentences(text)]
    return {"digest": digest_text(text), "length": len(text), "sentenceEnd": ends}


def _state(
    name: str, text: str, said: Sequence[Mapping[str, Any]], page: str, offset: int
) -> Iterator[Mapping[str, Any]]:
    for number, (keys, (start, end)) in enumerate(zip(said, split_sentences(text), strict=False), 1):
        cues = choose_cues(page, offset + start, offset + end)
        assert cues
        found = {"prefix": cues.prefix, "firstWords": cues.first, "lastWords": cues.last}
        span = {"id": f"{name}/s{number}/span", **{key: words for key, words in found.items() if words}}
        statement = {"id": f"{name}/s{number}", "gist": f"What sentence {number} of {name} says.", "topic": "ai"}
        yield {**statement, "span": {**span, "start": start, "end": end}, **keys}


def _write(path: Path, context: object, graph: object) -> None:
    path.write_text(
        yaml.safe_dump({"@context": context, "@graph": graph}, allow_unicode=True, sort_keys=False), "utf-8"
    )


def ask(assembly: Assembly, query: str) -> set[tuple[str, ...]]:
    """Return the rows of ``query``, IRIs without what is before ``id/`` or the last slash."""
    solutions = select(ox.Store.read_only(str(assembly.store)), PREFIXES + query)
    return {tuple("" if term is None else term.value.removeprefix(ID) for term in row) for row in solutions}


def statuses(assembly: Assembly) -> dict[str, set[str]]:
    """Return the notations of the statuses of each undertaking."""
    found: dict[str, set[str]] = {}
    for name, status in ask(assembly, "SELECT ?u ?n { ?u a g7:Undertaking ; g7:status/skos:notation ?n }"):
        found.setdefault(name.removeprefix("undertaking/"), set()).add(status)
    return found


PART: Final[Mapping[str, Any]] = {"issued": "2031-06-14", "scope": ["h2"], "partCount": 3, "sentenceCount": 5}
