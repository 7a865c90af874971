"""What files, keys and data say reaches no terminal as a command to it."""

import ast
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
from tests.helpers.project import ENGINE, ROOT

from g7kg.build.snapshot import Snapshot
from g7kg.cli.terminal import make_visible
from g7kg.mapping.workspace import Workspace

TITLE = "\x1b]0;owned\x07"
OBEYED = (TITLE.encode(), "\x9b".encode(), "\u202e".encode(), b"\x7f", b"\x08")
SAID = f"{TITLE}\x9b31m\u202e\x7f\x08[bold]"
ESCAPED = r"\u001b]0;owned\u0007\u009b31m\u202e\u007f\u0008[bold]"
"""``SAID`` as Turtle has it in a literal, and as the command line shows it."""

FOLDER = f"{TITLE}f"
DATA = f'<http://e/a> <http://e/b> "{ESCAPED}" .\n'


def run_on_terminal(folder: Path, *arguments: str | bytes, codes: Collection[int] = (0,)) -> bytes:
    """Run ``g7kg`` on a terminal; return all that came to it, which it does not obey. It ends with one of ``codes``."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "300"}
    command = [sys.executable, "-m", "g7kg", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = bytearray()
        try:
            while data := os.read(ours, 65536):
                shown += data
        except OSError:  # the other end is closed
            pass
        os.close(ours)
    assert process.returncode in codes, shown
    assert [sequence for sequence in OBEYED if sequence in shown] == [], shown
    return bytes(shown)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hostile data, of a hostile name, and a snapshot of it in ``out``."""
    folder = tmp_path_factory.mktemp("place")
    (folder / FOLDER).mkdir()
    (folder / FOLDER / f"{TITLE}.ttl").write_text(DATA, "utf-8")
    (folder / FOLDER / f"{TITLE}.txt").write_text(f"1. {SAID}.\n", "utf-8")
    (folder / "select.rq").write_text("SELECT ?o { ?s ?p ?o }", "utf-8")
    (folder / "graph.rq").write_text("CONSTRUCT WHERE { ?s ?p ?o }", "utf-8")
    shown = run_on_terminal(folder, "load", f"{FOLDER}/{TITLE}.ttl", "--out", f"{FOLDER}/out")
    assert rb"loading \u001b]0;owned\u0007.ttl" in shown
    assert rb"published \u001b]0;owned\u0007f/out/snapshots/" in shown
    (folder / "out").symlink_to(folder / FOLDER / "out")
    return folder


@pytest.mark.parametrize("name", ["table", "csv", "tsv", "json"])
def test_solutions_are_made_visible_on_a_terminal(place: Path, name: str) -> None:
    shown = run_on_terminal(place, "query", "select.rq", "--snapshot", "out", "--format", name)
    assert rb"u001b]0;owned" in shown
    assert b"[bold]" in shown


@pytest.mark.parametrize("name", ["ttl", "nt", "jsonld"])
def test_graphs_are_made_visible_on_a_terminal(place: Path, name: str) -> None:
    run_on_terminal(place, "query", "graph.rq", "--snapshot", "out", "--format", name)


def test_data_is_exact_where_a_program_reads_it(place: Path) -> None:
    command = [sys.executable, "-m", "g7kg", "query", "select.rq", "--snapshot", "out", "--format", "csv"]
    done = subprocess.run(command, cwd=place, capture_output=True, check=True, timeout=600)
    assert done.stdout == f"o\r\n{SAID}\r\n".encode()


