"""`/data`, `/catalogue`, `/.well-known/void` and `/stream`: what anyone can take away, and what describes it."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from rdflib import Graph
from starlette.concurrency import run_in_threadpool

from api.fields import is_known, read_list, takes_gzip
from api.negotiation import choose
from api.prefix import find_root
from api.problems import check_parameters
from api.profiles import choose_profile, describe_profile
from api.rendering import render
from api.serialising import write_json, write_rdf
from kg.errors import NotFound
from kg.formats import HTML, JSON, JSONLD, TRIG, TRIPLE_FORMATS
from kg.index import LISTS
from kg.publication import feed
from kg.publication.catalogue import describe_catalogue, describe_for_search, view_as_2
from kg.publication.catalogue_feed import make_feed
from kg.publication.products import PRODUCTS
from kg.publication.releases import MANIFEST, SUMS, Release, publish_release, read_release, read_releases
from kg.publication.void import describe_dataset
from kg.queries import load_query
from kg.store import Store
from kg.store.kept import keep_while_it_lives

router = APIRouter(tags=["data"])
QUERIES: Final = Path(__file__).parent.parent / "queries"
CATALOGUE_PROFILES: Final = ("dcat-ap-3.0.1", "dcat-ap-2.1.1", "schema.org")
IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
TYPES: Final = {".json": "application/json", ".sig": "text/plain", ".pem": "application/x-pem-file", ".gz": "application/gzip",
                ".zip": "application/zip", SUMS: "text/plain"}
_FIRST: Final = Lock()


@router.get("/data")
def show_data(request: Request) -> Response:
    """Every release with its files, sizes and checksums, and the other ways to take the data."""
    check_parameters(request, ("lang",))
    releases = find_releases(request)
    if choose(request, (HTML, JSON)) == JSON:
        return write_json({"latest": releases[0].version, "releases": [_as_json(request, release) for release in releases]})
    dataset = json.dumps(describe_for_search(_describe(request, releases)), ensure_ascii=False).replace("<", "\\u003c")
    return render(request, "data.html", releases=releases, products=PRODUCTS, dataset=dataset, current=request.state.version,
                  counts=request.state.index.counts(), lists=LISTS,
                  queries=[load_query(QUERIES / f"{name}.rq").text for name in ("classes", "quads")])


@router.api_route("/data/latest", methods=["GET", "HEAD"], include_in_schema=False)
@router.get("/data/latest/{file}", status_code=307)
@router.head("/data/latest/{file}", include_in_schema=False)
def lead_to_latest(request: Request, file: str = MANIFEST) -> Response:
    """Lead to a file of the newest release."""
    check_parameters(request, ())
    release = find_releases(request)[0]
    _find_file(release, file)
    return RedirectResponse(f"{find_root(request)}/data/{release.version}/{file}", 307)


@router.api_route("/data/{version}", methods=["GET", "HEAD"], include_in_schema=False)
@router.get("/data/{version}/{file}")
@router.head("/data/{version}/{file}", include_in_schema=False)
def send_file(request: Request, version: str, file: str = MANIFEST) -> Response:
    """A file of a release; it never changes, can be asked for in parts, and its ETag is its SHA-256."""
    check_parameters(request, ())
    if not version.isalnum():
        raise NotFound(f"there is no release {version!r}.", where=request.url.path, advice="The page /data lists the releases.")
    release = read_release(request.app.state.settings.var / "releases" / version)
    path = _find_file(release, file)
    digest = next((each.sha256 for each in release.files if each.name == file), f"{version}-{file}")
    return _send(request, path, TYPES[path.name if path.name in TYPES else path.suffix], {"ETag": f'"{digest}"', **IMMUTABLE})


@router.get("/catalogue")
@router.get("/catalogue.{suffix}")
def show_catalogue(request: Request, suffix: str = "") -> Response:
    """The catalogue of releases and services: DCAT-AP 3.0.1, its 2.1.1 view, or schema.org."""
    check_parameters(request, ("profile", "lang"))
    profile = choose_profile(request, CATALOGUE_PROFILES)
    form = choose(request, (JSONLD, JSON, HTML) if profile == "schema.org" else (HTML, *TRIPLE_FORMATS), suffix)
    if form == HTML:
        return RedirectResponse(f"{find_root(request)}/data", 303)
    catalogue, headers = _describe(request, find_releases(request)), describe_profile(profile)
    if profile == "schema.org":
        return write_json(describe_for_search(catalogue), form, headers)
    return write_rdf(view_as_2(catalogue) if profile == "dcat-ap-2.1.1" else catalogue, form, headers)


@router.get("/catalogue/feed")
def show_catalogue_feed(request: Request) -> Response:
    """The catalogue as an event stream of its entities (DCAT-AP Feeds)."""
    check_parameters(request, ())
    form = choose(request, (TRIG, JSONLD))
    made = make_feed(_describe(request, find_releases(request)))
    return Response(made.serialize(format=form.rdflib, encoding="utf-8"), media_type=form.media_type)


@router.get("/.well-known/void")
@router.get("/.well-known/void.{suffix}", include_in_schema=False)
def show_void(request: Request, suffix: str = "") -> Response:
    """The dataset in numbers: partitions by class and property, links to other datasets (VoID)."""
    check_parameters(request, ())
    base = request.app.state.settings.public_base
    form = choose(request, TRIPLE_FORMATS, suffix)
    return write_rdf(describe_dataset(request.state.store, base, find_releases(request)[0]), form)


@router.get("/stream", status_code=307)
@router.head("/stream", include_in_schema=False)
def lead_to_stream(request: Request) -> Response:
    """Lead to the view of the event stream of versions (LDES)."""
    check_parameters(request, ())
    return RedirectResponse(f"{find_root(request)}/stream/{feed.INDEX}", 307)


@router.get("/stream/{page}")
@router.head("/stream/{page}", include_in_schema=False)
async def send_page(request: Request, page: str) -> Response:
    """The view of the stream, or one of its pages, which never change."""
    check_parameters(request, ())
    settings = request.app.state.settings
    path = settings.var / "feed" / page
    if page == feed.INDEX and feed.read_version(settings) != request.state.version:
        await run_in_threadpool(feed.append, settings, request.state.store)
    if "/" in page or not page.endswith(".trig") or not path.is_file():
        raise NotFound(f"the stream has no page {page!r}.", where=request.url.path, advice="Begin at /stream.")
    packed = takes_gzip(read_list(request.headers, "accept-encoding"))
    state = path.stat()
    headers = {"ETag": f'"{state.st_mtime_ns:x}-{state.st_size:x}{"-gzip" if packed else ""}"', "Vary": "Accept, Accept-Encoding"}
    headers |= {"Content-Encoding": "gzip"} if packed else {}
    headers |= {"Cache-Control": "no-cache"} if page == feed.INDEX else IMMUTABLE
    return _send(request, path.with_name(f"{page}.gz") if packed else path, TRIG.media_type, headers)


def find_releases(request: Request) -> list[Release]:
    """The releases, newest first; the first one is made now when there is none."""
    settings, store = request.app.state.settings, request.state.store
    with _FIRST:
        releases = read_releases(settings)
        if not releases:
            publish_release(settings, store)
        return releases or [read_release(settings.var / "releases" / store.version())]


def _describe(request: Request, releases: list[Release]) -> Graph:
    return _catalogue(request.state.store, request.state.version, request.app.state.settings.public_base, tuple(releases))


@keep_while_it_lives
def _catalogue(store: Store, version: str, base: str, releases: tuple[Release, ...]) -> Graph:
    return describe_catalogue(store, base, list(releases))


def _find_file(release: Release, file: str) -> Path:
    offered = {each.name for each in release.files} | {MANIFEST, SUMS, f"{MANIFEST}.sig", "signing-key.pem"}
    path = release.folder / file
    if file not in offered or not path.exists():
        raise NotFound(f"the release has no file {file!r}.", where=f"/data/{release.version}",
                       advice=f"It has {', '.join(sorted(offered))}.")
    return path


def _send(request: Request, path: Path, media_type: str, headers: dict[str, str]) -> Response:
    known = read_list(request.headers, "if-none-match")
    if is_known(known, headers["ETag"]):
        return Response(None, 304, {name: value for name, value in headers.items() if name != "Content-Encoding"})
    return FileResponse(path, headers=headers, media_type=media_type)


def _as_json(request: Request, release: Release) -> dict[str, Any]:
    address = f"{request.app.state.settings.public_base}data/{release.version}/"
    return {"version": release.version, "issued": release.issued, "previous": release.previous, "quads": release.quads,
            "manifest": address + MANIFEST, "checksums": address + SUMS,
            "files": [{"name": file.name, "address": address + file.name, "bytes": file.size, "sha256": file.sha256,
                       "title": PRODUCTS[file.name].title if file.name in PRODUCTS else ""} for file in release.files]}
