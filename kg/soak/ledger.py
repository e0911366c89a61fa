"""What was answered and what was true: one entry per answer, one state per data version, and the contradictions between them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from kg.soak.questions import LISTED, RECORD


@dataclass(frozen=True)
class Answer:
    """One answer to a reader: where it came from, the address asked, status, data version, body and seconds."""

    copy: str
    address: str
    status: int
    version: str
    body: bytes
    seconds: float


@dataclass
class Ledger:
    """States by data version: title by record as the editor was told, records that were withdrawn; and the answers, as digests."""

    states: dict[str, dict[str, str]] = field(default_factory=dict)
    withdrawn: dict[str, frozenset[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    answers: int = 0
    _bodies: dict[tuple[str, str], dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    _said: dict[tuple[str, str], tuple[int, dict[str, str] | str]] = field(default_factory=dict)

    def state(self, version: str, titles: Mapping[str, str], withdrawn: frozenset[str]) -> None:
        """Keep what is true at a version."""
        self.states[version], self.withdrawn[version] = dict(titles), withdrawn

    def take(self, answer: Answer) -> None:
        """Keep an answer; one without a data version or with a fault of the service is wrong at once."""
        self.answers += 1
        self.statuses[answer.status] += 1
        if not answer.version:
            self.wrong.append(f"{answer.address} of {answer.copy}: no data version")
        elif answer.status in (200, 404, 410):
            digest = f"{answer.status} {hashlib.sha256(answer.body).hexdigest()}"
            self._bodies[answer.version, answer.address][digest].add(answer.copy)
            if answer.address == LISTED or answer.address.startswith(RECORD):
                self._said[answer.version, answer.address] = answer.status, _read(answer)
        elif answer.status not in (429, 503):
            self.wrong.append(f"{answer.address} of {answer.copy}: status {answer.status}")

    def compared(self) -> int:
        """Pairs of version and address that more than one copy answered."""
        return sum(len(set().union(*digests.values())) > 1 for digests in self._bodies.values())

    def pairs(self) -> int:
        """Pairs of version and address that were answered."""
        return len(self._bodies)

    def find_wrong(self) -> list[str]:
        """Every contradiction: two bodies of one address at one version, an unknown version, a record that is not as published."""
        found = list(self.wrong)
        for (version, address), digests in self._bodies.items():
            if len(digests) > 1:
                found.append(f"{address} at {version}: {len(digests)} different answers, of {sorted(map(sorted, digests.values()))}")
        found += [f"version {version} was answered and never published" for version in sorted({key[0] for key in self._bodies})
                  if version not in self.states]
        for (version, address), (status, said) in self._said.items():
            titles = self.states.get(version)
            if titles is None:
                continue
            if address == LISTED:
                if said != titles:
                    found.append(f"{address} at {version}: {said} instead of {titles}")
                continue
            record = address.rsplit("/", 1)[-1]
            gone = record in self.withdrawn[version]
            expected = (200, titles[record]) if record in titles else (410 if gone else 404, "")
            if (status, said) != expected:
                found.append(f"{address} at {version}: {status} {said!r} instead of {expected}")
        return found


def _read(answer: Answer) -> dict[str, str] | str:
    if answer.status != 200:
        return ""
    read = json.loads(answer.body)
    if answer.address == LISTED:
        return {row["record"]["value"].rsplit("/", 1)[-1]: row["title"]["value"] for row in read["results"]["bindings"]}
    return str(read["label"])
