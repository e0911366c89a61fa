"""What is read from a store once for each data version and kept for the readers that follow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Concatenate, Final, Generic, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from kg.store import Store

Value = TypeVar("Value")
Source = TypeVar("Source")
Rest = ParamSpec("Rest")
MOST: Final = 3
"""Versions that are kept: the one that is served, the one that a request still reads, the one that a publish makes."""


class Kept(Generic[Value]):
    """Values by data version; equal versions are equal data, so a snapshot and the store that it was taken of share them."""

    def __init__(self, read: Callable[[Store], Value]) -> None:
        self._read = read
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = RLock()

    def load(self, store: Store) -> Value:
        """The value of a store's present data version, read at the first request."""
        with self._lock:
            version = store.version()
            while version not in self._values:
                value, before = self._read(store), version
                version = store.version()
                if version == before:
                    # An engine elsewhere may have moved on while it was read.
                    self.keep(version, value)
            self._values.move_to_end(version)
            return self._values[version]

    def keep(self, version: str, value: Value) -> None:
        """Hold a value that was made without reading the store."""
        with self._lock:
            self._values[version] = value
            while len(self._values) > MOST:
                self._values.popitem(last=False)


MOST_OF_ONE: Final = 64
"""Values that one function keeps of one source."""


def keep_while_it_lives(read: Callable[Concatenate[Source, Rest], Value]) -> Callable[Concatenate[Source, Rest], Value]:
    """Keep what a function reads from its first argument, the store or read model of one generation, as long as that lives.

    A cache that holds the source itself would keep the files and memory of generations that nobody reads any more. The other arguments
    are given by position and hashable; a value must not hold the source.
    """
    found: WeakKeyDictionary[Source, OrderedDict[tuple[object, ...], Value]] = WeakKeyDictionary()
    lock = RLock()

    @wraps(read)
    def kept(source: Source, /, *rest: Rest.args, **named: Rest.kwargs) -> Value:
        with lock:
            values = found.setdefault(source, OrderedDict())
            if rest not in values:
                values[rest] = read(source, *rest, **named)
                while len(values) > MOST_OF_ONE:
                    values.popitem(last=False)
            return values[rest]

    return kept
