"""Which finished frames still stand when paint-outs came, went or changed: all that no such paint comes into."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from vfx_ai.media.painted import PaintedFile
from vfx_ai.proof.record import FrameRecord
from vfx_ai.steps.asked import Asked


def stands(record: FrameRecord, painted: Collection[PaintedFile]) -> bool:
    """Whether a finished frame is known to be what the job, with these paint-outs, would make of it."""
    return not _lost(record, painted) and all(file.identity in record.paint for file in painted)


def unpainted(
    asked: Asked,
    before: Mapping[int, FrameRecord | None],
    standing: Collection[int],
    reached: Callable[[int], dict[str, bool]],
) -> Iterator[tuple[int, FrameRecord]]:
    """Finished frames that turn out to stand, since no paint that is new to them comes into their hole.

    Args:
        asked: the job.
        before: the record of each frame that was finished without regard to paint.
        standing: frames that are known to stand.
        reached: tells of a frame whether each paint-out, by its identity, comes into its hole.

    Yields:
        The frames and their records, which are kept.
    """
    for number, record in before.items():
        if record is None or number in standing or _lost(record, asked.painted):
            continue
        found = reached(number)
        if not any(comes for identity, comes in found.items() if identity not in record.paint):
            record = replace(record, paint={**record.paint, **found})
            asked.folder.keep(record)
            yield number, record


def _lost(record: FrameRecord, painted: Collection[PaintedFile]) -> bool:
    """Whether paint came into the frame that isn't among these any more."""
    now = {file.identity for file in painted}
    return any(comes and identity not in now for identity, comes in record.paint.items())
