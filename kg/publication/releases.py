"""Releases: one folder per data version in `var/releases`, with every format, checksums, a manifest and the difference to the last.

A folder is written beside its place and moved there when it is whole; after that nothing in it changes.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from kg.errors import NotFound
from kg.publication.dumps import compare_dumps, read_dump
from kg.publication.products import NAME, PRODUCTS, digest, packed, write_graphs, write_tables
from kg.publication.signing import sign
from kg.queries import load_query
from kg.settings import Settings
from kg.store import Store

LICENCE: Final = "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"
MANIFEST, SUMS, LIST = "manifest.json", "SHA256SUMS", "releases.json"
CHANGED: Final = Path(__file__).parent / "queries" / "changed.rq"


@dataclass(frozen=True)
class File:
    """A file of a release: name, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Release:
    """A release: folder, data version, date of its data, version of the release before, counts and files."""

    folder: Path
    version: str
    issued: str
    previous: str
    quads: int
    files: tuple[File, ...]


def publish_release(settings: Settings, store: Store) -> Release:
    """Write the present data version to `var/releases`; what is there already is kept as it is."""
    root = settings.var / "releases"
    known = read_releases(settings)
    version = store.version()
    for release in known:
        if release.version == version:
            return release
    fresh = root / f"{version}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    release = write_release(store, fresh, previous=known[0] if known else None, key=settings.signing_key)
    fresh.rename(root / version)
    listed = root / f"{LIST}.new"
    listed.write_text(json.dumps([version, *(each.version for each in known)], indent=1), encoding="utf-8")
    listed.replace(root / LIST)
    return read_release(root / release.version)


def write_release(store: Store, folder: Path, *, previous: Release | None = None, key: Path | None = None) -> Release:
    """Write every format of the dataset to a folder, two at a time; equal data give equal bytes."""
    folder.mkdir(parents=True)
    plain = folder / f"{NAME}.nq"
    with plain.open("wb") as file:
        quads = sum(1 for line in store.dump() if file.write(line))
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        for step in [processes.submit(write, plain, folder) for write in (write_graphs, write_tables)]:
            step.result()
    plain.unlink()
    if previous:
        _write_difference(previous, folder)
    files = tuple(File(path.name, path.stat().st_size, digest(path)) for path in sorted(folder.iterdir()))
    release = Release(folder, store.version(), find_date(store), previous.version if previous else "", quads, files)
    _write_manifest(release, key)
    return release


def read_releases(settings: Settings) -> list[Release]:
    """The releases, newest first."""
    path = settings.var / "releases" / LIST
    if not path.exists():
        return []
    return [read_release(path.parent / version) for version in json.loads(path.read_text(encoding="utf-8"))]


def read_release(folder: Path) -> Release:
    """The release of a folder; raises NotFound when there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(f"there is no release {folder.name!r}.", where="/data", advice="The page /data lists the releases.") from error
    return Release(folder, manifest["version"], manifest["issued"], manifest["previous"], manifest["quads"],
                   tuple(File(**each) for each in manifest["files"]))


def find_date(store: Store) -> str:
    """The day of the last change of the data, as they tell it themselves; equal data give an equal date."""
    rows = store.select(load_query(CHANGED).text).rows
    return str(rows[0][0])[:10] if rows else ""


def check_release(release: Release) -> list[str]:
    """The files of a release that are missing or differ from their checksum."""
    return [file.name for file in release.files
            if not (release.folder / file.name).exists() or digest(release.folder / file.name) != file.sha256]


def _write_difference(previous: Release, folder: Path) -> None:
    name = f"{NAME}.nq.gz"
    lines = list(compare_dumps(read_dump(previous.folder / name), read_dump(folder / name)))
    for file, wanted in (("changes.rdfp.gz", ""), ("removed.nq.gz", "D "), ("added.nq.gz", "A ")):
        with packed(folder / file) as out:
            out.writelines(f"{line.removeprefix(wanted)}\n".encode() for line in lines if line.startswith(wanted))


def _write_manifest(release: Release, key: Path | None) -> None:
    manifest = {"dataset": NAME, "version": release.version, "issued": release.issued, "previous": release.previous,
                "quads": release.quads, "licence": LICENCE, "formats": _describe(release.files),
                "files": [asdict(file) for file in release.files]}
    content = json.dumps(manifest, indent=1).encode()
    (release.folder / MANIFEST).write_bytes(content)
    (release.folder / SUMS).write_text("".join(f"{file.sha256}  {file.name}\n" for file in release.files), encoding="ascii")
    if key:
        signature, public = sign(content, key)
        (release.folder / f"{MANIFEST}.sig").write_bytes(signature)
        (release.folder / "signing-key.pem").write_bytes(public)


def _describe(files: Iterable[File]) -> dict[str, str]:
    return {file.name: PRODUCTS[file.name].title for file in files if file.name in PRODUCTS}


