"""``g7kg validate``: check the mappings of this project, or anyone's RDF, without publishing anything."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from g7kg.cli.documents import FORMATS, read_sources
from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import describe_verified, engine_option, jobs_option, texts_option, workspace_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say, write_data
from g7kg.errors import WorkspaceError
from g7kg.mapping.workspace import Workspace
from g7kg.sandbox.exchange import CheckOutcome, CheckRequest, read_outcome
from g7kg.shacl import RENDERINGS, Severity

_MIB = 1 << 20
_OUTCOME = ".outcome"
_LARGE = 4 * _MIB
"""From this size on it is told that a check goes on."""


@click.command(epilog="Example: g7kg validate people.ttl --format sarif")
@click.argument("files", nargs=-1, metavar="[FILES|-]...", type=click.Path(path_type=Path, allow_dash=True))
@texts_option
@click.option(
    "--shapes",
    multiple=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="Shapes to use instead of the project's: a file, a folder, a pattern, or - for standard input.",
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
@click.option("--input-format", type=click.Choice(FORMATS), help="Format of files whose names do not tell it.")
@click.option("--fail-on-empty", is_flag=True, help="Fail where no node was checked.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File for the report. Default: standard output."
)
@click.option("--max-size", default=100, show_default=True, type=click.IntRange(1), help="MiB that the files may have.")
@click.option(
    "--timeout", default=300.0, show_default=True, type=click.FloatRange(0, min_open=True), help="Seconds it may take."
)
@click.option("--watch", is_flag=True, help="Check again after every change of a file; what is wrong, entry by entry.")
@verbose_option
@click.pass_context
def validate(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    texts: Path | None,
    shapes: tuple[Path, ...],
    rendering: str,
    engine: str,
    jobs: int | None,
    workspace: Workspace,
    output: Path | None,
    *,
    watch: bool,
    **bounds: Any,
) -> None:
    """Check RDF against the shapes: the mappings of this project or, with FILES, anyone's.

    FILES are Turtle, TriG, N-Triples, N-Quads, JSON-LD or RDF/XML, plain or with gzip (.ttl.gz), folders of such
    files, or patterns (data/**/*.ttl); - is standard input. Local files that shapes import are read. Each finding
    names the file and the line that it comes from, and the repair. Nothing is published. Exit codes: 0 conforms, 1
    findings of the severity that fails, 2 it could not be checked.
    """
    placed = ctx.get_parameter_source("workspace") is not ParameterSource.DEFAULT
    _refuse_misuse(**ctx.params, placed=placed)
    least, limit = Severity[bounds["severity"].upper()], bounds["max_size"] * _MIB
    if files:
        data, stated = (read_sources(paths, bounds["input_format"], limit) for paths in (files, shapes))
        request = CheckRequest(data, stated, rendering, 8 << 30, engine, least.name)
        outcome = _check_files(request, bounds["timeout"], limit)
    elif watch:
        from g7kg.cli.watch import watch_project

        watch_project(workspace, texts, engine, jobs, least)
        return
    else:
        outcome = _check_project(workspace, texts, rendering, engine, jobs, least)
    _write_report(outcome.text.rstrip("\n"), rendering, output)
    failing = outcome.severity and Severity[outcome.severity] >= least
    if failing or (bounds["fail_on_empty"] and outcome.empty):
        ctx.exit(EXIT_FINDINGS)


def _refuse_misuse(files: tuple[Path, ...], shapes: tuple[Path, ...], **given: Any) -> None:
    misuses = {
        "--texts is for the mappings of this project, not for other files": files and given["texts"],
        "--workspace and --jobs are for mappings, not for other files": files and (given["placed"] or given["jobs"]),
        "--watch is for the mappings of this project, and for the screen": given["watch"]
        and (files or given["output"] or given["rendering"] != "text"),
        "--shapes is for other files: the project is checked against its own shapes": shapes and not files,
        "standard input is either data or shapes, not both": Path("-") in files and Path("-") in shapes,
    }
    for message, found in misuses.items():
        if found:
            raise click.UsageError(message)


def _write_report(text: str, rendering: str, output: Path | None) -> None:
    if output:
        try:
            output.write_text(text + "\n", "utf-8")
        except OSError as error:
            hint = "name a file in a folder that exists and may be written to"
            reason = f"the report cannot be written: {error.strerror}"
            raise WorkspaceError(reason, location=output, hint=hint) from error
    elif rendering == "text":
        say(text)
    else:
        write_data(text.encode() + b"\n")


def _check_files(request: CheckRequest, seconds: float, limit: int) -> CheckOutcome:
    from g7kg.sandbox.process import run_check

    size = sum(len(source.data) for source in request.data)
    with show_progress() as progress:
        while True:
            if size > _LARGE:
                progress(f"checking {size / _MIB:,.0f} MiB")
            outcome = run_check(request, seconds)
            if not outcome.wanted:
                return outcome
            request = _add_imports(request, outcome.wanted, limit)


def _add_imports(request: CheckRequest, wanted: tuple[tuple[str, str], ...], limit: int) -> CheckRequest:
    from g7kg.sandbox.imports import find_file

    found, unread = list(request.shapes), list(request.unread)
    known = {source.name for source in found}
    for importer, iri in wanted:
        file = find_file(importer, iri)
        if iri in unread or file is None or not file.is_file() or str(file) in known:
            unread.append(iri)
        else:
            found += read_sources((file,), None, limit)
            known.add(str(file))
    return replace(request, shapes=tuple(found), unread=tuple(dict.fromkeys(unread)))


def _check_project(
    workspace: Workspace, texts: Path | None, rendering: str, engine: str, jobs: int | None, least: Severity
) -> CheckOutcome:
    """Return the outcome for the mappings in ``workspace``, the kept one if nothing has changed since."""
    from g7kg.build.work import Means, digest_inputs, open_work

    folders = (workspace.mappings, workspace.ontology, workspace.shapes, *([texts] if texts else []))
    with open_work(workspace.output) as work:
        make_key = partial(digest_inputs, work, folders, rendering, engine, least.name)
        key = make_key()
        if (kept := work.find(key, _OUTCOME)) is not None:
            return read_outcome(kept)
        from g7kg.build.assembly import assemble, choose_jobs, validate_assembly
        from g7kg.build.pool import limit_jobs

        with show_progress() as progress, tempfile.TemporaryDirectory(prefix="g7kg-") as folder:
            means = Means(work, progress, limit_jobs(jobs or choose_jobs(workspace)))
            assembly = assemble(workspace, texts, Path(folder), means)
            report = replace(validate_assembly(assembly, means, engine), least=least)
        verified = describe_verified(assembly.documents, assembly.unmapped) if rendering == "text" else []
        outcome = CheckOutcome(report.gravest, "\n".join([*verified, RENDERINGS[rendering].write(report)]))
        if key == make_key():
            work.keep(key, _OUTCOME, outcome.to_bytes())  # nothing was changed meanwhile
        return outcome
