"""What a job's names stand for on this machine: its frames, the files that it reads, and where its result goes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from vfx_ai.errors import InputError
from vfx_ai.farm.jobfile import STEMS, Asked, FarmJob, kind_of
from vfx_ai.media.painted import find_painted
from vfx_ai.media.reference import file_of
from vfx_ai.media.sequence import (
    Sequence,
    check_output,
    find_sequence,
    output_path,
    parse_frames,
    resolve_output,
    spread,
)
from vfx_ai.motion.camera_files import split_prim


@dataclass(frozen=True)
class Found:
    """A job whose names are resolved.

    Attributes:
        farm_job: the job, its paths whole and its frames spelled out, so that another machine means the same.
        plate: the shot.
        frames: that are asked for.
        output: the pattern of the result.
        files: all that it reads.
    """

    farm_job: FarmJob
    plate: Sequence
    frames: tuple[int, ...]
    output: str
    files: tuple[Path, ...]

    def result(self, number: int) -> Path:
        """The file that frame `number`'s result is written to."""
        return output_path(self.output, number)


def find(job: Asked) -> Found:
    """Find a job's files and frames; nothing is written, and no pixel is read.

    Raises:
        VfxAiError: one isn't there, or what is asked makes no sense.
    """
    kind = kind_of(job)
    plate = find_sequence(job.plate, missing=job.missing)
    matte = find_sequence(job.matte, missing=job.missing, role="matte") if job.matte else None
    frames = spread(parse_frames(job.frames, plate.frames), job.sample)
    output = os.path.abspath(resolve_output(job.output, plate, STEMS[kind]))  # noqa: PTH100
    check_output(output, frames, plate, matte)
    files = [sequence.path(n) for sequence in (plate, matte) if sequence is not None for n in sequence.frames]
    fixed = {"plate": _whole(job.plate), "output": output, "frames": spelled(frames), "sample": 0}
    if job.matte:
        fixed["matte"] = _whole(job.matte)
    if camera := getattr(job, "camera", ""):
        file, prim = split_prim(Path(camera))
        if not file.is_file():
            raise InputError("there is no such camera", file=file, remedy="Check --camera.")
        files.append(file)
        fixed["camera"] = _whole(str(file)) + (f"#{prim}" if prim else "")
    if painted := getattr(job, "painted", ""):
        files += [one.path for one in find_painted(painted, plate)[0]]
        names = [painted] if Path(painted).expanduser().exists() else painted.split(",")
        fixed["painted"] = ",".join(_whole(name.strip()) for name in names if name.strip())
    if reference := getattr(job, "reference", ""):
        files.append(file_of(reference)[0])
        fixed["reference"] = _whole(reference)
    fixed |= {name: _whole(text) for name in ("policy", "models_dir") if (text := getattr(job, name, ""))}
    whole = tuple(dict.fromkeys(Path(_whole(str(path))) for path in files))
    return Found(FarmJob(kind, replace(job, **fixed)), plate, frames, output, whole)  # type: ignore[arg-type]


def _whole(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111


def spelled(frames: tuple[int, ...], step: str = "x") -> str:
    """Frames in the shortest words: "1001-1010,1012-1020x2"; `step` is what stands before a step."""
    parts, at = [], 0
    while at < len(frames):
        end = at + 1
        by = frames[at + 1] - frames[at] if at + 1 < len(frames) else 1
        while end < len(frames) and frames[end] - frames[end - 1] == by:
            end += 1
        if end - at == 2 and by > 1:  # two frames make no step
            end -= 1
        first, last = frames[at], frames[end - 1]
        parts.append(str(first) if first == last else f"{first}-{last}" + (f"{step}{by}" if by > 1 else ""))
        at = end
    return ",".join(parts)
