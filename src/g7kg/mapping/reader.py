"""Mapping files, read strictly: what YAML and JSON-LD would pass over in silence is an error with its place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode

from g7kg.errors import G7kgError, Location, MappingError, raise_problems
from g7kg.mapping.context import CONTEXT_IRI, Context, Form
from g7kg.mapping.nodes import Fields, Items, Node, Scalar, list_items, read_yaml
from g7kg.mapping.records import Entry, Record
from g7kg.mapping.values import read_iri, read_value
from g7kg.rdf.suggestions import suggest
from g7kg.rdf.vocab import IDENTIFIERS


@dataclass(frozen=True)
class MappingFile:
    """A mapping file: its path, the name of the graph that it makes, its entries."""

    path: Path
    graph: str
    records: tuple[Record, ...]


def read_mapping_file(path: Path, folder: Path, root: Path, context: Context) -> MappingFile:
    """Return the mapping file ``path``, which is somewhere below ``folder``; messages name it relative to ``root``.

    A file directly in ``folder`` makes the graph of its own name (a document's slug); one in a folder makes the graph
    of that folder's name (the registry). Raises ``MappingError`` or ``Problems`` with everything that is wrong in it.
    """
    document = path.parent == folder
    name = str(path.relative_to(root))
    records = read_mapping(path, name, context)
    _check_name(path, name, records, document=document)
    return MappingFile(path, path.stem if document else path.parent.name, records)


def _check_name(path: Path, name: str, records: tuple[Record, ...], *, document: bool) -> None:
    """Raise ``MappingError`` if a file has not the name that its content asks for."""
    if path.suffix != ".yaml":
        hint = "call it .yaml, or move it elsewhere"
        raise MappingError("this is no mapping file", location=Location(name), hint=hint)
    names = {f"{IDENTIFIERS}{path.stem}", f"{IDENTIFIERS}instrument/{path.stem}"}
    if document and (not records or records[0].id.value not in names):
        hint = f"its first entry must be doc:{path.stem} (or instrument:{path.stem}), or the file be called after that"
        raise MappingError("the file is not named after its document", location=Location(name, 1), hint=hint)


def read_mapping(path: Path, name: str, context: Context) -> tuple[Record, ...]:
    """Return the entries of the mapping file ``path``, which messages call ``name``.

    Raises ``MappingError`` or ``Problems``: malformed YAML, unknown, missing or duplicate keys, malformed values.
    """
    root, problems = read_yaml(path, name)
    reader = _Reader(context, problems)
    records = tuple(reader.read_file(root))
    raise_problems(sorted(reader.problems, key=lambda problem: problem.location.line or 0))
    return records


class _Reader:
    """Reads one file; collects problems so that a curator sees all of them at once."""

    def __init__(self, context: Context, problems: list[G7kgError]) -> None:
        self.context = context
        self.problems = problems
        self.base = ""

    def read_file(self, root: Node) -> Iterator[Record]:
        fields = dict(self.read_fields(root, ("@context", "@graph")))
        if isinstance(root, Fields) and ("@context" not in fields or "@graph" not in fields):
            self.report("a mapping file has the keys @context and @graph", root.location, "see docs/mappings.md")
        if "@context" in fields:
            self.base = self.read_base(fields["@context"])
        for node in list_items(fields.get("@graph")):
            if record := self.read_entry(node):
                yield record

    def read_base(self, node: Node) -> str:
        """Return the base IRI that the file's ``@context`` sets, after checking that it names the project's context."""
        match node:
            case Scalar(text) if text == CONTEXT_IRI:
                return ""
            case Items((Scalar(text), Fields(((Scalar("@base"), Scalar(base)),)))) if text == CONTEXT_IRI:
                if base.startswith(IDENTIFIERS) and base.endswith("/"):
                    return base
                self.report(f"the base “{base}” is not one of this project", node.location, f"{IDENTIFIERS}SLUG/")
            case _:
                hint = f"write [{CONTEXT_IRI}, {{'@base': {IDENTIFIERS}SLUG/}}]"
                self.report("@context must name the project's context and at most a base", node.location, hint)
        return ""

    def read_entry(self, node: Node) -> Record | None:
        stated = node.get("type") if isinstance(node, Fields) else None
        types = [type_ for type_ in list_items(stated) if isinstance(type_, Scalar)]
        if not types:
            self.report("an entry has no type", node.location, "add type: Paragraph, Organisation …")
            return None
        form = self.choose_form(types)
        return self.read_record(node, form, typed=True) if form else None

    def choose_form(self, types: Sequence[Scalar]) -> Form | None:
        """Return the form of an entry of ``types``, after checking that there is one."""
        known = self.context.forms.top_level
        for type_ in types:
            if type_.text not in known:
                self.report(f"there is no type “{type_.text}” here", type_.location, suggest(type_.text, known))
                return None
        form, *others = (self.context.forms.types[type_.text] for type_ in types)
        if [other.name for other in others] not in ([], [form.beside]):
            hint = f"keep {form.name}" + (f", or [{form.name}, {form.beside}]" if form.beside else "")
            self.report(f"a {form.name} cannot also be a {others[-1].name}", types[-1].location, hint)
            return None
        return form.join(others[0]) if others else form

    def read_record(self, node: Node, form: Form, *, typed: bool = False) -> Record | None:
        allowed = ("id", *(("type",) if typed else ()), *form.keys)
        fields = dict(self.read_fields(node, allowed))
        id_node = fields.pop("id", None)
        fields.pop("type", None)
        entries = tuple(entry for key, value in fields.items() for entry in self.read_key(key, value))
        self.check_counts(form, fields, node.location)
        if not isinstance(id_node, Scalar):
            self.report(f"a {form.name} has no id", node.location, "add one; ids are never made up by the reader")
            return None
        iri = self.read_identifier(id_node, form)
        classes = tuple(NamedNode(self.context.classes[type_]) for type_ in form.types)
        return Record(iri, form.name, classes, entries, id_node.location)

    def read_identifier(self, scalar: Scalar, form: Form) -> NamedNode:
        try:
            iri = read_iri(scalar, self.context, self.base)
        except MappingError as error:
            self.problems.append(error)
            return NamedNode(IDENTIFIERS)
        if not form.is_id(iri):
            hint = f"below {IDENTIFIERS} it matches {form.pattern}"
            self.report(f"“{scalar.text}” is not an id of a {form.name}", scalar.location, hint)
        return NamedNode(iri)

    def read_fields(self, node: Node, allowed: Iterable[str]) -> Iterator[tuple[str, Node]]:
        if not isinstance(node, Fields):
            self.report("keys and values are expected here", node.location, "write key: value")
            return
        known = frozenset(allowed)
        for key, value in node.pairs:
            if key.text in known:
                yield key.text, value
            else:
                self.report(f"the key “{key.text}” is not known here", key.location, suggest(key.text, known))

    def read_key(self, key: str, node: Node) -> Iterator[Entry]:
        term, forms = self.context.terms[key], self.context.forms
        property_ = NamedNode(term.property)
        for item in list_items(node):
            if key in forms.nested:
                if record := self.read_record(item, forms.types[forms.nested[key]]):
                    yield Entry(key, property_, term.reverse, record, record.location)
            elif isinstance(item, Scalar):
                try:
                    value = read_value(item, term, self.context, self.base)
                except MappingError as error:
                    self.problems.append(error)
                else:
                    yield Entry(key, property_, term.reverse, value, item.location)
            else:
                self.report(f"{key} takes a plain value", item.location, "write it out in one word or text")

    def check_counts(self, form: Form, fields: dict[str, Node], location: Location) -> None:
        for key, (least, most) in form.keys.items():
            items = list_items(fields.get(key))
            if len(items) < least:
                self.report(f"a {form.name} needs the key {key}", location, f"add {key}:")
            self.check_repeats(key, items)
            if most is not None and len(items) > most:
                self.report(f"a {form.name} has {key} only once", fields[key].location, "keep one value")

    def check_repeats(self, key: str, items: tuple[Node, ...]) -> None:
        texts = [item.text for item in items if isinstance(item, Scalar)]
        for item in items:
            if isinstance(item, Scalar) and texts.count(item.text) > 1:
                self.report(f"{key} has “{item.text}” more than once", item.location, "keep one")
                return

    def report(self, message: str, location: Location, hint: str) -> None:
        self.problems.append(MappingError(message, location=location, hint=hint))
