"""The official assets: where they lie and which version they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph


@dataclass(frozen=True)
class Assets:
    """The standards folder; each asset has a PROVENANCE.md with repository, commit and date."""

    folder: Path

    def version(self, asset: str) -> str:
        """The commit, shortened, and its date or release as the provenance of an asset states them."""
        text = (self.folder / asset / "PROVENANCE.md").read_text(encoding="utf-8")
        match = re.search(r"\|\s*([0-9a-f]{40})\s*\(([^)]*)\)", text)
        return f"{match[1][:12]} ({match[2]})" if match else "unknown"

    def path(self, *parts: str) -> Path:
        """A file or folder of an asset."""
        return self.folder.joinpath(*parts)

    def graph(self, *parts: str) -> Graph:
        """A Turtle or RDF/XML file of an asset."""
        return Graph().parse(self.path(*parts))

    def files(self, *parts: str, suffix: str = ".ttl") -> Iterator[Path]:
        """The files below a folder of an asset, in order."""
        yield from sorted(self.path(*parts).rglob(f"*{suffix}"))
