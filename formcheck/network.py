"""Cutting a thread off from the network, so that a library that would send something cannot."""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

from .datatypes import FormcheckError

NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2  # of prctl(2)
LOAD, EQUAL, LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # instructions of a seccomp filter (seccomp(2), bpf)
CALL, ARCHITECTURE = 0, 4  # offsets in the data that the filter sees
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # machine → its number, the number of socket(2)
IO_URING = 425  # io_uring_setup(2), which opens sockets too
OTHER_ABI = 0x40000000  # calls of x32 programs begin here


def close_thread() -> None:
    """Refuse this thread, and all it starts from now on, every socket, even local ones, by which names are looked up.

    It cannot be undone. The kernel does it (Linux, seccomp); raises FormcheckError where that is not available.
    """
    known = SOCKET.get(platform.machine()) if sys.platform == "linux" else None
    if known is None or not _close(*known):
        raise FormcheckError(
            "MediaPipe sends usage data to its maker and can be kept from it only on Linux: choose another pose model"
        )


def _close(machine: int, socket: int) -> bool:
    steps = (
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 0, 5, machine),  # another machine's calls are refused; jumps count from the next step
        (LOAD, 0, 0, CALL),
        (LEAST, 3, 0, OTHER_ABI),
        (EQUAL, 2, 0, IO_URING),
        (EQUAL, 1, 0, socket),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return not prctl(SECCOMP, FILTER, ctypes.addressof(program), 0, 0)
