"""Paths that lead to another machine: whoever only opens one tells that machine who they are."""

from __future__ import annotations


def on_a_share(path: str) -> bool:
    r"""Whether a path begins as those of shares do, `\\host\share`: Windows takes either slash, also one of each."""
    return path.replace("\\", "/").startswith("//")
