"""Opening the store that the settings name."""

from __future__ import annotations

from kg.settings import Settings
from kg.store import Store
from kg.store.local import LocalStore


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """The embedded store in `var`, or the engine at `KG_STORE`; raises StoreLocked."""
    if settings.store:
        from kg.store.remote import RemoteStore

        return RemoteStore(settings.store, settings.store_replicas, update=settings.store_update, graphs=settings.store_graphs)
    return LocalStore(settings.var / "store", read_only=read_only)
