"""The pieces of a run as tasks of a Ray cluster that is there; none is started: its ports would be open to others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vfx_ai.errors import ResourceError
from vfx_ai.farm.pieces import Ended, Piece, as_event, heard
from vfx_ai.job import Progress

WAIT_SECONDS = 0.5
MOST_TEXT = 200_000  # of what a task said, that is sent back


def done_there(words: list[str]) -> tuple[int, str, str]:
    """Run a piece in a process of the machine that Ray chose: its exit code, and the end of what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vfx_ai", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    # Its input stays open until it is done: it ends when this process does.
    with process, os.fdopen(os.dup(process.stdin.fileno()), "wb"):  # type: ignore[union-attr]
        out, error = process.communicate()
    texts = (text.decode("utf-8", "replace")[-MOST_TEXT:] for text in (out, error))
    return (process.returncode, *texts)  # type: ignore[return-value]


class Cluster:
    """Ray, connected.

    Args:
        ray: the package.
        cpus, gpus: that each piece is given.
        file: the job's file, on a disk that all machines see.
        more: words that the command gets in addition.
    """

    def __init__(self, ray: Any, cpus: float, gpus: float, file: Path, more: list[str]) -> None:
        self._ray, self._file, self._more = ray, file, more
        self._remote = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(done_there)
        there = ray.cluster_resources()
        by_cpu = there.get("CPU", 1) / cpus if cpus else 1
        self.count = max(1, int(min(by_cpu, there.get("GPU", 0) / gpus) if gpus else by_cpu))

    def do(self, piece: Piece, follow: Progress, cancelled: Callable[[], bool]) -> Ended:
        """Do a piece on a machine with room for it."""
        pending = self._remote.remote([*piece.words(str(self._file)), *self._more])
        try:
            while not self._ray.wait([pending], timeout=WAIT_SECONDS)[0]:
                if cancelled():
                    self._ray.cancel(pending, force=True)
                    return Ended(130)
            code, out, _error = self._ray.get(pending)
        except self._ray.exceptions.RayError as error:  # the machine went away
            return Ended(-1, {"message": f"Ray lost the task: {type(error).__name__}"})
        last: dict[str, Any] = {}
        fault: dict[str, Any] = {}
        for line in out.splitlines():
            said = heard(line)
            event = as_event(said)
            if event is not None:
                follow(event)
            elif said.get("event") == "error":
                fault = said
            elif said:
                last = said
        return Ended(code, fault, last)


@contextmanager
def cluster(address: str, gpus: float, file: Path, more: list[str], cpus: float = 1) -> Iterator[Cluster]:
    """Connect to Ray.

    Args:
        address: of a cluster: "auto", "host:6379" or "ray://host:10001".
        gpus: that each piece is given.
        file, more: see `Cluster`.
        cpus: that each piece is given.

    Raises:
        ResourceError: Ray isn't installed, or there is no such cluster.
    """
    try:
        import ray
    except ImportError:
        raise ResourceError("Ray isn't installed", remedy="Install it: pip install 'vfx-ai[farm]'.") from None
    try:
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except Exception as error:  # of many classes, Exception itself among them
        raise ResourceError(
            f"Ray can't be reached: {error}", remedy="Check --address; for this machine alone use --to local."
        ) from None
    try:
        yield Cluster(ray, cpus, gpus, file, more)
    finally:
        ray.shutdown()
