"""``g7kg curate format``: one form of mapping files, which keeps what people wrote into them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.helpers.project import ROOT

from g7kg.cli import main
from g7kg.curate.drafts import parse_draft
from g7kg.curate.formatting import format_draft
from g7kg.errors import MappingError
from g7kg.mapping.context import Forms, read_context

UNTIDY, TIDY = ((ROOT / f"tests/cases/{name}.yaml").read_text("utf-8") for name in ("untidy", "tidy"))


@pytest.fixture(scope="module")
def forms() -> Forms:
    return read_context(ROOT / "ontology" / "context.jsonld").forms


def to_form(text: str, forms: Forms) -> str:
    return format_draft(parse_draft(Path("lake-2031.yaml"), "lake-2031.yaml", text), forms)


def test_keys_indentation_and_blank_lines_are_in_one_form_and_the_rest_stays(forms: Forms) -> None:
    assert to_form(UNTIDY, forms) == TIDY
    assert to_form(TIDY, forms) == TIDY
    assert to_form(UNTIDY.replace("\n", "\r\n"), forms) == TIDY.replace("\n", "\r\n")


def test_a_value_that_would_change_is_refused_with_its_place(forms: Forms) -> None:
    with pytest.raises(MappingError, match=r"lake-2031.yaml:5:17: formatting would change this \(write it in quotes\)"):
        to_form(UNTIDY.replace("language:   en", "language:   ~ "), forms)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["curate", "format", *map(str, arguments)])


def test_a_check_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lake-2031.yaml"
    path.write_text(UNTIDY, "utf-8")
    done = run(path, "--check")
    assert (done.exit_code, "+        speechAct: note" in done.output.splitlines()) == (1, True)
    assert path.read_text("utf-8") == UNTIDY
    assert run(path).output == f"formatted {path}\n"
    assert path.read_text("utf-8") == TIDY
    assert (run(path, "--check").exit_code, run(path, "--check").output) == (0, "")


def test_mappings_of_real_documents_are_in_that_form() -> None:
    """All of them: ``make lint``."""
    names = ("cernobbio-como-2024", "cssii-2020", "registry/meetings")
    done = run(*(ROOT / "mappings" / f"{name}.yaml" for name in names), "--check")
    assert (done.exit_code, done.output) == (0, "")
