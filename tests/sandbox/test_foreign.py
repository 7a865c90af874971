"""Other people's RDF is checked: findings name the line, and nothing that is sent makes the check hang or swell."""

import json
import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml
from tests.helpers.project import ENGINE, ROOT, Run

from g7kg.errors import DataError, Location
from g7kg.mapping.workspace import Workspace
from g7kg.sandbox.exchange import Source
from g7kg.sandbox.positions import locate_nodes
from g7kg.sandbox.reading import read_quads

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix e: <http://e/> .
e:PersonShape a sh:NodeShape ; sh:targetClass e:Person ;
  sh:property [ sh:path e:name ; sh:minCount 1 ; sh:name "name" ;
    sh:message "P-01 (person): it has a name. Repair: add e:name." ] .
"""
DATA = {
    "ttl": "@prefix e: <http://e/> .\n# e:one\n\ne:two a e:Person ; e:name 'e:one a' .\ne:one a e:Person .\n",
    "trig": "@prefix e: <http://e/> .\n\n\ne:g {\n  e:one a e:Person }\n",
    "nt": "<http://e/x> <http://e/p> <http://e/one> .\n\n\n\n<http://e/one> a <http://e/Person> .\n".replace(
        " a ", " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
    ),
    "jsonld": '{"@context": {"e": "http://e/"},\n\n\n\n"@id": "http://e/one", "@type": "e:Person"}',
    "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n xmlns:e="http://e/">\n\n\n'
    '<e:Person rdf:about="http://e/one"/></rdf:RDF>',
}
BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">\n'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + ']><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
)


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES, "utf-8")
    return path


@pytest.fixture
def validate(tmp_path: Path, shapes: Path, g7kg: Run) -> Run:
    """Check data, in Turtle if nothing else is said, against the shapes."""

    def run(text: str, *options: str, extension: str = "ttl") -> subprocess.CompletedProcess[str]:
        path = tmp_path / f"data.{extension}"
        path.write_text(text, "utf-8")
        return g7kg("validate", path, "--shapes", shapes, *options)

    return run


@pytest.mark.parametrize("extension", DATA)
def test_a_finding_names_the_line_of_its_focus_node(tmp_path: Path, validate: Run, extension: str) -> None:
    done = validate(DATA[extension], "--format", "json", *ENGINE, extension=extension)
    report = json.loads(done.stdout)
    (finding,) = report["findings"]
    assert (done.returncode, report["conforms"], finding["focusNode"]["value"]) == (1, False, "http://e/one")
    assert (finding["file"], finding["line"]) == (f"{tmp_path}/data.{extension}", 5)


def test_standard_input_is_checked_and_conforming_data_is_told_so(shapes: Path, g7kg: Run) -> None:
    text = '<http://e/one> a <http://e/Person> ; <http://e/name> "One" .'
    done = g7kg("validate", "-", "--input-format", "ttl", "--shapes", shapes, *ENGINE, stdin=text)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("conforms: 2 triples")


def test_the_shapes_of_the_project_are_used_where_no_others_are_given(tmp_path: Path, g7kg: Run) -> None:
    path = tmp_path / "data.ttl"
    path.write_text("\n\n<https://w3id.org/g7kg/id/x/p1/s1> a <https://w3id.org/g7kg/ontology#Statement> .", "utf-8")
    done = g7kg("validate", path, *ENGINE)
    assert done.returncode == 1
    assert f"{path}:3:1: " in done.stdout
    assert "ontology#" not in done.stdout.replace("g7:", "")
    assert "ST-04" in done.stdout
    assert done.stdout.splitlines()[-1] == "8 findings on 1 triple, 1 focus node checked by 6 shapes: 8 violations"


@pytest.mark.parametrize(("severity", "code"), [("violation", 0), ("warning", 1), ("info", 1)])
def test_the_severity_that_fails_is_chosen(shapes: Path, validate: Run, severity: str, code: int) -> None:
    shapes.write_text(SHAPES.replace("sh:minCount 1", "sh:severity sh:Warning ; sh:minCount 1"), "utf-8")
    assert validate(DATA["ttl"], "--severity", severity, *ENGINE).returncode == code


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ttl", "<html>", r"a\.ttl:1:\d+: error: this is no Turtle"),
        ("a.ttl", "\n\n<http://e/s> <http://e/p> .", r"a\.ttl:3:\d+: error: this is no Turtle"),
        ("a.jsonld", "{", r"a\.jsonld: error: this cannot be read"),
        ("a.jsonld", '{"@context": "http://127.0.0.1:1/c", "@id": "http://e/s"}', "contexts are never fetched"),
        ("a.rdf", BOMB, r"a\.rdf:3: error: the entity “b” is refused"),
        ("a.rdf", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x/>', "the entity “a” is refused"),
        ("a.txt", "x", r"a\.txt: error: the extension names no RDF format"),
        ("a.jsonld", '{"@context":{"p":"http://e/p"},"p":' * 5000 + "1" + "}" * 5000, "error: th"),
    ],
    ids=["html", "syntax", "broken json", "remote context", "bomb", "external entity", "extension", "deep json"],
)
def test_what_cannot_be_read_ends_with_code_2_and_says_why(
    tmp_path: Path, g7kg: Run, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    done = g7kg("validate", tmp_path / name, *ENGINE)
    assert done.returncode == 2
    assert re.search(message, done.stderr)


def test_too_much_and_an_endless_stream_are_refused(tmp_path: Path) -> None:
    (tmp_path / "large.nt").write_bytes(b"#" * ((1 << 20) + 1))
    for command in ("cat large.nt", "yes '# endless'"):
        shell = f"{command} | g7kg validate - --input-format nt --max-size 1"
        environment = {**os.environ, "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["/bin/bash", "-c", shell],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert (done.returncode, "there are more than 1 MiB" in done.stderr) == (2, True)


UNUSABLE = {
    "loop": "sh:node e:PersonShape",
    "no SPARQL": 'sh:sparql [ sh:select "SELECT nonsense" ]',
    "no regular expression": "sh:pattern '('",
    "loop by and": "sh:and ( e:PersonShape )",
}


@pytest.mark.parametrize("constraint", UNUSABLE.values(), ids=UNUSABLE)
def test_shapes_that_cannot_be_used_end_with_code_2(shapes: Path, validate: Run, constraint: str) -> None:
    shapes.write_text(SHAPES + f"\ne:PersonShape {constraint} .", "utf-8")
    done = validate(DATA["ttl"])
    assert done.returncode == 2
    assert "error: the shapes" in done.stderr


FUNCTION = """
e:twice a sh:SPARQLFunction ; sh:parameter [ sh:path e:number ] ; sh:select "SELECT ($number * 2 AS ?twice) {}" .
e:Four a sh:NodeShape ; sh:nodeKind sh:Literal ; sh:target [ a sh:SPARQLTarget ;
  sh:select "SELECT ?this { ?this <http://e/number> ?number FILTER(<http://e/twice>(?number) = 4) }" ] .
