"""What must be known of a node of ours whoever asks: which one it is, whether it still lives, and what is no undo."""

from contextlib import contextmanager, suppress
from typing import Iterator

import nuke

KIND = "kind"  # a hidden knob
MATTE = "matte"  # one of what it says; the others are kinds of jobs


def kind_of(node: nuke.Node) -> str:
    """Which of our nodes it is; empty: none of ours."""
    knob = node.knob(KIND)
    return str(knob.value()) if knob is not None else ""


def living() -> "suppress":
    """Within it the node may be gone: deleted, or its script closed. Then its files are all that remains."""
    return suppress(ValueError)


def is_gone(node: nuke.Node) -> bool:
    """Whether a node was deleted, or its script closed."""
    try:
        node.name()
    except ValueError:
        return True
    return False


def is_same(one: nuke.Node, other: nuke.Node) -> bool:
    """Whether two are one node."""
    with living():
        return bool(one == other)
    return False


@contextmanager
def unrecorded() -> Iterator[None]:
    """Within it nothing goes into Nuke's undo: what a job writes into nodes is nothing that a user would take back.

    It may be nested. What a user says in a dialog or by a button that adds a point is undone as usual.
    """
    nuke.Undo.disable()
    try:
        yield
    finally:
        nuke.Undo.enable()