MISTAKES: dict[str, tuple[str | bytes, ...]] = {
    "no such verb": (TITLE,),
    "no such option of the group": (f"--{TITLE}",),
    "no such option": ("load", f"--{TITLE}"),
    "no such format": ("query", "select.rq", "--format", TITLE),
    "no such snapshot": ("query", "select.rq", "--snapshot", TITLE),
    "no such query": ("query", TITLE),
    "no parameter": ("query", "select.rq", TITLE),
    "no such file": ("load", f"{TITLE}.ttl", "--out", "x"),
    "no format": ("validate", f"{FOLDER}/{TITLE}.txt"),
    "no UTF-8 in a name": ("load", b"\xff.ttl", "--out", "x"),
    "no IRI": ("load", "a.ttl", "--out", "x", "--graph", TITLE),
    "no address": ("publish", "--to", f"http://{TITLE}/"),
    "no address of a server": ("serve", "--public-url", TITLE),
    "no host": ("serve", "--snapshot", "out", "--host", TITLE, "--port", "0"),
    "no store": ("serve", "--store", f"http://{TITLE}/"),
    "no snapshot to compare": ("diff", FOLDER, FOLDER),
    "no source": ("pull", f"http://{TITLE}/", "--out", "x"),
    "no workspace": ("build", "--workspace", FOLDER, "--out", "x"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_wrong_is_told_made_visible(place: Path, name: str) -> None:
    run_on_terminal(place, *MISTAKES[name], codes=[2])


OTHERS = [
    pytest.param(name, marks=pytest.mark.soak) for name in ("github", "junit", "markdown", "sarif", "ttl", "jsonld")
]


@pytest.mark.parametrize("form", ["text", "json", *OTHERS])
def test_reports_are_made_visible(place: Path, form: str) -> None:
    shapes = place / "shapes.ttl"
    shapes.write_text(
        f"PREFIX sh: <http://www.w3.org/ns/shacl#> <http://e/s> a sh:NodeShape ; sh:targetSubjectsOf <http://e/b> ;"
        f' sh:property [ sh:path <http://e/b> ; sh:datatype <http://e/d> ; sh:message "{ESCAPED}" ] .',
        "utf-8",
    )
    data = f"{FOLDER}/{TITLE}.ttl"
    run_on_terminal(place, "validate", *ENGINE, data, "--shapes", "shapes.ttl", "--format", form, codes=[1])


def test_a_comparison_is_made_visible(place: Path, tmp_path: Path) -> None:
    for name in ("old", "new"):
        shutil.copytree((place / "out" / "current").resolve(), tmp_path / name)
        (tmp_path / name / "g7kg.nq").write_text(DATA.replace("http://e/b", f"http://e/{name}"), "utf-8")
    shown = run_on_terminal(tmp_path, "diff", "old", "new")
    assert rb"\u001b]0;owned" in shown


def test_a_skeleton_is_made_visible(place: Path) -> None:
    run_on_terminal(place, "scaffold", f"{FOLDER}/{TITLE}.txt", "--slug", "a-2030")


HOSTILE_MAPPINGS = {
    "a key": ("title:", f'"{ESCAPED}":'),
    "an id": ("id: p1\n", f'id: "{ESCAPED}"\n'),
    "a term": ("speechAct: report", f'speechAct: "{ESCAPED}"'),
    "a type": ("type: Paragraph", f'type: "{ESCAPED}"'),
    "an address": ("publication: https://example.org/lakeside-2030", f'publication: "{ESCAPED}"'),
    "a title": ('title: "', f'title: "{ESCAPED}'),
    "a gist": ("gist: The", f'gist: "{ESCAPED}" #'),
    "no YAML": ("- id: p1\n", f"- id: p1\n  {{{SAID}\n"),
}


@pytest.mark.parametrize("name", HOSTILE_MAPPINGS)
def test_what_mappings_say_is_made_visible(name: str, tmp_path: Path) -> None:
    for folder in ("ontology", "queries", "shapes"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "registry").symlink_to(ROOT / "mappings" / "registry")
    text = (ROOT / "docs" / "example" / "lakeside-2030.yaml").read_text("utf-8")
    assert HOSTILE_MAPPINGS[name][0] in text
    mapping = tmp_path / "mappings" / f"{TITLE}.yaml"
    mapping.write_text(text.replace(*HOSTILE_MAPPINGS[name], 1), "utf-8")
    for verb in (("validate", *ENGINE), *([("coverage",)] if name == "a title" else [])):
        run_on_terminal(tmp_path, *verb, "--workspace", ".", codes=[1, 2])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SAID, ESCAPED),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r", r"a\u000d"),
        ("\udcff", r"\udcff"),
        ("中 “é” \u200d", "中 “é” \u200d"),
        ("\u2066a\u2069", r"\u2066a\u2069"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    assert make_visible(text) == shown


def test_nothing_else_of_the_command_line_prints() -> None:
    printing = {"echo", "secho", "Console", "stdout", "stderr", "from_markup"}
    for path in (ROOT / "src" / "g7kg" / "cli").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        names = {node.id for node in nodes if isinstance(node, ast.Name)} & {"print", *printing}
        names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)} & printing
        assert path.name == "terminal.py" or not names, path


def test_who_has_read_enough_is_told_nothing(small_once: tuple[Workspace, Snapshot], tmp_path: Path) -> None:
    source, target = os.pipe()
    os.close(source)
    command = [sys.executable, "-m", "g7kg", "coverage", "--workspace", str(small_once[0].root)]
    done = subprocess.run(command, cwd=tmp_path, stdout=target, stderr=subprocess.PIPE, check=False)
    os.close(target)
    assert (done.stderr, done.returncode) == (b"", 1)