"""
RULE = """
e:Rule a sh:NodeShape ; sh:targetSubjectsOf e:number ;
  sh:rule [ a sh:TripleRule ; sh:subject sh:this ; sh:predicate e:known ; sh:object [ sh:path e:number ] ] .
e:Known a sh:NodeShape ; sh:nodeKind sh:Literal ;
  sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this { ?this <http://e/known> 2 }" ] .
"""


@pytest.mark.parametrize("own", [FUNCTION, RULE], ids=["function", "rule"])
def test_shapes_may_have_functions_and_rules_of_their_own_on_which_their_targets_depend(
    shapes: Path, validate: Run, own: str
) -> None:
    shapes.write_text(SHAPES + own, "utf-8")
    done = validate("<http://e/a> <http://e/number> 2 .\n<http://e/b> <http://e/number> 3 .", "--format", "json")
    assert done.returncode == 1
    assert [one["focusNode"]["value"] for one in json.loads(done.stdout)["findings"]] == ["http://e/a"]


def test_a_check_that_takes_too_long_is_ended(validate: Run) -> None:
    done = validate(DATA["ttl"], "--timeout", "0.1")
    assert (done.returncode, "the check took more than 0.1 s" in done.stderr) == (2, True)


def test_the_context_of_the_project_needs_no_network() -> None:
    context = json.loads((ROOT / "ontology" / "context.jsonld").read_text("utf-8"))
    document = {"@context": "https://w3id.org/g7kg/context.jsonld", "@id": "http://e/s", "gist": "a"}
    (quad,) = read_quads(Source("a", "jsonld", json.dumps(document).encode()), context)
    assert str(quad.predicate) == "<https://w3id.org/g7kg/ontology#gist>"
    with pytest.raises(DataError, match="No LoadDocumentCallback"):
        read_quads(Source("a", "jsonld", b'{"@context": ["http://e/c"], "@id": "http://e/s"}'), context)


def test_short_entities_that_abbreviate_are_read() -> None:
    text = '<!DOCTYPE r [<!ENTITY e "http://e/">]><rdf:RDF xmlns:e="&e;" '
    text += 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><e:C rdf:about="&e;s"/></rdf:RDF>'
    (quad,) = read_quads(Source("a", "rdf", text.encode()), {})
    assert str(quad.subject) == "<http://e/s>"


def test_nodes_are_found_where_they_are_subjects_or_else_where_they_stand_first() -> None:
    text = """@prefix : <http://e/> . PREFIX b: <http://b/>
@base <http://base/a/> .
:s :p "x . :no :p", 1.5, '''
:nope :p''' ; :q [ :r :t ] .  # :never :p :o .
<rel> a :C . _:b1 :p ( :l 1.0e3 :m ) .
GRAPH b:g { b:x\\,y :p .5 . <#f> :p true }
"""
    found = {
        name: (place.line, place.column) for name, place in locate_nodes(Source("a", "trig", text.encode())).items()
    }
    assert found == {
        "http://e/p": (3, 4),
        "http://e/q": (4, 15),
        "http://e/r": (4, 20),
        "http://e/t": (4, 23),
        "http://e/C": (5, 9),
        "http://e/l": (5, 24),
        "http://e/m": (5, 33),
        "http://e/s": (3, 1),
        "http://base/a/rel": (5, 1),
        "_:b1": (5, 14),
        "http://b/g": (6, 7),
        "http://b/x,y": (6, 13),
        "http://base/a/#f": (6, 28),
    }
    assert locate_nodes(Source("a", "ttl", b"\xff <http://e/s> <p> <o>"))["http://e/s"] == Location("a", 1, 3)


def post(client: httpx.Client, text: str, media_type: str = "text/turtle", **headers: str) -> httpx.Response:
    return client.post("/validate", content=text, headers={"Content-Type": media_type, **headers})


STATEMENT = "\n<https://w3id.org/g7kg/id/x/p1/s1> a <https://w3id.org/g7kg/ontology#Statement> ."


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        ("text/plain", "request body:2:1"),
        ("application/json", '"conforms"'),
        ("text/turtle", "sh:ValidationReport"),
        pytest.param("application/sarif+json", '"2.1.0"', marks=pytest.mark.soak),
        pytest.param("application/xml", "<testsuite", marks=pytest.mark.soak),
        pytest.param("text/markdown", "ST-04", marks=pytest.mark.soak),
    ],
)
def test_a_report_over_http_in_the_form_that_is_accepted(client: httpx.Client, accept: str, found: str) -> None:
    response = post(client, STATEMENT, Accept=accept)
    assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, accept)
    assert found in response.text


@pytest.mark.parametrize(
    ("text", "media_type", "status", "detail"),
    [
        ("<html>", "text/turtle", 422, "this is no Turtle"),
        (BOMB, "application/rdf+xml", 422, "is refused"),
        ('{"@context": "http://127.0.0.1:1/c"}', "application/ld+json", 422, "No LoadDocumentCallback"),
        ("x", "text/html", 415, "RDF is not sent as"),
        ("#" * (2 << 20), "text/turtle", 413, "bytes"),
        ('{"@context":{"p":"http://e/p"},"p":' * 5000 + "1" + "}" * 5000, "application/ld+json", 422, ""),
    ],
    ids=["html", "bomb", "remote context", "media type", "too large", "deep json"],
)
def test_what_cannot_be_checked_over_http_is_a_clear_error(
    client: httpx.Client, text: str, media_type: str, status: int, detail: str
) -> None:
    response = post(client, text, media_type)
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert detail in response.json()["detail"]


def test_a_finding_of_a_misspelt_property_names_the_nearest(client: httpx.Client) -> None:
    text = "@prefix g7: <https://w3id.org/g7kg/ontology#> . <http://e/s> a g7:Statement ; g7:debitor <http://e/o> ."
    told = [line for line in post(client, text, accept="text/plain").text.splitlines() if "did you mean" in line]
    assert [line.rpartition(" For ")[2] for line in told] == ["g7:debitor: did you mean g7:debtor?"]


def test_a_check_is_not_put(client: httpx.Client) -> None:
    assert client.put("/validate").status_code == 405


def test_the_action_runs_and_annotates(tmp_path: Path, shapes: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    step = action["runs"]["steps"][-1]
    assert set(step["env"]) == {name.upper() for name in action["inputs"]}
    (tmp_path / "data.ttl").write_text(DATA["ttl"], "utf-8")
    environment = {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "FILES": "data.ttl",
        "SHAPES": shapes.name,
        "SEVERITY": "violation",
        "SARIF": "report.sarif",
    }
    done = subprocess.run(
        ["/bin/bash", "-c", step["run"]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=data.ttl,line=5,")
    assert "P-01" in (tmp_path / "summary.md").read_text("utf-8")
    assert json.loads((tmp_path / "report.sarif").read_text("utf-8"))["version"] == "2.1.0"


def test_the_hook_names_the_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert (hook["entry"], hook["language"], hook["require_serial"]) == ("g7kg validate", "python", True)
    assert re.search(hook["files"], "a/b.ttl")


def test_a_second_run_over_unchanged_mappings_is_taken_from_the_first(
    g7kg: Run, small: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = g7kg("validate", "--workspace", small.root, *ENGINE)
    monkeypatch.delattr("g7kg.build.assembly.assemble")
    second = g7kg("validate", "--workspace", small.root, *ENGINE)
    assert (second.returncode, second.stdout) == (first.returncode, first.stdout)
