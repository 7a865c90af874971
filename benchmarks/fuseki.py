"""The jar of Apache Jena Fuseki, which the client of Maven brings, and what it is started with."""

import hashlib
from pathlib import Path
from typing import Final

from benchmarks.processes import NotAvailable, find_program, run

VERSION: Final = "5.6.0"
"""The last one that runs on Java 17."""

DIGEST: Final = "d28c1eaf703122ee628895a460c20fa4aa60a892f435d403ea8c036f241da1f8"
JAR: Final = f"jena-fuseki-server-{VERSION}.jar"
MAIN: Final = "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"

DOWNLOADS: Final = Path("build/bench/downloads")
"""Where the benchmark and the tests look for the jar, from the top of the repository."""

HEAP: Final = "-Xmx4g"
"""What Fuseki's own start script gives it."""

_LIMIT: Final = 600.0
COPY_PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"

CONFIGURATION: Final = Path(__file__).with_name("fuseki.ttl")

QUIET: Final = f"-Dlog4j2.configurationFile={Path(__file__).with_name('fuseki.properties')}"
"""The option of Java that keeps Fuseki from logging requests."""


def fetch_jar(folder: Path) -> Path:
    """Return the jar in ``folder``; the client of Maven brings it if it is not there."""
    jar = folder / JAR
    if not jar.is_file():
        artifact = f"-Dartifact=org.apache.jena:jena-fuseki-server:{VERSION}"
        maven = [find_program("mvn", "maven"), "--batch-mode", "--quiet", COPY_PLUGIN]
        run([*maven, artifact, f"-DoutputDirectory={folder}"], folder / "maven.log", _LIMIT)
    if hashlib.sha256(jar.read_bytes()).hexdigest() != DIGEST:
        raise NotAvailable(f"{jar} is not the file that it should be; remove it")
    return jar


if __name__ == "__main__":
    fetch_jar(DOWNLOADS)
