"""The page of the releases, and their feed."""

from __future__ import annotations

from xml.sax.saxutils import escape

from g7kg.dataset.dataset import Dataset
from g7kg.dataset.served import list_releases
from g7kg.pages.rendering import Page
from g7kg.rdf.vocab import BASE, DATASET
from g7kg.snapshot.releases import Release


def show_releases(dataset: Dataset) -> Page:
    """Return the page that lists the releases, the newest first."""
    return Page("releases.html", {"releases": list_releases(dataset), "manifest": dataset.manifest})


def write_feed(dataset: Dataset, address: str) -> str:
    """Return the releases as an Atom feed (RFC 4287) at the server's ``address`` (ending in a slash)."""
    releases = list_releases(dataset)
    updated = releases[0].issued if releases else dataset.manifest.modified
    entries = "".join(_write_entry(release, address) for release in releases)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>{BASE}releases</id>
<title>g7kg: releases of the dataset</title>
<updated>{updated}T00:00:00Z</updated>
<author><name>The g7kg authors</name></author>
<link rel="self" type="application/atom+xml" href="{escape(address)}releases.atom"/>
<link rel="alternate" type="text/html" href="{escape(address)}releases"/>
{entries}</feed>
"""


def _write_entry(release: Release, address: str) -> str:
    told = [release.notes or "A new version of the data.", f"{describe_counts(release)}."]
    return f"""<entry>
<id>{DATASET.value}/{release.digest}</id>
<title>{release.version}</title>
<updated>{release.issued}T00:00:00Z</updated>
<link rel="alternate" href="{escape(address)}dataset/{release.digest}"/>
<summary>{escape(" ".join(told))}</summary>
</entry>
"""


def describe_counts(release: Release) -> str:
    """Return in words how much has changed in ``release``: “2 things added, 1 changed”."""
    counts = [f"{count:,} {kind}" for kind, count in release.counts.items()]
    return f"Things that have changed since the release before: {', '.join(counts)}" if counts else "The first release"
