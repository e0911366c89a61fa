"""What many tests share: the store of the real data, built once per run, and a client of the service over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from kg.build import Built, build
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service in a folder of its own."""
    return read_settings({}, var=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="session")
def built(settings: Settings) -> Built:
    """The build of the real data."""
    return build(settings)


@pytest.fixture(scope="session")
def store(settings: Settings, built: Built) -> Iterator[LocalStore]:
    """The store of the real data."""
    opened = LocalStore(Path(settings.var) / "store")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(settings: Settings, store: LocalStore) -> Iterator[TestClient]:
    """A client of the service over the real data."""
    with TestClient(create_app(settings, store)) as made:
        yield made
