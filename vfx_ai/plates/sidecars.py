"""The stamp and the sidecar of plates that no run makes: new ones, loops, and single ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vfx_ai.media.stamp import Stamp
from vfx_ai.plates.jobs import Clean
from vfx_ai.plates.jobs_new import PlateByModel, PlateGenerate, PlateLoop
from vfx_ai.proof.made import stamp_of
from vfx_ai.steps.proof import written
from vfx_ai.telling import Teller
from vfx_ai.versions import program

_KINDS = {
    PlateGenerate: "plate_generate",
    PlateByModel: "plate_by_model",
    PlateLoop: "plate_loop",
    Clean: "plate_clean",
}
Asked = PlateGenerate | PlateByModel | PlateLoop | Clean


def job_hash(*what: object) -> str:
    """SHA-256 of what was asked, without where files lie."""
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def stamp(job: str, engine: str, made: dict[int, int]) -> Stamp:
    """What a frame's header says; `made` counts its pixels by their value of fill.source."""
    return stamp_of(program(), job, engine, made)


def write(
    asked: Asked,
    output: str,
    folder: Path,
    job: str,
    engine: str,
    made: Mapping[int, dict[int, int]],
    tell: Teller,
    **told: Any,
) -> None:
    """Write the sidecar of a plate.

    Args:
        asked: what was asked.
        output: the resolved pattern.
        folder: beside it, where hashes are remembered.
        job: from `job_hash`.
        engine: that made the pixels.
        made: of each frame, how many pixels have each value of fill.source.
        tell: is asked whether to stop.
        told: other fields of a Sidecar, and what of a catalogue was cleared for it; see `written`.

    Raises:
        VfxAiError: a file can't be read any more, or the sidecar can't be written; Interrupted.
    """
    done = [(number, {str(source): count for source, count in made[number].items()}, engine) for number in sorted(made)]
    kind = _KINDS[type(asked)]
    written(output, folder, kind, asdict(asked), done, tell, job=job, engine={"name": engine}, **told)
