"""The beginning of an entry of the registry, in the file of its kind, at its place in the order of identifiers."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from g7kg.curate.drafts import Draft, get_text, list_texts, read_drafts
from g7kg.curate.spans import quote
from g7kg.errors import Location, MappingError
from g7kg.mapping.context import CONTEXT_IRI, Form, Forms
from g7kg.mapping.values import TODO
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.suggestions import suggest
from g7kg.rdf.vocab import IDENTIFIERS, KINDS
from g7kg.texts.files import read_text

_PATH = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)*")
_PLAIN = re.compile(r"[^\W\d_]\w*( [\w(][\w().,'’/-]*)+")


@dataclass(frozen=True)
class Stub:
    """A new entry: its id, the file that it belongs into, the text of that file with it, and the entry's line.

    ``others`` are the keys that it may have beside those that it has.
    """

    id: str
    path: Path
    text: str
    line: int
    others: tuple[str, ...] = ()


def list_kinds(forms: Forms) -> Mapping[str, tuple[str, Form]]:
    """Return the kinds of entries of a registry by what people call them: the prefix of their ids, and their form."""
    forms_of = ((form.pattern.partition("/")[0], form) for form in forms.types.values())
    return {form.name.lower(): (prefix, form) for prefix, form in forms_of if prefix in KINDS}


def begin_entry(kind: str, name: str, forms: Forms, workspace: Workspace) -> Stub:
    """Return the stub of an entry of ``kind`` called ``name``: its label, or the last part of its id.

    Raises ``MappingError`` if there is no such kind, if the name makes no id, or if it is taken or was retired.
    """
    kinds = list_kinds(forms)
    if kind.lower() not in kinds:
        raise MappingError(f"there is no kind “{kind}” in the registry", hint=suggest(kind.lower(), kinds))
    prefix, form = kinds[kind.lower()]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    slug = name if _PATH.fullmatch(name) else re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not form.is_id(f"{IDENTIFIERS}{prefix}/{slug}"):
        raise MappingError(f"“{name}” makes no id of a {form.name}", hint="give a name, or an id in small letters")
    id_ = f"{prefix}:{slug}"
    drafts = read_drafts(workspace.mappings, workspace.root)
    _check_free(id_, name, drafts, workspace)
    lines = _write_stub(id_, form, name if slug != name else TODO)
    draft = _find_home(prefix, drafts, workspace.mappings / "registry")
    if draft is None:
        path = workspace.mappings / "registry" / f"{prefix}s.yaml"
        stub = Stub(id_, path, f'"@context": {CONTEXT_IRI}\n"@graph":\n{lines}\n', 3)
    else:
        stub = _insert(draft, id_, lines)
    return replace(stub, others=tuple(key for key, (least, _) in form.keys.items() if not least))


def _check_free(id_: str, name: str, drafts: Sequence[Draft], workspace: Workspace) -> None:
    prefix = id_.partition(":")[0]
    for entry in (entry for draft in drafts for entry in draft.entries):
        other = get_text(entry, "id")
        names = [text.casefold() for key in ("label", "altLabel") for text in list_texts(entry, key)]
        if other == id_ or (other.startswith(f"{prefix}:") and name.casefold() in names):
            raise MappingError(f"there is {other} already", location=entry.location, hint="go on there")
    retired = re.compile(rf"^{re.escape(id_)}\s+owl:deprecated\b", re.MULTILINE)
    for path in sorted((workspace.ontology / "catalogue").glob("*.ttl")):
        if found := retired.search(text := read_text(path)):
            place = Location(str(path), text.count("\n", 0, found.start()) + 1)
            raise MappingError(f"{id_} was retired", location=place, hint="choose another name")


def _write_stub(id_: str, form: Form, label: str) -> str:
    keys = [key for key, (least, _) in form.keys.items() if least and key != "label"]
    label = label if label == TODO or _PLAIN.fullmatch(label) else quote(label)
    lines = [f"  - id: {id_}", f"    type: {form.name}", f"    label: {label}"]
    return "\n".join([*lines, *(f"    {key}: {TODO}" for key in keys)])


def _find_home(prefix: str, drafts: Sequence[Draft], registry: Path) -> Draft | None:
    homes = [draft for draft in drafts if draft.path.parent == registry]
    counts = [sum(get_text(entry, "id").startswith(f"{prefix}:") for entry in draft.entries) for draft in homes]
    return homes[counts.index(max(counts))] if any(counts) else None


def _insert(draft: Draft, id_: str, lines: str) -> Stub:
    """Put the entry before the first of its kind that is behind it in order, or else behind the last of its kind."""
    alike = [entry for entry in draft.entries if get_text(entry, "id").partition(":")[0] == id_.partition(":")[0]]
    later = next((entry for entry in alike if get_text(entry, "id") > id_), None)
    text = draft.text.splitlines(keepends=True)
    if later:
        row = (later.location.line or 1) - 1
        while text[row - 1].lstrip().startswith("#"):
            row -= 1
        added, line = f"{lines}\n\n", row + 1
    else:
        row = draft.text.count("\n", 0, alike[-1].extent[1]) + 1
        text[row - 1] = text[row - 1].rstrip("\n") + "\n"
        added, line = f"\n{lines}\n", row + 2
    return Stub(id_, draft.path, "".join([*text[:row], added, *text[row:]]), line)
