"""Releases of the session's snapshot, and of one that differs from it in a word."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from g7kg.build.dumps import restore_store
from g7kg.build.releases import create_release
from g7kg.build.snapshot import Snapshot
from g7kg.mapping.workspace import Workspace
from g7kg.snapshot.index import write_index
from g7kg.snapshot.manifest import CURRENT, Manifest, read_manifest
from g7kg.snapshot.publish import SNAPSHOTS, mark_output, publish_snapshot

RENAMED = (b'"Republic of Korea"@en', b'"Corea"@en')
RAISED = (b"ontology/1.2.0>", b"ontology/1.3.0>")


def release_first(snapshot: Snapshot, workspace: Workspace, folder: Path) -> tuple[Workspace, Path]:
    """Release a copy of ``snapshot`` as 1.0.0 in a workspace below ``folder``; return that and the archive."""
    root = folder / "workspace"
    shutil.copytree(workspace.ontology, root / "ontology", ignore=shutil.ignore_patterns("releases.json"))
    copy = Workspace(root, root / "out")
    mark_output(copy.output)
    own = shutil.copytree(snapshot.folder, copy.output / SNAPSHOTS / snapshot.folder.name)
    (copy.output / CURRENT).symlink_to(own.relative_to(copy.output))
    return copy, create_release(copy, own, "1.0.0", "Begun.\n", folder)


def publish_changed(output: Path, *changes: tuple[bytes, bytes]) -> Path:
    """Publish the snapshot that is current in ``output`` with other bytes in its quads; return its folder."""
    current = (output / "current").resolve()

    def write(folder: Path) -> Manifest:
        data = (current / "g7kg.nq").read_bytes()
        for old, new in changes:
            data = data.replace(old, new)
        (folder / "g7kg.nq").write_bytes(data)
        restore_store(folder)
        write_index(ox.Store.read_only(str(folder / "store")), folder)
        digest = hashlib.sha256(data).hexdigest()
        return replace(read_manifest(current), digest=digest, files={"g7kg.nq": digest})

    return publish_snapshot(output, write)[0]
