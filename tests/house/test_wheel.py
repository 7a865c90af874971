"""What is shipped, and what it is built and run with: files that git tracks, packages by their hashes."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from tests.helpers.files import serve_files
from tests.helpers.project import ROOT

PINNED = re.compile(
    r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ ]+)(?: ; [^\\\n]+)? \\\n"
    r"(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def read_lock(name: str) -> dict[str, tuple[str, str]]:
    """Return the version and the hashes of each package of a lock; every line of it belongs to one."""
    text = (ROOT / ".ci" / name).read_text("utf-8")
    assert PINNED.sub("", text) == ""
    return {found["name"]: (found["version"], found["hashes"]) for found in PINNED.finditer(text)}


def list_needed(name: str) -> set[str]:
    """Return the packages that ``name`` needs on this machine, itself among them, without its extras."""
    needed: set[str] = set()
    waiting: list[tuple[str, set[str]]] = [(name, set())]
    while waiting:
        one, extras = waiting.pop()
        canonical = re.sub(r"[-_.]+", "-", one).lower()
        if canonical in needed:
            continue
        needed.add(canonical)
        for requirement in map(Requirement, distribution(one).requires or ()):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((requirement.name, requirement.extras))
    return needed


def test_all_that_the_action_needs_is_pinned_by_hashes_as_in_the_lock_of_the_tests() -> None:
    action, whole = read_lock("action.txt"), read_lock("requirements.txt")
    assert (list_needed("g7kg") | list_needed("hatchling")) - {"g7kg"} <= action.keys()
    assert {name: whole[name] for name in action} == action


def test_the_action_installs_nothing_without_its_hash() -> None:
    install, _ = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    assert "pip" not in install["run"]
    script = (ROOT / ".ci" / "install").read_text("utf-8")
    installing = [line.split() for line in script.splitlines() if line.startswith('"${pip[@]}"')]
    assert len(installing) == 2
    assert "--require-hashes" in installing[0]
    assert {"--no-deps", "--no-index", "--no-build-isolation"} <= set(installing[1])
    assert script.count("pip install") == 1


@pytest.mark.integration
def test_the_action_installs_a_program_that_validates(tmp_path: Path) -> None:
    """Fetches packages: it needs a network."""
    command = ["bash", str(ROOT / ".ci" / "install"), str(tmp_path / "environment")]
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == f"{tmp_path}/environment/bin\n"
    (tmp_path / "a.ttl").write_text("<http://e/a> <http://e/b> 1 .", "utf-8")
    subprocess.run([f"{tmp_path}/environment/bin/g7kg", "validate", "a.ttl"], cwd=tmp_path, check=True)


def run(folder: Path, *command: str) -> str:
    """Return what ``command`` prints in ``folder``, where there is no npm: the editor is not what is tested here."""
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    git = shutil.which("git")
    assert git
    if not (programs / "git").exists():
        (programs / "git").symlink_to(git)
    environment = {**os.environ, "PATH": str(programs), "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=900
    )
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with files that git tracks, and others that it does not."""
    folder = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("LICENSES", "mappings", "ontology", "queries", "shapes", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    run(folder, "git", "init", "--quiet")
    run(folder, "git", "add", "--all")
    for name in ("src/g7kg/secret.py", "src/g7kg/.env", "mappings/draft.yaml", "mappings/a.yaml~", "queries/b.rq"):
        (folder / name).touch()
    for name in ("src/g7kg", "shapes"):
        (folder / name / "__pycache__").mkdir()
        (folder / name / "__pycache__" / "a.pyc").touch()
    return folder


def list_shipped(folder: Path) -> set[str]:
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def test_wheel_and_sdist_hold_the_files_that_git_tracks_and_no_others(clone: Path, tmp_path: Path) -> None:
    tracked = run(clone, "git", "ls-files").split()
    data = ("mappings/", "ontology/", "queries/", "shapes/")
    expected = {name.removeprefix("src/") for name in tracked if name.startswith("src/g7kg/")}
    expected |= {f"g7kg/data/{name}" for name in tracked if name.startswith(data)}
    run(clone, sys.executable, "-m", "hatchling", "build", "-d", "dist")
    assert list_shipped(clone) == expected

    (sdist,) = (clone / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as opened:
        opened.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    held = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert held - {"PKG-INFO"} == set(tracked)
    run(unpacked, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist")
    assert list_shipped(unpacked) == expected


@pytest.mark.integration
def test_whoever_installs_from_a_server_of_wheels_builds_and_validates_without_a_clone(
    clone: Path, tmp_path: Path
) -> None:
    """Fetches packages for the server: it needs a network."""
    run(clone, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "wheels"))
    fetch = ("download", "--quiet", "--only-binary", ":all:", "--require-hashes", "--dest", str(tmp_path / "wheels"))
    run(clone, sys.executable, "-m", "pip", *fetch, "--requirement", str(ROOT / ".ci" / "action.txt"))
    home = tmp_path / "home"
    run(clone, sys.executable, "-m", "venv", str(home))
    with serve_files(tmp_path / "wheels") as address:
        install = ("install", "--quiet", "--no-index", "--find-links", address, "g7kg")
        run(home, f"{home}/bin/python", "-m", "pip", "--isolated", *install)
    assert "quads" in run(home, f"{home}/bin/g7kg", "build", "--out", "graph")
    (home / "a.ttl").write_text("<http://e/a> a <https://w3id.org/g7kg/ontology#Statement> .", "utf-8")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    program, *arguments = hook["entry"].split()
    with pytest.raises(subprocess.CalledProcessError) as hooked:
        run(home, f"{home}/bin/{program}", *arguments, "a.ttl")
    assert hooked.value.returncode == 1

    _, validate = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    inputs = {"FILES": "a.ttl", "SHAPES": "", "SEVERITY": "violation", "SARIF": "found.sarif"}
    assert inputs.keys() == validate["env"].keys()
    environment = {**os.environ, **inputs, "GITHUB_ACTION_PATH": str(ROOT), "PATH": f"{home}/bin:{os.environ['PATH']}"}
    step = ("bash", "-e", "-c", validate["run"])
    done = subprocess.run(step, cwd=home, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("::error file=a.ttl")) == (1, True)
    assert '"ruleId"' in (home / "found.sarif").read_text("utf-8")
