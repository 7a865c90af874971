"""The documentation: its commands run, its tables are up to date, its site builds and its links lead somewhere."""

import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from _pytest.mark.structures import ParameterSet
from tests.helpers.reference import write_dictionary, write_queries, write_verbs
from tests.helpers.server import run_server
from tests.helpers.snippets import (
    PAGES,
    ROOT,
    SERVED,
    Block,
    check_syntax,
    make_clone,
    matches,
    open_reader,
    read_blocks,
)

from g7kg import __version__
from g7kg.build.snapshot import Snapshot
from g7kg.cli import main

RUN = {"sh", "python", "sparql"}
PARSED = {"turtle", "json", "yaml"}
SHORT = {"README", "start", "tutorials/data-scientist"}
"""Pages that are followed in the short tier, too: what a newcomer tries first."""

MAKE = "write it anew with python -m tests.helpers.reference"


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def mark(page: Path) -> ParameterSet:
    long = RUN & {block.language for block in read_blocks(page)} and _shorten(page) not in SHORT
    return pytest.param(page, id=name(page), marks=pytest.mark.soak if long else ())


def _shorten(page: Path) -> str:
    return name(page).removeprefix("docs/").removesuffix(".md")


@pytest.mark.parametrize("page", [mark(page) for page in PAGES])
def test_the_snippets_of_a_page_do_what_it_says(page: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    blocks = [block for block in read_blocks(page) if block.reason is None]
    assert {block.language for block in blocks} <= RUN | PARSED | {"text"}
    for block in blocks:
        check_syntax(block)
    if any(block.language in RUN for block in blocks):
        clone = make_clone(tmp_path / "g7kg", snapshot.folder.parents[1])
        if any(SERVED in block.text for block in blocks):
            with run_server(tmp_path / "log", "--snapshot", clone / "build", "--workers", "2") as server:
                follow(blocks, clone, server.base)
        else:
            follow(blocks, clone, SERVED)


def follow(blocks: list[Block], clone: Path, base: str) -> None:
    printed: str | None = None
    with open_reader(clone, base) as reader:
        for block in blocks:
            if block.language in RUN:
                printed = reader.try_block(block)
            elif block.language == "text":
                assert printed is not None, f"{block.place}: nothing before this prints anything"
                assert matches(block.text, printed), f"{block.place}: this is not what is printed:\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_is_not_run_has_a_reason_and_options_that_exist(page: Path) -> None:
    for block in read_blocks(page):
        if block.reason is None:
            continue
        assert len(block.reason) > 10, f"{block.place}: say why it is not run"
        for verb, arguments in re.findall(r"\bg7kg ([a-z]+)((?: +[^\s|>&;]+)*)", block.text):
            if verb in main.commands and verb != "query":
                options = {option for param in main.commands[verb].params for option in param.opts}
                given = {word.partition("=")[0] for word in shlex.split(arguments) if word.startswith("--")}
                assert given <= options, f"{block.place}: g7kg {verb} has no such option"


def test_output_is_told_from_what_only_resembles_it() -> None:
    assert matches("a\n…\nd\n", "a  \nb\nc\nd\n\n")
    assert matches("took … s\n", "took 1.5 s\n")
    assert not matches("took … s\n", "took 1.5 s\nmore\n")
    assert not matches("a.c\n", "abc\n")


class Links(HTMLParser):
    """Collects the anchors of a page, its links, and what a browser fetches for it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value for key, value in attrs if value is not None}
        self.anchors |= {values[key] for key in ("id", "name") if key in values}
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        elif values.get("src") or (tag == "link" and values.get("href")):
            self.fetched.add(values.get("src") or values["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Links]:
    """Build the site as ``make docs`` does; the links of its pages."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(folder / "cache"), str(ROOT / "docs"), str(folder / "html")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {page.resolve(): Links(page) for page in (folder / "html").rglob("*.html")}


def test_the_site_builds_without_a_warning_and_every_link_in_it_leads_somewhere(site: dict[Path, Links]) -> None:
    broken = []
    for page, found in site.items():
        for link in found.links | found.fetched:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (page.parent / unquote(address.path)).resolve() if address.path else page
            anchors = site[target].anchors if target in site else {address.fragment}
            if not target.is_file() or not {address.fragment} <= anchors | {""}:
                broken.append(f"{page.name}: {link}")
    assert broken == []
    assert len(site) >= len(PAGES)


def test_the_site_fetches_nothing_from_elsewhere(site: dict[Path, Links]) -> None:
    assert {link for found in site.values() for link in found.fetched if urlsplit(link).netloc} == set()
    sheets = {sheet.name: sheet.read_text("utf-8") for page in site for sheet in page.parent.glob("_static/*.css")}
    assert "alabaster.css" in sheets
    foreign = re.compile(r"(@import|url\()\s*['\"]?(https?:)?//")
    assert [name for name, text in sheets.items() if foreign.search(text)] == []


def test_the_links_of_the_readme_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text("utf-8"))
    assert [link for link in links if not urlsplit(link).scheme and not (ROOT / link).exists()] == []
    assert "docs/index.md" in links


def test_the_page_of_the_catalogue_is_that_of_its_queries() -> None:
    assert (ROOT / "docs" / "queries.md").read_text("utf-8") == write_queries(), MAKE


def test_the_data_dictionary_is_that_of_the_snapshot_and_the_ontology(snapshot: Snapshot) -> None:
    assert (ROOT / "docs" / "data-dictionary.md").read_text("utf-8") == write_dictionary(snapshot.folder), MAKE


def test_the_page_of_the_verbs_is_up_to_date() -> None:
    assert (ROOT / "docs" / "verbs.md").read_text("utf-8") == write_verbs(), MAKE


def test_one_version_stands_everywhere() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["version"] == __version__
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert all("name" in author for author in cited["authors"])
    log = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## (Unreleased|{re.escape(__version__)}\b)", log, re.MULTILINE)


def test_the_workflow_of_the_validation_page_gives_the_action_what_it_takes() -> None:
    step, hook = (yaml.safe_load(b.text) for b in read_blocks(ROOT / "docs" / "validation.md") if b.language == "yaml")
    assert step[1]["with"].keys() <= yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"].keys()
    [offered] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["repos"][0]["hooks"] == [{"id": offered["id"]}]
