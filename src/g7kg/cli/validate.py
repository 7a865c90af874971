"""``g7kg validate``: check the mappings of this project, or anyone's RDF, without publishing anything."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import describe_verified, engine_option, jobs_option, texts_option, workspace_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say, write_data
from g7kg.errors import DataError, Location
from g7kg.mapping.workspace import Workspace
from g7kg.sandbox.exchange import CheckOutcome, Source, read_outcome
from g7kg.shacl import RENDERINGS, Severity
from g7kg.texts.files import open_plain

if TYPE_CHECKING:
    from g7kg.build.work import WorkFolder

_EXTENSIONS = {"jsonld": "jsonld", "nq": "nq", "nt": "nt", "rdf": "rdf", "trig": "trig", "ttl": "ttl"}
_EXTENSIONS |= {"json": "jsonld", "owl": "rdf", "xml": "rdf", "turtle": "ttl"}
_FORMATS = sorted(set(_EXTENSIONS.values()))
_MIB = 1 << 20
_OUTCOME = ".outcome"


@click.command(epilog="Example: g7kg validate people.ttl --format sarif")
@click.argument("files", nargs=-1, metavar="[FILES|-]...", type=click.Path(path_type=Path, allow_dash=True))
@texts_option
@click.option(
    "--shapes", multiple=True, type=click.Path(path_type=Path), help="Shapes to use instead of the project's."
)
@click.option(
    "--format",
    "rendering",
    type=click.Choice(list(RENDERINGS)),
    default="text",
    show_default=True,
    help="Form of the report.",
)
@engine_option
@jobs_option
@workspace_option
@click.option(
    "--severity",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    show_default=True,
    help="Least severity that fails.",
)
@click.option(
    "--input-format", type=click.Choice(_FORMATS), help="Format of the files, if their extensions do not tell."
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File for the report. Default: standard output."
)
@click.option("--max-size", default=100, show_default=True, type=click.IntRange(1), help="MiB that the files may have.")
@click.option(
    "--timeout", default=300.0, show_default=True, type=click.FloatRange(0, min_open=True), help="Seconds it may take."
)
@verbose_option
@click.pass_context
def validate(
    ctx: click.Context,
    files: tuple[Path, ...],
    texts: Path | None,
    shapes: tuple[Path, ...],
    rendering: str,
    engine: str,
    jobs: int | None,
    root: Path | None,
    severity: str,
    input_format: str | None,
    output: Path | None,
    max_size: int,
    timeout: float,
) -> None:
    """Check RDF against the shapes: the mappings of this project or, with FILES, anyone's.

    FILES are Turtle, TriG, N-Triples, N-Quads, JSON-LD or RDF/XML; - is standard input. Each finding names the file
    and the line that it comes from, and the repair. Nothing is published. Exit codes: 0 conforms, 1 findings of the
    severity that fails, 2 it could not be checked.
    """
    if files and texts:
        raise click.UsageError("--texts is for the mappings of this project, not for other files")
    if files and (root or jobs):
        raise click.UsageError("--workspace and --jobs are for mappings, not for other files")
    if shapes and not files:
        raise click.UsageError("--shapes is for other files: the project is checked against its own shapes")
    if files:
        sources = _read_sources(files, input_format, max_size * _MIB)
        outcome = _check_files(sources, _read_sources(shapes, None, max_size * _MIB), rendering, engine, timeout)
    else:
        outcome = _check_project(root, texts, rendering, engine, jobs)
    if output:
        output.write_text(outcome.text, "utf-8")
    elif rendering == "text":
        say(outcome.text.rstrip("\n"))
    else:
        write_data(outcome.text.rstrip("\n").encode() + b"\n")
    if outcome.severity and Severity[outcome.severity] >= Severity[severity.upper()]:
        ctx.exit(EXIT_FINDINGS)


def _check_files(
    data: tuple[Source, ...], shapes: tuple[Source, ...], rendering: str, engine: str, seconds: float
) -> CheckOutcome:
    from g7kg.sandbox.exchange import CheckRequest
    from g7kg.sandbox.process import run_check

    return run_check(CheckRequest(data, shapes, rendering, 8 << 30, engine), seconds)


def _check_project(
    root: Path | None, texts: Path | None, rendering: str, engine: str, jobs: int | None
) -> CheckOutcome:
    """Return the outcome for the project's mappings, the kept one if nothing has changed since."""
    from g7kg.build.inputs import digest_inputs
    from g7kg.build.work import open_work
    from g7kg.mapping.workspace import find_workspace

    workspace = find_workspace(root)
    folders = (workspace.mappings, workspace.ontology, workspace.shapes, *([texts] if texts else []))
    with open_work(workspace.output) as work:
        key = digest_inputs(work, folders, rendering, engine)
        kept = work.find(key, _OUTCOME)
        if kept is not None:
            return read_outcome(kept)
        outcome = _assemble_and_check(workspace, texts, rendering, engine, jobs, work)
        if key == digest_inputs(work, folders, rendering, engine):  # nothing was changed meanwhile
            work.keep(key, _OUTCOME, outcome.to_bytes())
        return outcome


def _assemble_and_check(
    workspace: Workspace, texts: Path | None, rendering: str, engine: str, jobs: int | None, work: WorkFolder
) -> CheckOutcome:
    from g7kg.build.assembly import assemble, choose_jobs, validate_assembly
    from g7kg.build.pool import limit_jobs
    from g7kg.build.work import Means

    with show_progress() as progress, tempfile.TemporaryDirectory(prefix="g7kg-") as folder:
        means = Means(work, progress, limit_jobs(jobs or choose_jobs(workspace)))
        assembly = assemble(workspace, texts, Path(folder), means)
        report = validate_assembly(assembly, means, engine)
    gravest = max((finding.severity for finding in report.findings), default=None)
    text = RENDERINGS[rendering].write(report)
    if rendering == "text":
        text = "\n".join([*describe_verified(assembly.documents, assembly.unmapped), text])
    return CheckOutcome(None if gravest is None else gravest.name, text)


def _read_sources(files: tuple[Path, ...], format_name: str | None, limit: int) -> tuple[Source, ...]:
    """Return the contents of ``files``; ``DataError`` if they are too large together, or of no known format."""
    sources: list[Source] = []
    for file in files:
        name = "standard input" if str(file) == "-" else str(file)
        chosen = format_name or _EXTENSIONS.get(file.suffix.removeprefix(".").lower())
        if chosen is None:
            hint = f"name its format with --input-format: {', '.join(_FORMATS)}"
            raise DataError("the extension names no RDF format", location=Location(name), hint=hint)
        left = limit - sum(len(source.data) for source in sources)
        data = sys.stdin.buffer.read(left + 1) if str(file) == "-" else _read_file(file, left + 1)
        if len(data) > left:
            raise DataError(
                f"there are more than {limit // _MIB} MiB", location=Location(name), hint="allow more with --max-size"
            )
        sources.append(Source(name, chosen, data))
    return tuple(sources)


def _read_file(file: Path, size: int) -> bytes:
    with open_plain(file, DataError) as opened:
        return opened.read(size)
