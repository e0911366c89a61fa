"""The machine that figures belong to."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("pyoxigraph", "rdflib", "pyshacl", "oxigraph", "rdflib-endpoint", "numba", "numpy", "pyspark")


def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, load before the run, kernel and the versions of what is measured; nothing that names the machine."""
    facts = {"processor": _read("/proc/cpuinfo", "model name") or platform.machine(), "cores": str(os.cpu_count()),
             "memory": _read("/proc/meminfo", "MemTotal"), "load before": f"{os.getloadavg()[0]:.1f}",
             "kernel": f"{platform.system()} {platform.release().split('-')[0]}", "Python": platform.python_version()}
    for package in PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = "not installed"
    facts["Virtuoso"] = _ask_virtuoso()
    return facts


def _ask_virtuoso() -> str:
    """The version that the program states, in its second line; "not installed" without it."""
    if not shutil.which("virtuoso-t"):
        return "not installed"
    said = subprocess.run(["virtuoso-t", "--version"], capture_output=True, text=True, timeout=60)
    found = re.search(r"^Version (\d[\d.]*\d)", said.stdout + said.stderr, re.MULTILINE)
    return found[1] if found else "of unknown version"


def _read(path: str, key: str) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
