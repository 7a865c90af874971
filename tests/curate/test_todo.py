"""``g7kg curate todo``: from the first run it counts all that is left, in words and in structure."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.helpers.workspaces import EXAMPLE, make_workspace

from g7kg.cli import main


def run(root: Path, *mappings: Path) -> tuple[int, list[str]]:
    done = CliRunner().invoke(main, ["curate", "todo", *map(str, mappings), "--workspace", str(root)])
    return done.exit_code, done.output.splitlines()


def test_a_skeleton_is_counted_by_kind_and_the_first_place_is_next(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"lakeside-2030": EXAMPLE / "skeleton.yaml"})
    assert run(root) == (
        1,
        [
            "mappings/lakeside-2030.yaml: 18 left",
            "      1 date (issued, or a meeting that adopted it), from 4:5",
            "      1 publication, from 10:18",
            "      1 speaker, from 11:14",
            "      5 speechAct, from 23:20",
            "      5 gist, from 24:15",
            "      5 topic, from 26:16",
            "next: mappings/lakeside-2030.yaml:4:5 date (issued, or a meeting that adopted it)",
        ],
    )


def test_of_files_that_are_named_only_theirs_is_told_with_what_all_others_define(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"lakeside-2030": EXAMPLE / "skeleton.yaml"})
    whole, outside = root / "mappings" / "cssii-2020.yaml", tmp_path / "draft.yaml"
    assert run(root, whole) == (0, [f"nothing is left to write in {whole}"])
    outside.write_text((EXAMPLE / "skeleton.yaml").read_text("utf-8"), "utf-8")
    code, lines = run(root, whole, outside)
    assert (code, lines[0], lines[-1].split()[:2]) == (1, f"{outside}: 18 left", ["next:", f"{outside}:4:5"])


def test_names_that_nothing_defines_count_by_kind(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {"lakeside-2030": EXAMPLE / "lakeside-2030.yaml"})
    code, lines = run(root)
    kinds = {found[2]: int(found[1]) for line in lines if (found := re.match(r" +(\d+) (unknown \w+)", line))}
    assert (code, kinds) == (
        1,
        {"unknown organisation": 5, "unknown place": 1, "unknown meeting": 1, "unknown deliverable": 4}
        | {"unknown undertaking": 2},
    )


@pytest.mark.parametrize("statement", ["p3/s1", "p3/s2"])
def test_a_sentence_without_a_statement_is_left_unless_it_is_out_of_scope(statement: str, tmp_path: Path) -> None:
    text = (EXAMPLE / "lakeside-2030.yaml").read_text("utf-8")
    cut = re.sub(rf"      - id: {statement}\n(        .*\n)+", "", text)
    path = tmp_path / "cut.yaml"
    path.write_text(cut, "utf-8")
    line = cut[: cut.index("id: p3\n")].count("\n") + 1
    left = f"      1 sentence without a statement, from {line}:5"
    root = make_workspace(tmp_path / "whole", {"lakeside-2030": path})
    assert left in run(root)[1]
    path.write_text(cut.replace("    language: en\n", "    language: en\n    scope: [p1, p2]\n"), "utf-8")
    root = make_workspace(tmp_path / "part", {"lakeside-2030": path})
    assert not any("sentence without" in line for line in run(root)[1])


def test_the_published_mappings_leave_nothing(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, {})
    assert run(root) == (0, [f"nothing is left to write in {root / 'mappings'}"])
