"""Search, lists and reconciliation over the read model, the search beside the same question in SPARQL over the same data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from rdflib import Literal

from kg.bench import QUERIES
from kg.bench.figure import Figure, clock, percentile
from kg.bench.size import Size
from kg.generate import generate, load_shape
from kg.index import Index, build_index
from kg.index.reader import Filter
from kg.queries import load_query
from kg.reconciliation import Matcher, Question
from kg.settings import Settings
from kg.store.local import LocalStore

ASKED = 40
BATCH = 10


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """The 95th percentile of searches, of misspelt ones, of lists with filter and counts, and of batches of reconciliation, in process."""
    store = LocalStore(settings.var / "store")
    store.load(b"".join(generate(size.listed, 1)))  # a load replaces what was there, so block by block only the last would stay
    build_index(store, settings.var / "index.sqlite")
    index, label = Index(settings.var / "index.sqlite"), f"{size.listed:,} things"
    words = sorted(load_shape().fields["title"].values, key=len, reverse=True)[:ASKED]
    themes = sorted(load_shape().fields["theme"].values)[:ASKED]
    say(f"{label} in the read model")
    yield Figure("search by one word, p95", "ms", _p95([partial(index.search, word) for word in words], size.runs), "the same in SPARQL",
                 _p95([partial(_scan, store, word) for word in words[:5]], 1), goal=30, size=label)
    yield Figure("search by two words, p95", "ms",
                 _p95([partial(index.search, f"{one} {other}") for one, other in zip(words, words[1:], strict=False)], size.runs),
                 goal=30, size=label)
    misspelt = [partial(index.search, word[:2] + word[3:]) for word in words if len(word) > 5]
    yield Figure("search misspelt, p95", "ms", _p95(misspelt, size.runs), goal=30, size=label)
    yield Figure("list with filter and counts, p95", "ms",
                 _p95([partial(index.browse, "initiative", Filter((("theme", theme),))) for theme in themes], size.runs),
                 goal=30, size=label)
    matcher, names = Matcher(index), [text for _, text in islice(index.names(), ASKED * BATCH)]
    batches = [[Question(name[:len(name) // 2] + name[len(name) // 2 + 1:]) for name in names[start:start + BATCH]]
               for start in range(0, len(names), BATCH)]
    yield Figure("reconciliation of ten misspelt names, p95", "ms",
                 _p95([partial(_match, matcher, batch) for batch in batches], size.runs), goal=100, size=label)
    store.close()


def _match(matcher: Matcher, batch: Sequence[Question]) -> object:
    return [matcher.find(question) for question in batch]


def _p95(acts: Sequence[Callable[[], object]], runs: int) -> tuple[float, ...]:
    """The 95th percentile of the milliseconds of each act, once for each run."""
    return tuple(percentile([each for act in acts for each in clock(act, 1, 1000)], 0.95) for _ in range(runs))


def _scan(store: LocalStore, word: str) -> object:
    return list(store.select(load_query(QUERIES / "titled.rq").text, {"word": Literal(word)}))
