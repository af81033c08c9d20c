"""A process of the farm that ends itself as kill -9 would, by a sitecustomize on its path."""

from __future__ import annotations

import textwrap

# The one that first gives frame 1003 its final name is it.
DIES_ONCE = textwrap.dedent(
    """
    import os, signal
    from pathlib import Path

    mark, replace = Path(__file__).with_name("killed"), os.replace

    def replace_or_die(source, target):
        if Path(target).name == "clean.1003.exr" and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        replace(source, target)

    os.replace = replace_or_die
    """
)
