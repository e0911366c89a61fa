"""The sum behind a data version, kept beside the files of a store: who opens it again need not read every quad.

The engine (RocksDB) names a new manifest in CURRENT whenever a process opens the folder for writing, so the sum holds only while CURRENT
is as it was: nobody else has written since. It is taken away before a change and kept again after it; what is kept while the store is
open holds until the machine starts anew, since only what is closed is surely on the disk.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NAME: Final = "version.json"
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class Stamp:
    """The kept sum of the store in a folder. Made before the engine opens the folder, since that changes CURRENT."""

    def __init__(self, folder: Path) -> None:
        self._file, self._current = folder / NAME, folder / "CURRENT"
        self._kept = self._file.exists()
        self.sum = self._read()

    def forget(self) -> None:
        """Take the sum away, on the disk too, before something changes; raises OSError where that cannot be."""
        if self._kept:
            self._file.unlink(missing_ok=True)
            folder = os.open(self._file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            self._kept = False

    def keep(self, total: int, *, closed: bool = False) -> None:
        """Keep the sum of what is there now; where the disk does not let us, the next one to open reads all quads."""
        boot = "" if closed else _read_boot()
        if not closed and not boot:
            return
        part = self._file.with_suffix(".part")
        with suppress(OSError):
            part.write_text(json.dumps({"sum": f"{total:x}", "current": self._current.read_text(), "boot": boot}), encoding="utf-8")
            self._kept = True
            part.replace(self._file)

    def _read(self) -> int | None:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            if kept["current"] == self._current.read_text() and kept["boot"] in ("", _read_boot()):
                return int(kept["sum"], 16)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None


def _read_boot() -> str:
    """The name of this run of the machine, empty where the system gives none."""
    with suppress(OSError):
        return BOOT.read_text().strip()
    return ""
