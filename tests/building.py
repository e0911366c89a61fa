"""Copies of what was built once for all tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def copy_built(var: Path, folder: Path) -> Path:
    """Store and read model in a folder of their own, for a service that publishes: a store has one writer.

    LOCK is not even read: closing any descriptor of it gives up the lock that this process holds (POSIX fcntl).
    """
    shutil.copytree(var / "store", folder / "store", ignore=shutil.ignore_patterns("LOCK"))
    shutil.copyfile(var / "index.sqlite", folder / "index.sqlite")
    if (var / "releases").exists():
        shutil.copytree(var / "releases", folder / "releases", copy_function=os.link)
    return folder
