"""Apache Jena Fuseki over TDB2, from the jar that the client of Maven brings."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.data import Graph
from benchmarks.failures import NotAvailable
from benchmarks.processes import run
from benchmarks.servers import LOAD_LIMIT, QUERY_LIMIT, Server

VERSION: Final = "5.6.0"
"""The last one that runs on Java 17."""

DIGEST: Final = "d28c1eaf703122ee628895a460c20fa4aa60a892f435d403ea8c036f241da1f8"
JAR: Final = f"jena-fuseki-server-{VERSION}.jar"
MAIN: Final = "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"

DOWNLOADS: Final = Path("build/bench/downloads")
"""Where the benchmark and the tests look for the jar, from the top of the repository."""

HEAP: Final = "-Xmx4g"
"""What Fuseki's own start script gives it."""

COPY_PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"

CONFIGURATION: Final = """\
PREFIX fuseki: <http://jena.apache.org/fuseki#>
PREFIX ja: <http://jena.hpl.hp.com/2005/11/Assembler#>
PREFIX tdb2: <http://jena.apache.org/2016/tdb#>

[] a fuseki:Server ;
  ja:context [ ja:cxtName "arq:queryTimeout" ; ja:cxtValue "{limit}" ] .

[] a fuseki:Service ;
  fuseki:name "g7" ;
  fuseki:endpoint [ fuseki:operation fuseki:query ; fuseki:name "sparql" ] ;
  fuseki:dataset [
    a tdb2:DatasetTDB2 ;
    tdb2:location "{location}" ;
    tdb2:unionDefaultGraph true
  ] .
"""

LOGGING: Final = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %-5p %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""
"""Requests are not written to a log: no other server does so."""


class Fuseki(Server):
    """Fuseki without its pages, on the store that its bulk loader made."""

    name = "fuseki"
    path = "/g7/sparql"
    warm_up = 12

    def version(self) -> str:
        """Return the version; the jar is brought first if it is not there."""
        if shutil.which("java") is None:
            raise NotAvailable("not available: there is no java on the PATH")
        fetch_jar(self.setting.folder)
        return f"Fuseki {VERSION}"

    def load(self, graph: Graph, folder: Path) -> None:
        """Load with the bulk loader."""
        options = ["--loc", str(folder / "store"), str(graph.path)]
        run([*self._java(folder), "-cp", str(self._jar), "tdb2.tdbloader", *options], folder / "load.log", LOAD_LIMIT)

    def command(self, graph: Graph, folder: Path, port: int) -> Sequence[str]:
        """Return the command that listens on this machine only."""
        del graph
        configuration = folder / "configuration.ttl"
        location = (folder / "store").resolve().as_posix()
        configuration.write_text(CONFIGURATION.format(location=location, limit=QUERY_LIMIT * 1000), encoding="utf-8")
        options = ["--localhost", "--port", str(port), "--config", str(configuration)]
        return [*self._java(folder), "-cp", str(self._jar), MAIN, *options]

    @property
    def _jar(self) -> Path:
        return self.setting.folder / JAR

    def _java(self, folder: Path) -> list[str]:
        return ["java", HEAP, quieten(folder)]


def quieten(folder: Path) -> str:
    """Return the option of Java that keeps Fuseki from logging requests; ``folder`` gets the file that it needs."""
    logging = folder / "logging.properties"
    logging.write_text(LOGGING, encoding="utf-8")
    return f"-Dlog4j2.configurationFile={logging.resolve()}"


def fetch_jar(folder: Path) -> Path:
    """Return the jar in ``folder``; the client of Maven brings it if it is not there."""
    jar = folder / JAR
    if not jar.is_file():
        if shutil.which("mvn") is None:
            raise NotAvailable(f"not available: there is no mvn on the PATH to bring {JAR}")
        artifact = f"-Dartifact=org.apache.jena:jena-fuseki-server:{VERSION}"
        command = ["mvn", "--batch-mode", "--quiet", COPY_PLUGIN, artifact, f"-DoutputDirectory={folder}"]
        try:
            run(command, folder / "maven.log", LOAD_LIMIT)
        except NotAvailable as error:
            raise NotAvailable(f"not available: {error}") from error
    if hashlib.sha256(jar.read_bytes()).hexdigest() != DIGEST:
        raise NotAvailable(f"not available: {jar} is not the file that it should be; remove it")
    return jar


if __name__ == "__main__":
    fetch_jar(DOWNLOADS)
