"""What is kept for a source is made once, and goes when the source goes."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from kg.build import Built
from kg.index import Index
from kg.reconciliation import Matcher, Question
from kg.settings import Settings
from kg.store.kept import MOST_OF_ONE, keep_while_it_lives
from kg.store.local import LocalStore


def test_a_value_is_read_once_and_does_not_hold_its_source(tmp_path: Path) -> None:
    read = []

    @keep_while_it_lives
    def count(store: LocalStore, more: int) -> int:
        read.append(more)
        return store.size() + more

    store = LocalStore(tmp_path / "store")
    assert [count(store, 1), count(store, 1), count(store, 2)] == [1, 1, 2] and read == [1, 2]
    assert count(LocalStore(), 1) == 1 and read == [1, 2, 1]
    gone = weakref.ref(store)
    del store
    gc.collect()
    assert gone() is None


def test_no_more_than_so_many_are_kept_of_one_source() -> None:
    read = []

    @keep_while_it_lives
    def take(store: LocalStore, number: int) -> int:
        read.append(number)
        return number

    store = LocalStore()
    for number in range(MOST_OF_ONE + 1):
        take(store, number)
    take(store, MOST_OF_ONE)
    take(store, 0)
    assert read == [*range(MOST_OF_ONE + 1), 0]


def test_the_names_of_a_read_model_end_with_it(settings: Settings, built: Built) -> None:
    index = Index(settings.var / "index.sqlite")
    assert Matcher(index.speaking("fr")).find(Question("Haarlem"))
    watched = weakref.ref(index)
    del index
    gc.collect()
    assert watched() is None
