"""Where the folders are: in a clone beside ``src``, in an installed package inside it."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from g7kg.errors import WorkspaceError


@dataclass(frozen=True)
class Workspace:
    """The folders that a build reads, below ``root``, and the folder that it publishes to by default."""

    root: Path
    output: Path

    @property
    def ontology(self) -> Path:
        """The ontology, its schemes, the JSON-LD context and the rules."""
        return self.root / "ontology"

    @property
    def mappings(self) -> Path:
        """The mapping files: one a document, and the registry."""
        return self.root / "mappings"

    @property
    def labels(self) -> Path:
        """The labels in other languages, one Turtle file a language."""
        return self.mappings / "labels"

    @property
    def shapes(self) -> Path:
        """The SHACL shapes, one file a class."""
        return self.root / "shapes"

    @property
    def queries(self) -> Path:
        """The catalogue of queries, one file a question."""
        return self.root / "queries"


def find_workspace(root: Path | None = None) -> Workspace:
    """Return the workspace in the folder ``root``, which publishes to ``build/`` there, or that of this installation.

    In a clone that has ``build/``, too; in an installed package it publishes to the user's cache folder. Raises
    ``WorkspaceError`` if the folders are not there.
    """
    if root is not None:
        missing = [name for name in ("mappings", "ontology", "queries", "shapes") if not (root / name).is_dir()]
        if missing:
            hint = "give a folder with mappings, ontology, queries and shapes"
            raise WorkspaceError(f"there is no {missing[0]} here", location=root, hint=hint)
        return Workspace(root, root / "build")
    package = Path(__file__).parents[1]
    clone, installed = package.parents[1], package / "data"
    if (clone / "mappings").is_dir() and (clone / "pyproject.toml").is_file():
        return Workspace(clone, clone / "build")
    if (installed / "mappings").is_dir():
        return Workspace(installed, platformdirs.user_cache_path("g7kg"))
    message = "the folders ontology, mappings, shapes and queries are missing"
    raise WorkspaceError(message, location=installed, hint="install the package again, or run it from a clone")
