"""``g7kg site``: write the site of a snapshot as files."""

from pathlib import Path

import click

from g7kg.cli.failures import EXIT_FINDINGS
from g7kg.cli.options import FOLDER, KNOWN_FOLDER, snapshot_option
from g7kg.cli.progress import show_progress, verbose_option
from g7kg.cli.terminal import say

BASE = "https://w3id.org/g7kg/"


@click.command(epilog="Example: g7kg site --out build/site --base-url https://example.org/g7kg/")
@click.option(
    "--out",
    type=FOLDER,
    required=True,
    help="Folder to write to. Files there that are not of a former site are left alone.",
)
@click.option("--base-url", default=BASE, show_default=True, help="The address of the site, as its data give it.")
@click.option("--endpoint", help="The address of a live SPARQL endpoint, if there is one.")
@click.option("--with-words", is_flag=True, help="Publish the words of documents too, where the snapshot has them.")
@click.option("--docs", type=KNOWN_FOLDER, help="Folder of the built documentation, which is copied to docs/.")
@snapshot_option
@verbose_option
def site(
    out: Path, base_url: str, endpoint: str | None, docs: Path | None, snapshot: Path | None, *, with_words: bool
) -> None:
    """Write the site of a snapshot as files, for a host that runs no program.

    It has every page and every resource in every format; queries, search and filters run in the browser. Links are
    relative, so that it works at any address. How to publish it: docs/publishing.md. Ends with code 1 if a link of
    a page leads nowhere.
    """
    from g7kg.build.pool import limit_jobs
    from g7kg.client import find_or_build
    from g7kg.sandbox.confinement import count_processors
    from g7kg.site import write_site

    base = _read_address("--base-url", base_url).rstrip("/") + "/"
    endpoint = endpoint and _read_address("--endpoint", endpoint)
    source = snapshot or find_or_build(None)
    jobs = limit_jobs(count_processors())
    with show_progress() as tell:
        done = write_site(source, out, base, tell, endpoint=endpoint, documentation=docs, words=with_words, jobs=jobs)
    say(f"{out}: {done.files:,} files, {done.size / 1e6:,.1f} MB; {done.changed:,} written, {done.removed:,} removed")
    for path, page in done.broken:
        say(f"{page} leads to {path}, which is not there")
    if done.broken:
        raise SystemExit(EXIT_FINDINGS)


def _read_address(option: str, text: str) -> str:
    if not text.startswith(("http://", "https://")) or set(text) & set('?# "<>'):
        raise click.UsageError(f"{option} is “{text}”, which is no address such as {BASE}")
    return text
