"""Lines of N-Quads as streams."""

from __future__ import annotations

import random
from pathlib import Path

from g7kg.rdf.lines import read_lines, sort_lines, split_quad, to_file, to_triples


def test_lines_are_sorted_and_each_is_there_once_also_where_they_exceed_the_memory(tmp_path: Path) -> None:
    rng = random.Random(1)  # noqa: S311 - it is to be repeatable
    lines = [b"%d\n" % rng.randrange(300) for _ in range(1000)]
    for run in (7, 100, 2000, sum(map(len, lines)), 10_000):
        assert list(sort_lines(lines, tmp_path, run)) == sorted(set(lines))
    assert list(sort_lines([], tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_stream_of_lines_is_a_file_with_just_these_bytes() -> None:
    lines = [b"x" * size + b"\n" for size in (0, 1, 5000, 3_000_000, 2)] + [b"%d\n" % number for number in range(5000)]
    file = to_file(lines)
    parts = list(iter(lambda: file.read(1000), b""))
    assert b"".join(parts) == b"".join(lines)


def test_a_quad_is_parted_at_its_graph() -> None:
    line = b'<http://e/s> <http://e/p> "a <b> . c"@en <http://e/g> .\n'
    assert split_quad(line) == (b'<http://e/s> <http://e/p> "a <b> . c"@en', b"<http://e/g>")
    assert list(to_triples([line])) == [b'<http://e/s> <http://e/p> "a <b> . c"@en .\n']


def test_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    paths = [tmp_path / "b", tmp_path / "a"]
    for path in paths:
        path.write_bytes(b"1%s\n2\n" % path.name.encode())
    assert list(read_lines(paths)) == [b"1b\n", b"2\n", b"1a\n", b"2\n"]
