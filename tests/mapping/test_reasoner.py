"""The ontology with the data, as OWL: HermiT finds both consistent, with the vocabularies that they use and without.

ROBOT comes through Maven, the vocabularies as Zazuko publishes them, through npm.
"""

import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import Quad, RdfFormat

from g7kg.build.assembly import Assembly
from g7kg.rdf.vocab import OWL, graph_iri

ROBOT = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>g7kg</groupId><artifactId>reasoner</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.obolibrary.robot</groupId><artifactId>robot-command</artifactId><version>1.9.7</version>
  </dependency></dependencies>
</project>
"""
MAIN = "org.obolibrary.robot.CommandLineInterface"
VOCABULARIES = ("dcterms", "foaf", "oa", "org", "prov", "skos")

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that runs ROBOT."""
    maven, java = shutil.which("mvn"), shutil.which("java")
    if maven is None or java is None:
        pytest.skip("needs Java and Maven, which fetches ROBOT")
    folder = tmp_path_factory.mktemp("robot")
    (folder / "pom.xml").write_text(ROBOT, "utf-8")
    command = [maven, "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={folder / 'classpath'}"]
    subprocess.run(command, cwd=folder, check=True, timeout=900)
    return [java, "-Xmx3g", "-cp", (folder / "classpath").read_text("utf-8").strip(), MAIN]


@pytest.fixture
def stated(assembly: Assembly) -> list[Quad]:
    """All that is stated and derived but the description of the dataset."""
    return [quad for quad in assembly.quads if quad.graph_name != graph_iri("catalogue")]


def test_a_reasoner_finds_ontology_and_data_consistent(robot: list[str], stated: list[Quad], tmp_path: Path) -> None:
    _reason(robot, stated, tmp_path)


def test_they_are_consistent_with_the_vocabularies_that_they_use(
    robot: list[str], stated: list[Quad], tmp_path: Path
) -> None:
    _reason(robot, [*stated, *_fetch_vocabularies(tmp_path)], tmp_path)


def test_the_ontology_is_in_the_profile_of_owl_dl(robot: list[str], stated: list[Quad], tmp_path: Path) -> None:
    _write([quad for quad in stated if quad.graph_name == graph_iri("ontology")], tmp_path)
    command = [*robot, "validate-profile", "--profile", "DL", "--input", "data.nt", "--output", "profile.txt"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=900, check=False)
    (heading, *violations) = (tmp_path / "profile.txt").read_text("utf-8").splitlines()
    assert heading.startswith("OWL 2 DL Profile Report")
    dated = re.compile(r"Use of (undeclared|defined) datatype.*xsd:(date|gYear)\b")  # see docs/decisions.md
    assert [line for line in violations if line and not dated.match(line)] == []


def _reason(robot: list[str], quads: Iterable[Quad], folder: Path) -> None:
    _write(quads, folder)
    command = [*robot, "reason", "--input", "data.nt", "--reasoner", "HermiT", "--output", "reasoned.owl"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def _write(quads: Iterable[Quad], folder: Path) -> None:
    (folder / "data.nt").write_text("".join(sorted({f"{quad.triple} .\n" for quad in quads})), "utf-8")


def _fetch_vocabularies(folder: Path) -> list[Quad]:
    """Return what the vocabularies state, without what they import: nothing else is fetched."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, which fetches the vocabularies")
    names = [f"@vocabulary/{name}@1.0.6" for name in VOCABULARIES]
    subprocess.run([npm, "pack", "--silent", *names], cwd=folder, check=True, timeout=300)
    quads: list[Quad] = []
    for name in VOCABULARIES:
        with tarfile.open(folder / f"vocabulary-{name}-1.0.6.tgz") as archive:
            file = archive.extractfile(f"package/{name}.nq")
            assert file is not None
            quads += ox.parse(file.read(), format=RdfFormat.N_QUADS, rename_blank_nodes=True)
    return [quad for quad in quads if quad.predicate != OWL("imports")]
