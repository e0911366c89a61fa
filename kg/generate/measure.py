"""The shape of the data: for each field of initiatives, how many values one has and which, as measured in a graph."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kg.queries import load_query
from kg.store import Store

FOLDER = Path(__file__).parent
MEASURED = FOLDER / "measured.json"
TEXTS = frozenset({"title", "summary"})
COUNTED_ONLY = frozenset({"website"})
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Field:
    """One field: `degrees` counts initiatives by their number of values, `values` counts initiatives by value."""

    degrees: dict[int, int]
    values: dict[str, int]

    @property
    def mean(self) -> float:
        """Mean number of values of an initiative."""
        return sum(degree * count for degree, count in self.degrees.items()) / max(sum(self.degrees.values()), 1)

    @property
    def most(self) -> float:
        """Share of the most frequent value among all values, 0 to 1."""
        return max(self.values.values(), default=0) / max(sum(self.values.values()), 1)


@dataclass(frozen=True)
class Shape:
    """Count of initiatives and their fields by name; words are the values of texts, years those of periods."""

    initiatives: int
    fields: dict[str, Field]


def measure(store: Store) -> Shape:
    """Measure the initiatives of a store, partnerships left out."""
    held: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    items: set[str] = set()
    for row in store.select(load_query(FOLDER / "measure.rq").text):
        items.add(str(row["item"]))
        held[str(row["field"])][str(row["item"])].append(str(row["value"]))
    starts, ends = held.pop("start", {}), held.pop("end", {})
    held["start"] = {item: [values[0][:4]] for item, values in starts.items()}
    held["years"] = {item: [str(int(values[0][:4]) - int(starts[item][0][:4]))] for item, values in ends.items() if item in starts}
    for name in TEXTS & set(held):
        held[name] = {item: _WORD.findall(max(values, key=len).lower()) for item, values in held[name].items()}
    return Shape(len(items), {name: _count(name, values, len(starts) if name == "years" else len(items))
                              for name, values in sorted(held.items())})


def _count(name: str, values: Mapping[str, list[str]], items: int) -> Field:
    degrees = Counter(len(each) for each in values.values())
    if items > len(values):
        degrees[0] = items - len(values)
    found = Counter(value for each in values.values() for value in each)
    if name == "lead":
        found = Counter(str(count) for count in found.values())
    return Field(dict(sorted(degrees.items())), {} if name in COUNTED_ONLY else dict(sorted(found.items())))


def distance(one: Mapping[str, int] | Mapping[int, int], other: Mapping[str, int] | Mapping[int, int]) -> float:
    """Total variation distance of two distributions, 0 (the same) to 1 (nothing in common)."""
    first, second = dict(one), dict(other)
    of_first, of_second = sum(first.values()) or 1, sum(second.values()) or 1
    return sum(abs(first.get(key, 0) / of_first - second.get(key, 0) / of_second)
               for key in {*first, *second}) / 2


def write_shape(shape: Shape, path: Path = MEASURED) -> None:
    """Keep a measured shape as JSON."""
    content = {"initiatives": shape.initiatives, "fields": {name: {"degrees": field.degrees, "values": field.values}
                                                            for name, field in shape.fields.items()}}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


@lru_cache(maxsize=2)
def load_shape(path: Path = MEASURED) -> Shape:
    """The shape of the real data as it was measured last (`kg generate --measure`)."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Shape(content["initiatives"], {name: Field({int(degree): count for degree, count in each["degrees"].items()}, each["values"])
                                          for name, each in content["fields"].items()})
