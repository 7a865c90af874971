"""Whatever is edited in the mappings, a build with what was kept makes what one from nothing makes."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest
from tests.helpers.project import needs_engine
from tests.helpers.workspaces import ENTRY, build_graph, make_workspace

from g7kg.errors import G7kgError
from g7kg.mapping.workspace import Workspace
from g7kg.rdf.lines import read_lines

STEPS = 3
MOST = 6
"""How many edits there are at most between two builds."""

STATEMENT = re.compile(r"^      - id: \S+\n(?:        .*\n)+", re.MULTILINE)
FIELD = re.compile(r"^        (?P<key>\w+): [^{\n].*\n", re.MULTILINE)
"""All but a span, which has a name that no other statement may give."""

OPTIONAL = re.compile(FIELD.pattern.replace(r"\w+", r"(?!speechAct|gist|topic)\w+"), re.MULTILINE)

WORDS = re.compile(r'^ +(?:gist|label|title): "?', re.MULTILINE)


class Files:
    """The files of a folder of mappings, as they are and as they are to be."""

    def __init__(self, mappings: Path, chance: Random) -> None:
        self.chance = chance
        self.before = {path: path.read_text("utf-8") for path in sorted(mappings.rglob("*.yaml"))}
        self.texts = dict(self.before)
        self.registry = [path for path in self.texts if path.parent != mappings]
        self.documents = [path for path in self.texts if path.parent == mappings]

    def pick(self, pattern: re.Pattern[str], files: list[Path]) -> tuple[Path, re.Match[str]]:
        """Return something that ``pattern`` finds in one of ``files``, each as likely as any other."""
        found = [(path, match) for path in files for match in pattern.finditer(self.texts[path])]
        return self.chance.choice(found)

    def replace(self, path: Path, match: re.Match[str], new: str) -> None:
        """Put ``new`` in the place of what was found in ``path``."""
        text = self.texts[path]
        self.texts[path] = text[: match.start()] + new + text[match.end() :]

    def write(self, *, back: bool = False) -> None:
        """Write the texts, or those that were there before."""
        for path, text in (self.before if back else self.texts).items():
            if path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")


def change_words(files: Files) -> str:
    path, match = files.pick(WORDS, [*files.documents, *files.registry])
    files.replace(path, match, f"{match[0]}Anew ")
    return f"{path.name}: another “{match[0].strip()}”"


def remove_statement(files: Files) -> str:
    path, match = files.pick(STATEMENT, files.documents)
    files.replace(path, match, "")
    return f"{path.name}: without {match[0].split()[2]}"


def remove_field(files: Files) -> str:
    path, match = files.pick(OPTIONAL, files.documents)
    files.replace(path, match, "")
    return f"{path.name}: without “{match[0].strip()}”"


def add_field(files: Files) -> str:
    """Add to a statement what another one says, instead of what it says itself if it does."""
    _, taken = files.pick(FIELD, files.documents)
    path, match = files.pick(STATEMENT, files.documents)
    others = re.sub(rf"^        {taken['key']}:.*\n(?:          .*\n)*", "", match[0], flags=re.MULTILINE)
    files.replace(path, match, others + taken[0])
    return f"{path.name}: {match[0].split()[2]} with “{taken[0].strip()}”"


def move_entry(files: Files) -> str:
    path, match = files.pick(ENTRY, files.registry)
    files.replace(path, match, "")
    other = files.chance.choice([file for file in files.registry if file != path])
    files.texts[other] = f"{files.texts[other].rstrip()}\n\n{match[0].rstrip()}\n"
    return f"{path.name}: {match[1]} is in {other.name}"


EDITS: tuple[Callable[[Files], str], ...] = (change_words, remove_statement, remove_field, add_field, move_entry)


def make(workspace: Workspace, folder: Path, work: Path) -> dict[str, object]:
    """Return the N-Quads and the store of a build, its digests and its report; or why there is none."""
    try:
        assembly, report = build_graph(workspace, folder, work)
    except G7kgError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    lines = sorted(read_lines(assembly.stated))
    store = set(ox.Store.read_only(str(assembly.store)))
    return {"lines": lines, "store": store, "digests": assembly.digests, "report": report}


@pytest.mark.soak
@pytest.mark.parametrize("seed", ["first"])
def test_after_random_edits_a_build_makes_what_a_build_from_nothing_makes(seed: str, tmp_path: Path) -> None:
    needs_engine()
    root, chance, built = make_workspace(tmp_path / "real", {}), Random(seed), 0  # noqa: S311 - it keeps no secret
    workspace = Workspace(root, root / "build")
    build_graph(workspace, tmp_path / "first", tmp_path / "work")
    for step in range(STEPS):
        files = Files(workspace.mappings, chance)
        edits = [chance.choice(EDITS)(files) for _ in range(chance.randint(1, MOST))]
        files.write()
        kept = make(workspace, tmp_path / f"{step}-kept", tmp_path / "work")
        made = make(workspace, tmp_path / f"{step}-made", tmp_path / f"work-{step}")
        # the names alone: the difference of two graphs would take minutes to tell
        assert [name for name in kept | made if kept.get(name) != made.get(name)] == [], edits
        built += "report" in made
        files.write(back="error" in made)  # what cannot be built would hide what comes after
    assert built >= STEPS / 2
