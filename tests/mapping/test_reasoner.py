"""The ontology with the data, as OWL: HermiT finds both consistent. ROBOT comes through Maven."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from g7kg.build.assembly import Assembly

ROBOT = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>g7kg</groupId><artifactId>reasoner</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.obolibrary.robot</groupId><artifactId>robot-command</artifactId><version>1.9.7</version>
  </dependency></dependencies>
</project>
"""
MAIN = "org.obolibrary.robot.CommandLineInterface"


@pytest.mark.integration
def test_a_reasoner_finds_ontology_and_data_consistent(assembly: Assembly, tmp_path: Path) -> None:
    maven, java = shutil.which("mvn"), shutil.which("java")
    if maven is None or java is None:
        pytest.skip("needs Java and Maven, which fetches ROBOT")
    (tmp_path / "pom.xml").write_text(ROBOT, "utf-8")
    command = [maven, "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={tmp_path / 'classpath'}"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=900)
    lines = {
        f"{q.subject} {q.predicate} {q.object} .\n" for q in assembly.quads if "catalogue" not in str(q.graph_name)
    }
    (tmp_path / "data.nt").write_text("".join(sorted(lines)), "utf-8")
    classpath = (tmp_path / "classpath").read_text("utf-8").strip()
    reason = [java, "-Xmx3g", "-cp", classpath, MAIN, "reason", "--input", "data.nt", "--reasoner", "HermiT"]
    found = subprocess.run(
        [*reason, "--output", "reasoned.owl"], cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
