"""What a run keeps beside its results, so that it can go on: the analysis, a record per finished frame, pictures.

Everything lies in `<output stem>.vfx-ai/` beside the results. Each part carries the key of what it was made from, and
isn't believed when the key is another.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError, OutputError
from vfx_ai.job import Job
from vfx_ai.media.atomic import replacing
from vfx_ai.media.output import stem_of
from vfx_ai.media.sequence import Sequence
from vfx_ai.motion.camera_files import kind_of, split_prim
from vfx_ai.motion.camera_pose import check_size
from vfx_ai.proof.record import FrameRecord, record_from_dict

# Raised when an engine's results change, so that frames of an older version are done anew.
METHOD = 10
# What is read is known by the files themselves, however their names were typed; so is what their numbers mean.
_BY_FILES = ("plate", "matte", "output", "camera", "colorspace")
_MATTE_FIELDS = ("matte_channel", "matte_objects", "matte_layer", "matte_invert", "matte_grow")
_ANALYSIS_FIELDS = ("missing", "layer", *_MATTE_FIELDS, "focal")


class WorkFolder:
    """The folder beside a job's results.

    Args:
        output: the resolved pattern of the results.
        job: what is asked.
        inputs: the sequences whose files decide the result.
        space: the `identity` of the plate's color space.

    Raises:
        InputError: the job names a camera's file, and it isn't there.
        JobError: it is of no kind that can be read.
    """

    def __init__(self, output: str, job: Job, inputs: Iterable[Sequence], space: str = "") -> None:
        self.path = Path(output).parent / f"{stem_of(output)}.vfx-ai"
        self.pictures, self.analysis = self.path / "pictures", self.path / "analysis"
        fields = job.pixel_fields()
        files = [*(_signature(sequence) for sequence in inputs), _camera_signature(job.camera), space]
        self.key = _digest(METHOD, {k: v for k, v in fields.items() if k not in _BY_FILES}, files)
        self.analysis_key = _digest(METHOD, {k: fields[k] for k in _ANALYSIS_FIELDS}, files)

    @property
    def analysed(self) -> bool:
        """Whether an earlier run left an analysis that this one can use."""
        key = self.analysis / "key.txt"
        written = ("engines.json", "depth/sweep.npy", "flow/exposure.npy")
        mine = key.is_file() and key.read_text() == self.analysis_key
        return mine and any((self.analysis / name).exists() for name in written)

    def open(self) -> None:
        """Make the folder, and throw away an analysis that was made from something else.

        Raises:
            OutputError: the folder can't be made.
        """
        try:
            self.pictures.mkdir(parents=True, exist_ok=True)
            (self.path / "frames").mkdir(exist_ok=True)
            key = self.analysis / "key.txt"
            if self.analysis.exists() and (not key.is_file() or key.read_text() != self.analysis_key):
                shutil.rmtree(self.analysis)
            self.analysis.mkdir(exist_ok=True)
            key.write_text(self.analysis_key)
        except OSError as error:
            raise OutputError(
                f"the folder for the analysis can't be made: {error.strerror or error}",
                file=self.path,
                remedy="Write the results to another folder.",
            ) from None

    def finished(self, number: int, result: Path) -> FrameRecord | None:
        """The record of a frame that needs no second run: same job, same inputs, and its file as it was left."""
        try:
            record = record_from_dict(json.loads(self._record(number).read_text(encoding="utf-8")))
            stat = result.stat()
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        same = (record.key, record.result_bytes, record.result_mtime_ns) == (self.key, stat.st_size, stat.st_mtime_ns)
        return record if same and Path(record.result) == result else None

    def keep(self, record: FrameRecord) -> None:
        """Write down a finished frame."""
        with replacing(self._record(record.frame), record.frame) as beside:
            beside.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")

    def _record(self, number: int) -> Path:
        return self.path / "frames" / f"{number}.json"


def _signature(sequence: Sequence) -> list[list[Any]]:
    """Size and time of every file of a sequence: the inputs that a key stands for."""
    paths = {sequence.path(n) for n in sequence.frames}
    try:
        stats = [(path, path.stat()) for path in sorted(paths)]
    except OSError as error:  # it was there when the folder was read
        why = error.strerror or error
        raise InputError(
            f"the file can't be read: {why}", file=error.filename, remedy="Check it and its rights."
        ) from None
    return [[path.name, stat.st_size, stat.st_mtime_ns] for path, stat in stats]


def _camera_signature(camera: str) -> list[Any]:
    """Size and time of a camera's file, and the camera's place in it."""
    if not camera:
        return []
    file, prim = split_prim(Path(camera))
    kind_of(file, "camera")
    check_size(file)
    return [file.name, file.stat().st_size, file.stat().st_mtime_ns, prim]


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
