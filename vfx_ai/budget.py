"""How much memory a run may take for frames, from what a user writes; and giving back what it no longer holds."""

from __future__ import annotations

import ctypes
import re
import sys
from contextlib import suppress

import psutil

from vfx_ai.errors import JobError

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
LEAST = 64 * 2**20
GROWN = 256 * 2**20  # bytes

_after = 0  # bytes that the process held after it gave some back


def parse_memory(text: str) -> int:
    """Bytes of a budget like "4G", "512M" or "50%" (of the machine's memory).

    Raises:
        JobError: not such a text, or less than 64 MB.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%|[KMGT]?)i?B?\s*", text, re.IGNORECASE)
    if not found:
        raise JobError(f"memory is {text!r}", remedy="Write e.g. --memory 4G or --memory 50%.")
    amount, unit = float(found[1]), found[2].upper()
    whole = psutil.virtual_memory().total
    size = int(whole * amount / 100) if unit == "%" else int(amount * _UNITS[unit])
    if not size >= LEAST:
        raise JobError(f"memory is {text!r}, less than 64M", remedy="Give more: a few frames must fit.")
    if unit == "%" and amount > 100:
        raise JobError(f"memory is {text!r}, more than there is", remedy="Give at most 100%.")
    return size


def give_back_memory() -> None:
    """Hand freed memory back to the system, where its C library keeps it (glibc): pieces of freed arrays add up.

    Not before the process has grown by half and by GROWN since it last did: fetching anew what the next frame takes
    again anyway took a tenth of a run.
    """
    global _after
    if sys.platform == "linux" and _held() > 1.5 * _after + GROWN:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
        _after = _held()


def _held() -> int:
    """Bytes of the machine's memory that this process holds."""
    return int(psutil.Process().memory_info().rss)
