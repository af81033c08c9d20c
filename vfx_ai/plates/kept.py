"""Which frames of a made plate are finished, so that a run that was interrupted goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from vfx_ai.media.atomic import replacing, unchanged
from vfx_ai.media.output import stem_of
from vfx_ai.media.sequence import Sequence


class Kept:
    """The folder `<stem>.vfx-ai` beside a result, and in it a record for each finished frame.

    Args:
        output: the resolved pattern of the result.
        inputs: whose files decide what is made.
        asked: what else does.
    """

    def __init__(self, output: str, inputs: Iterable[Sequence], *asked: object) -> None:
        self.path = Path(output).parent / f"{stem_of(output)}.vfx-ai"
        self.key = hashlib.sha256(json.dumps([[_signed(s) for s in inputs], *asked]).encode()).hexdigest()

    def finished(self, number: int, result: Path) -> dict[str, Any] | None:
        """What was kept of a frame, if its file is as it was left, by the same job and the same inputs."""
        try:
            record: Any = json.loads(self._record(number).read_text(encoding="utf-8"))
            stat = result.stat()
        except (OSError, ValueError, RecursionError):
            return None
        left = record.get("left") if isinstance(record, dict) else None
        if not isinstance(left, list) or left[:2] != [self.key, result.name] or len(left) != 4:
            return None
        size, modified = left[2:]
        known = type(size) is int and type(modified) is int and unchanged(stat, size, modified)
        return record if known else None

    def keep(self, number: int, result: Path, record: dict[str, Any]) -> dict[str, Any]:
        """Write down a finished frame, and give it back."""
        stat = result.stat()
        whole = {**record, "left": [self.key, result.name, stat.st_size, stat.st_mtime_ns]}
        with replacing(self._record(number), number) as beside:
            beside.write_text(json.dumps(whole), encoding="utf-8")
        return whole

    def _record(self, number: int) -> Path:
        return self.path / "frames" / f"{number}.json"


def key_in(record: Path) -> str | None:
    """The key that a file of JSON holds, by which what lies beside it is known; None: it is damaged or not there."""
    with suppress(OSError, ValueError, RecursionError):
        told = json.loads(record.read_text(encoding="utf-8"))
        return str(told["key"]) if isinstance(told, dict) and "key" in told else None
    return None


def _signed(sequence: Sequence) -> list[list[Any]]:
    stats = [(path, path.stat()) for path in sorted({sequence.path(n) for n in sequence.frames})]
    return [[path.name, stat.st_size, stat.st_mtime_ns] for path, stat in stats]
