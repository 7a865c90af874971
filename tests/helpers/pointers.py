"""What the words of a document say to its mapping."""

from collections.abc import Mapping
from pathlib import Path

from tests.helpers.project import ROOT

from g7kg.build.pointers import match_documents, verify_document
from g7kg.mapping.context import read_context
from g7kg.mapping.reader import MappingFile, read_mapping
from g7kg.texts.sources import Source


def verify(path: Path, sources: Mapping[str, Source]) -> list[str]:
    """Return the messages on the mapping at ``path`` against its text, which has to be among ``sources``."""
    records = read_mapping(path, path.name, read_context(ROOT / "ontology" / "context.jsonld"))
    [(file, document)] = match_documents([MappingFile(path, path.stem, records)], sources)
    return [str(problem) for problem in verify_document(file, document)]
