"""What was answered and what was true: one entry per answer, one state per data version, and the contradictions between them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kg.soak.questions import LISTED, RECORD

HONEST: Final = (429, 503)
"""No answer, and said so: too many, or no process is free."""
Said = tuple[int, dict[str, str] | str]
"""Status, and the titles by record or the one title."""


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
    _said: dict[tuple[str, str], Said] = field(default_factory=dict)

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
        elif answer.status not in HONEST:
            self.wrong.append(f"{answer.address} of {answer.copy}: status {answer.status}")

    def compared(self) -> int:
        """Pairs of version and address that more than one copy answered."""
        return sum(len(set().union(*digests.values())) > 1 for digests in self._bodies.values())

    def pairs(self) -> int:
        """Pairs of version and address that were answered."""
        return len(self._bodies)

    def find_wrong(self) -> list[str]:
        """Every contradiction: two bodies of one address at one version, a record that is not as published,
        and a version between two publishes that says what was public neither before nor after."""
        found = list(self.wrong)
        for (version, address), digests in self._bodies.items():
            if len(digests) > 1:
                found.append(f"{address} at {version}: {len(digests)} different answers, of {sorted(map(sorted, digests.values()))}")
        for version in sorted({key[0] for key in self._bodies} - self.states.keys()):
            # Things of a publish are served before their synergies, at a version that the editor is not told of.
            said = {address: answer for (at, address), answer in self._said.items() if at == version}
            if not any(said == self._expect(known, said) for known in self.states):
                found.append(f"version {version} was answered and never published: {said}")
        for version in self.states:
            said = {address: answer for (at, address), answer in self._said.items() if at == version}
            found += [f"{address} at {version}: {said[address]} instead of {expected}"
                      for address, expected in self._expect(version, said).items() if said[address] != expected]
        return found

    def _expect(self, version: str, addresses: Iterable[str]) -> dict[str, Said]:
        """What these addresses have to say at a version that was published."""
        titles, gone = self.states[version], self.withdrawn[version]
        records = {address: address.rsplit("/", 1)[-1] for address in addresses}
        return {address: (200, titles) if address == LISTED else (200, titles[record]) if record in titles
                else (410 if record in gone else 404, "") for address, record in records.items()}


def _read(answer: Answer) -> dict[str, str] | str:
    if answer.status != 200:
        return ""
    read = json.loads(answer.body)
    if answer.address == LISTED:
        return {row["record"]["value"].rsplit("/", 1)[-1]: row["title"]["value"] for row in read["results"]["bindings"]}
    return str(read["label"])
