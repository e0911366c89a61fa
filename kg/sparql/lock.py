"""Locks that a process puts on itself before it reads a stranger's query: no network, less memory, an end with its parent."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from contextlib import suppress
from typing import Final

_SOCKET: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER, _PARENT_DEATH_SIGNAL = 38, 22, 2, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def close_network() -> str:
    """Make every later socket(2) of this process fail with EACCES by a seccomp filter; a reason in words where it cannot.

    System calls of another architecture (32-bit on 64-bit) are refused too, and so is the x32 table, by which the filter
    could be passed by (seccomp(2), "Caveats").
    """
    if platform.system() != "Linux" or platform.machine() not in _SOCKET:
        return f"{platform.system()} on {platform.machine()} has no filter of system calls that we know"
    architecture, number = _SOCKET[platform.machine()]

    def instruction(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    program = b"".join((
        instruction(0x20, 0, 0, 4), instruction(0x15, 0, 4, architecture), instruction(0x20, 0, 0, 0),
        instruction(0x35, 2, 0, 0x40000000), instruction(0x15, 1, 0, number),
        instruction(0x06, 0, 0, _ALLOW), instruction(0x06, 0, 0, _REFUSE)))
    buffer = ctypes.create_string_buffer(program)
    filter_program = _Program(len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, ctypes.byref(filter_program), 0, 0):
        return f"the kernel refuses the filter: {os.strerror(ctypes.get_errno())}"
    return ""


def cap_memory(mebibytes: int) -> None:
    """Let the address space of this process grow by so many MiB and no more (setrlimit(2), RLIMIT_AS)."""
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    limit = now + mebibytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def yield_processor() -> None:
    """Let this process begin only when who woke it is done: the service hands out the next query first (sched(7), SCHED_BATCH)."""
    if platform.system() == "Linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def end_with_parent() -> None:
    """Let the kernel kill this process when its parent ends, however that happens (prctl(2), PR_SET_PDEATHSIG); Linux only."""
    if platform.system() == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
