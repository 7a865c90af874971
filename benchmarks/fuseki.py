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
        if not self._jar.is_file():
            self._fetch()
        if hashlib.sha256(self._jar.read_bytes()).hexdigest() != DIGEST:
            raise NotAvailable(f"not available: {self._jar} is not the file that it should be; remove it")
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
        main = "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"
        return [*self._java(folder), "-cp", str(self._jar), main, *options]

    @property
    def _jar(self) -> Path:
        return self.setting.folder / f"jena-fuseki-server-{VERSION}.jar"

    def _java(self, folder: Path) -> list[str]:
        logging = folder / "logging.properties"
        logging.write_text(LOGGING, encoding="utf-8")
        return ["java", HEAP, f"-Dlog4j2.configurationFile={logging.resolve()}"]

    def _fetch(self) -> None:
        """Have the client of Maven bring the jar."""
        if shutil.which("mvn") is None:
            raise NotAvailable(f"not available: there is no mvn on the PATH to bring {self._jar.name}")
        artifact = f"-Dartifact=org.apache.jena:jena-fuseki-server:{VERSION}"
        command = ["mvn", "--batch-mode", "--quiet", COPY_PLUGIN, artifact, f"-DoutputDirectory={self._jar.parent}"]
        try:
            run(command, self.setting.folder / "maven.log", LOAD_LIMIT)
        except NotAvailable as error:
            raise NotAvailable(f"not available: {error}") from error
