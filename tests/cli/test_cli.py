"""The command line: verbs, exit codes, one clear message for each thing that is wrong."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.helpers.project import ENGINE, ROOT, Run
from tests.helpers.workspaces import change, copy_workspace, seed

from g7kg.build.snapshot import Snapshot
from g7kg.cli import main
from g7kg.cli.failures import exit_code
from g7kg.errors import MappingError, NonConformance, Problems
from g7kg.mapping.workspace import Workspace
from g7kg.snapshot.releases import RECORD, Release, write_releases


@pytest.fixture
def clone(tmp_path: Path, workspace: Workspace, snapshot: Snapshot) -> Path:
    """A clone of the project's files in which a test may break something, and all else is read already."""
    seed(copy_workspace(workspace, tmp_path).output, snapshot)
    return tmp_path


@pytest.fixture
def run_in(g7kg: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a verb in a folder that is a workspace."""

    def run(place: Path, verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(place)
        return g7kg(verb, "--workspace", place, *arguments)

    return run


def test_help_names_every_verb_and_its_example() -> None:
    runner = CliRunner()
    shown = runner.invoke(main, ["--help"]).output
    for name, verb in main.commands.items():
        assert name in shown
        assert verb.epilog
        assert verb.epilog in " ".join(runner.invoke(main, [name, "--help"]).output.split())


def test_the_numbers_of_the_readme_are_those_of_the_graph(snapshot: Snapshot) -> None:
    def ask(query: str) -> int:
        shown = CliRunner().invoke(
            main, ["query", "-", "--format", "csv", "--snapshot", str(snapshot.folder)], input=f"{PREFIX} {query}"
        )
        return int(shown.stdout_bytes.split()[1])

    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    counted = {
        "sentences": ask(
            "SELECT (SUM(COALESCE(?scope, ?n)) AS ?all) WHERE { ?d g7:sentenceCount ?n"
            " OPTIONAL { ?d g7:scopeSentenceCount ?scope } }"
        ),
        "statements": ask("SELECT (SUM(?n) AS ?all) WHERE { ?d g7:statementCount ?n }"),
        "undertakings": ask("SELECT (COUNT(?u) AS ?all) WHERE { ?u a g7:Undertaking }"),
    }
    assert {noun: f"{number} {noun}" in readme for noun, number in counted.items()} == dict.fromkeys(counted, True)


def test_releases_are_listed_and_none_is_told(clone: Path, snapshot: Snapshot) -> None:
    def show() -> str:
        arguments = ["release", "list", "--workspace", str(clone), "--out", str(snapshot.folder.parents[1])]
        return CliRunner().invoke(main, arguments).stdout

    record = clone / "ontology" / RECORD
    record.write_text("[]", "utf-8")
    assert show() == "no release is on record: g7kg release create begins one\n"
    release = Release("1.0.0", "2030-01-01", snapshot.manifest.digest, "a", "1", "", "")
    write_releases(clone / "ontology", (release, replace(release, version="0.9.0", digest="b" * 64)))
    assert show().splitlines() == [
        f"1.0.0  2030-01-01  {snapshot.manifest.digest}  here",
        f"0.9.0  2030-01-01  {'b' * 64}  not here",
    ]


@pytest.fixture
def place(built: tuple[Workspace, Snapshot]) -> Path:
    """A small workspace with a snapshot, in which something has changed since."""
    change(built[0].mappings / "cssii-2020.yaml", "gist: ", "gist: Newly, ")
    return built[0].root


def test_build_publishes_and_says_so_in_one_line(place: Path, run_in: Run) -> None:
    before = (place / "build" / "current").resolve()
    done = run_in(place, "build", *ENGINE)
    assert (done.returncode, done.stderr) == (0, "")
    after = (place / "build" / "current").resolve()
    assert done.stdout.startswith(f"published {after}: ")
    assert after != before


def test_build_logs_its_steps_if_it_is_asked_to(place: Path, program: Run) -> None:
    done = program("build", "-v", "--workspace", place, *ENGINE)
    assert (done.returncode, done.stdout.startswith("published ")) == (0, True)
    lines = [line.split(" ", 3) for line in done.stderr.splitlines()]
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d INFO g7kg\.[a-z.]+:", " ".join(line[:3])) for line in lines)
    steps = [line[3] for line in lines]
    assert steps[:2] == ["waiting for whoever else builds here", "reading the mappings"]
    assert re.fullmatch(r"1 of \d+ mapping files are new, or depend on what has changed", steps[2])
    assert {"applying the rules", "validating", "writing the store and the dumps"} <= set(steps)


def test_validate_tells_what_is_no_violation_and_publishes_nothing(small: Workspace, run_in: Run) -> None:
    done = run_in(small.root, "validate", *ENGINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("info: CN-94 ")  # of topics that no statement has
    assert not (small.output / "current").exists()


def test_a_violation_ends_with_code_1_and_the_place_and_publishes_nothing(place: Path, run_in: Run) -> None:
    before = (place / "build" / "current").resolve()
    path = place / "mappings" / "registry" / "undertakings.yaml"
    path.write_text(NOBODY_ASKED, "utf-8")
    done = run_in(place, "build", *ENGINE)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("error: violation: ")
    assert "RQ-01 (request): somebody is asked" in done.stderr
    assert "mappings/registry/undertakings.yaml:3:9: id:undertaking/nothing" in done.stderr
    assert done.stderr.endswith("nothing was published\n")
    assert (place / "build" / "current").resolve() == before
    checked = run_in(place, "validate", *ENGINE)
    assert checked.returncode == 1
    assert "RQ-01" in checked.stdout


NOBODY_ASKED = """"@context": https://w3id.org/g7kg/context.jsonld
"@graph":
  - id: undertaking:nothing
    type: Request
    label: Something that nobody is asked
"""


BAD_INPUT: dict[str, tuple[tuple[str, str, str], str | list[str]]] = {
    "unknown key": (
        ("mappings/registry/people.yaml", "    label: Adolfo Urso", "    lable: Adolfo Urso"),
        [
            "mappings/registry/people.yaml:3:5: error: a Person needs the key label",
            "  hint: add label:",
            "mappings/registry/people.yaml:5:5: error: the key “lable” is not known here",
            "  hint: did you mean “label”?",
        ],
    ),
    "malformed YAML": (
        ("mappings/registry/people.yaml", "label: Alessio Butti", "label: 'Alessio Butti"),
        "error: this is not YAML: found unexpected end of stream",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT, ids=lambda name: name.replace(" ", "-"))
def test_bad_input_ends_with_code_2_and_a_message_with_place_and_repair(case: str, clone: Path, run_in: Run) -> None:
    (name, old, new), expected = BAD_INPUT[case]
    text = (clone / name).read_text("utf-8")
    assert old in text
    (clone / name).write_text(text.replace(old, new, 1), "utf-8")
    done = run_in(clone, "build")
    assert (done.returncode, done.stdout) == (2, "")
    if isinstance(expected, list):
        assert sorted(done.stderr.splitlines()) == sorted(expected)
    else:
        assert expected in done.stderr
        assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sentence_without_statement_ends_with_code_1(clone: Path, run_in: Run) -> None:
    name = clone / "mappings" / "cssii-2020.yaml"
    text = name.read_text("utf-8")
    start, end = text.index("      - id: e15/s2"), text.index("  - id: e16\n")
    name.write_text(text[:start] + "\n" + text[end:], "utf-8")
    done = run_in(clone, "coverage")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "https://w3id.org/g7kg/id/cssii-2020: 1 sentences have no statement"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--out", "/dev/null/x"], "/dev/null/x: error: the output folder cannot be written: Not a directory"),
        (["build", "--texts", "/nowhere"], "/nowhere: error: there is no such folder of texts"),
        (["query", "no-such-query"], "error: there is no file and no query of the catalogue “no-such-query”"),
        (["query", "-", "--format", "csv"], "error: the query is not valid: "),
    ],
    ids=["folder-not-writable", "no-texts", "no-query", "no-sparql"],
)
def test_wrong_use_ends_with_code_2_and_one_message(
    arguments: list[str], message: str, g7kg: Run, snapshot: Snapshot
) -> None:
    where = ["--snapshot", str(snapshot.folder)] if arguments[0] == "query" else []
    done = g7kg(*arguments, *where, stdin="SELECT ?x WHERE {")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr


def test_a_query_in_place_of_its_name_is_told_the_way(g7kg: Run, snapshot: Snapshot) -> None:
    done = g7kg("query", "ASK {}", "--snapshot", str(snapshot.folder))
    assert done.returncode == 2
    assert done.stderr.endswith("hint: a query itself is read from standard input: g7kg query - < FILE\n")


def test_a_port_in_use_ends_with_code_2_and_a_hint(program: Run, snapshot: Snapshot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = program("serve", "--port", str(port), "--snapshot", snapshot.folder)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"127.0.0.1: error: cannot listen on port {port}: Address already in use",
        "  hint: is another server running? choose another with --port",
    ]


PREFIX = "PREFIX g7: <https://w3id.org/g7kg/ontology#>"
ASK = "ASK { ?s a <https://w3id.org/g7kg/ontology#Minister> }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/g7kg/ontology#Minister> }"
CONSTRUCT = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c . FILTER(?c = <https://w3id.org/g7kg/ontology#Minister>) }"


@pytest.mark.parametrize(
    ("query", "format_", "expected"),
    [
        (COUNT, "csv", "n\r\n2\r\n"),
        (COUNT, "tsv", "?n\n2\n"),
        (COUNT, "json", '"value":"2"'),
        (COUNT, "xml", ">2</literal>"),
        (ASK, "json", '{"head":{},"boolean":true}'),
        (CONSTRUCT, "nt", "<https://w3id.org/g7kg/id/person/alessio-butti> "),
        (CONSTRUCT, "ttl", "<https://w3id.org/g7kg/id/person/adolfo-urso> a g7:Minister ."),
    ],
)
def test_query_answers_in_every_format(query: str, format_: str, expected: str, snapshot: Snapshot) -> None:
    runner = CliRunner()
    done = runner.invoke(main, ["query", "-", "--format", format_, "--snapshot", str(snapshot.folder)], input=query)
    assert done.exit_code == 0
    assert expected in done.stdout_bytes.decode()


def test_query_shows_a_table_by_default_with_shortened_iris(g7kg: Run, snapshot: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text(
        "SELECT ?who WHERE { ?who a <https://w3id.org/g7kg/ontology#Minister> } ORDER BY ?who"
    )
    done = g7kg("query", tmp_path / "q.rq", "--snapshot", snapshot.folder)
    words = done.stdout.split()
    assert (done.returncode, words[0], words[-2:]) == (0, "who", ["id:person/adolfo-urso", "id:person/alessio-butti"])
    shown = g7kg("query", "-", "--snapshot", snapshot.folder, stdin=ASK)
    assert shown.stdout.split() == ["true"]


def test_query_runs_a_question_of_the_catalogue_by_its_name(g7kg: Run, snapshot: Snapshot) -> None:
    published_to = snapshot.folder.parents[1]
    done = g7kg("query", "countries-invited-to-verona-trento", "--format", "csv", "--snapshot", published_to)
    expected = (ROOT / "tests/cases/queries/countries-invited-to-verona-trento.csv").read_text("utf-8")
    assert (done.returncode, done.stdout.splitlines()) == (0, expected.splitlines())


def test_query_takes_a_name_for_an_iri(snapshot: Snapshot) -> None:
    asked = ("query", "asked-of-organisation", "--format", "csv", "--snapshot", str(snapshot.folder), "--organisation")
    by_name, by_iri = (CliRunner().invoke(main, [*asked, one]) for one in ("OECD", "organisation:oecd"))
    assert by_name.stdout == by_iri.stdout != ""


def test_the_nearest_class_of_the_tree_decides_the_exit_code() -> None:
    assert exit_code(NonConformance("x")) == 1
    assert exit_code(MappingError("x")) == 2
    assert exit_code(Problems([MappingError("x")])) == 2


def test_brackets_in_a_result_are_shown_as_they_are(g7kg: Run, snapshot: Snapshot) -> None:
    done = g7kg("query", "-", "--snapshot", snapshot.folder, stdin='SELECT ("[red] see [/foo]" AS ?x) {}')
    assert "[red] see [/foo]" in done.stdout


def test_service_is_refused_on_the_command_line_too(g7kg: Run, snapshot: Snapshot) -> None:
    done = g7kg("query", "-", "--snapshot", snapshot.folder, stdin="SELECT * {\n SERVICE <http://e/> { ?s ?p ?o } }")
    assert done.returncode == 2
    assert done.stderr.startswith("error: SERVICE in line 2 is refused")


def test_a_file_that_the_system_refuses_is_named(clone: Path, run_in: Run) -> None:
    (clone / "ontology" / "rules" / "05-odd.rq").mkdir()
    done = run_in(clone, "validate")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith("/ontology/rules/05-odd.rq: error: this is no plain file")


def test_a_damaged_store_is_told_before_the_server_starts(program: Run, snapshot: Snapshot, tmp_path: Path) -> None:
    shutil.copytree(snapshot.folder, tmp_path / "s")
    shutil.rmtree(tmp_path / "s" / "store")
    done = program("serve", "--port", "0", "--snapshot", tmp_path / "s")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_server_ends_at_once_and_quietly_when_it_is_asked_to(snapshot: Snapshot) -> None:
    command = [sys.executable, "-m", "g7kg", "serve", "--port", "0", "--snapshot", str(snapshot.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("serving ")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert "Traceback" not in errors
