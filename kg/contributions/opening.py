"""Opening the workflow from a command, beside a running service or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kg.contributions.publisher import Publisher, read_sequence
from kg.contributions.workflow import Contributions
from kg.errors import StoreLocked
from kg.journal import open_journal
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.store.open import open_store


@contextmanager
def open_contributions(settings: Settings) -> Iterator[tuple[Contributions, bool]]:
    """The workflow, and whether this process is the one that publishes.

    A running service holds the store and follows the journal by itself; then the store is only read, and a step that was worked out
    on an old state raises Outdated.
    """
    journal = open_journal(settings)
    try:
        store = open_store(settings)
    except StoreLocked:
        seen = LocalStore(settings.var / "store", read_only=True)
        yield Contributions(seen, journal, lambda: read_sequence(seen)), False
        seen.close()
    else:
        yield Contributions(store, journal, Publisher(settings, store, journal).follow), True
        store.close()
    journal.close()
