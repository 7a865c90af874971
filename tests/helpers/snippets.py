"""The blocks of code in a page of the documentation, and a reader who tries them one after another.

Blocks of ``sh``, ``python`` and ``sparql`` are run, those of ``turtle``, ``json`` and ``yaml`` are parsed, and a block
of ``text`` is what the block before it prints: a line ``…`` stands for any lines, ``…`` within a line for any
characters. What follows the language is ``exits N`` (the code that the last command ends with) or ``not-run: REASON``.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT

import yaml
from markdown_it import MarkdownIt
from pyoxigraph import RdfFormat, parse
from tests.helpers.project import QUICK

from g7kg.rdf.vocab import PREFIXES

ROOT = Path(__file__).parents[2]
PAGES = sorted({ROOT / "README.md", *(ROOT / "docs").rglob("*.md")})
SERVED = "http://127.0.0.1:8000"
"""Where the pages say that the server is."""

_INFO = re.compile(r"(?P<language>[a-z]+)( exits (?P<code>\d)| not-run: (?P<reason>.+))?")

_COMMAND = """\
#!/bin/sh
case "$*" in
  *.ttl*) ;;
  build*|validate*) verb=$1; shift; set -- "$verb" --engine {engine} "$@" ;;
esac
PYTHONPATH={source} exec {python} -m g7kg "$@"
"""
"""The command in a clone: the project is checked by the engine whose findings the clone has kept."""

_INTERPRETER = """
import contextlib, io, json, sys
names = {}
for line in sys.stdin:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(json.loads(line), names)
    print(json.dumps(shown.getvalue()), flush=True)
"""


@dataclass(frozen=True)
class Block:
    """A block of code: ``place`` is file and line, ``reason`` why it cannot be run."""

    place: str
    language: str
    code: int
    reason: str | None
    text: str


def read_blocks(page: Path) -> list[Block]:
    """Return the blocks of ``page``; ``AssertionError`` for one that does not say what it is."""
    blocks = []
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type not in {"fence", "code_block"} or token.info == "{toctree}":
            continue
        place = f"{page.relative_to(ROOT)}:{(token.map or [0])[0] + 1}"
        found = _INFO.fullmatch(token.info.strip())
        assert found, f"{place}: say what the block is, such as sh, python, text"
        blocks.append(Block(place, found["language"], int(found["code"] or 0), found["reason"], token.content))
    return blocks


def make_clone(folder: Path, output: Path) -> Path:
    """Make ``folder`` look like a clone without a release, in which ``g7kg build`` has published to ``output``."""
    for name in ("mappings", "ontology", "docs/example"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("releases.json"))
    for name in ("queries", "shapes", "src", "pyproject.toml", "CITATION.cff"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(output, folder / "build", symlinks=True)
    (folder / ".venv" / "bin").mkdir(parents=True)
    command = folder / ".venv" / "bin" / "g7kg"
    command.write_text(_COMMAND.format(engine=QUICK.engine, source=folder / "src", python=sys.executable), "ascii")
    command.chmod(0o755)
    return folder


@dataclass(frozen=True)
class Reader:
    """Somebody who tries the blocks of a page in a clone, while a server answers at ``base``."""

    clone: Path
    base: str
    interpreter: subprocess.Popen[str]

    def try_block(self, block: Block) -> str:
        """Return what ``block`` prints; ``AssertionError`` if it fails."""
        if block.language == "python":
            return self._run_python(block)
        if block.language == "sparql":
            return self._run_shell(block, "g7kg query - --format csv", block.text)
        return self._run_shell(block, "set -e\n" + block.text, "")

    def _run_shell(self, block: Block, command: str, given: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command.replace(SERVED, self.base)],  # noqa: S607 - the shell that readers have
            cwd=self.clone,
            env=environment(self.clone),
            input=given,
            stdout=PIPE,
            stderr=STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == block.code, f"{block.place}: exit code {done.returncode}\n{done.stdout}"
        return done.stdout.replace(self.base, SERVED)

    def _run_python(self, block: Block) -> str:
        assert self.interpreter.stdin is not None
        assert self.interpreter.stdout is not None
        self.interpreter.stdin.write(json.dumps(block.text.replace(SERVED, self.base)) + "\n")
        self.interpreter.stdin.flush()
        answer = self.interpreter.stdout.readline()
        assert answer, f"{block.place}: Python ended; see above"
        return str(json.loads(answer)).replace(self.base, SERVED)


@contextmanager
def open_reader(clone: Path, base: str) -> Iterator[Reader]:
    """Start a reader in ``clone``; Python keeps its names from block to block."""
    command = [sys.executable, "-c", _INTERPRETER]
    with subprocess.Popen(
        command, cwd=clone, env=environment(clone), stdin=PIPE, stdout=PIPE, text=True
    ) as interpreter:
        yield Reader(clone, base, interpreter)
        assert interpreter.stdin is not None
        interpreter.stdin.close()


def environment(clone: Path) -> dict[str, str]:
    """Return the environment of somebody who works in ``clone`` with its ``.venv/bin`` on the path."""
    path = os.pathsep.join([str(clone / ".venv" / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(clone / "src"), "COLUMNS": "120"}


def check_syntax(block: Block) -> None:
    """Parse a block of data; what it raises says what is wrong."""
    if block.language == "turtle":
        prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
        assert list(parse((prefixes + block.text).encode(), format=RdfFormat.TURTLE))
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "yaml":
        assert yaml.safe_load(block.text)


def matches(expected: str, printed: str) -> bool:
    """Tell whether ``printed`` is what a page shows as ``expected``; blanks at the ends of lines do not count."""

    def tidy(text: str) -> list[str]:
        return [line.rstrip() for line in text.strip("\n").splitlines()]

    lines = ("(.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in tidy(expected))
    return re.fullmatch("".join(lines), "".join(f"{line}\n" for line in tidy(printed))) is not None
