"""What a run keeps beside its results, so that it can go on: the analysis, a record per finished frame, pictures.

Everything lies in `<output stem>.vfx-ai/` beside the results. Each part carries the key of what it was made from, and
isn't believed when the key is another.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path, PureWindowsPath
from typing import Any

from vfx_ai.claim import in_turn
from vfx_ai.errors import InputError, OutputError
from vfx_ai.job import Job
from vfx_ai.media.atomic import replacing, unchanged
from vfx_ai.media.output import stem_of
from vfx_ai.media.sequence import Sequence
from vfx_ai.motion.camera_files import kind_of, split_prim
from vfx_ai.motion.camera_pose import check_size
from vfx_ai.proof.record import FrameRecord, record_from_dict

# Raised when an engine's results change, so that frames of an older version are done anew.
METHOD = 21
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
        maker: the identity of what makes pixels: another one's frames are done anew; "": nothing does.

    Raises:
        InputError: the job names a camera's file, and it isn't there.
        JobError: it is of no kind that can be read.
    """

    def __init__(self, output: str, job: Job, inputs: Iterable[Sequence], space: str = "", maker: str = "") -> None:
        self.path = Path(output).parent / f"{stem_of(output)}.vfx-ai"
        self.pictures, self.analysis = self.path / "pictures", self.path / "analysis"
        self.maker = maker
        fields = job.pixel_fields() | ({"maker": maker} if maker else {})
        files = [*(_signature(sequence) for sequence in inputs), _camera_signature(job.camera), space]
        self.key = _digest(METHOD, {k: v for k, v in fields.items() if k not in _BY_FILES}, files)
        # Without the files: the same wherever they lie, so that a header says the same of the same job.
        self.job_hash = _digest(METHOD, {k: v for k, v in fields.items() if k not in _BY_FILES}, space)
        self.analysis_key = _digest(METHOD, {k: fields[k] for k in _ANALYSIS_FIELDS}, files)

    @property
    def analysed(self) -> bool:
        """Whether an earlier run left an analysis that this one can use."""
        written = ("engines.json", "depth/sweep.npy", "flow/exposure.npy")
        return self._own_analysis() and any((self.analysis / name).exists() for name in written)

    @property
    def turn(self) -> Path:
        """The file that says who works at the analysis; see `claim.in_turn`."""
        return self.path / "analysis.lock"

    def open(self, wait: Callable[[], None]) -> None:
        """Make the folder, and throw away an analysis that was made from something else.

        Args:
            wait: called while another process is at the analysis.

        Raises:
            OutputError: the folder can't be made.
        """
        try:
            self.pictures.mkdir(parents=True, exist_ok=True)
            (self.path / "frames").mkdir(exist_ok=True)
            if self._own_analysis():
                return
            with in_turn(self.turn, wait):
                if self._own_analysis():
                    return
                if self.analysis.exists():
                    shutil.rmtree(self.analysis)
                self.analysis.mkdir(exist_ok=True)
                (self.analysis / "key.txt").write_text(self.analysis_key)
        except OSError as error:
            raise OutputError(
                f"the folder for the analysis can't be made: {error.strerror or error}",
                file=self.path,
                remedy="Write the results to another folder.",
            ) from None

    def _own_analysis(self) -> bool:
        key = self.analysis / "key.txt"
        return key.is_file() and key.read_text() == self.analysis_key

    def finished(self, number: int, result: Path, made: Path | None = None) -> FrameRecord | None:
        """The record of a frame that needs no second run: same job, same inputs, and its file as it was left.

        Another machine may know the folder by another path. `made` is the file of what a model made by itself, which
        must be as it was left too; None: there is none.
        """
        try:
            record = record_from_dict(json.loads(self._record(number).read_text(encoding="utf-8")))
            stat, beside = result.stat(), None if made is None else made.stat()
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        same = record.key == self.key and unchanged(stat, record.result_bytes, record.result_mtime_ns)
        same = same and PureWindowsPath(record.result).name == PureWindowsPath(result).name
        if beside is not None:
            same = same and unchanged(beside, record.apart_bytes, record.apart_mtime_ns)
        return replace(record, result=str(result), apart=str(made or "")) if same else None

    def keep(self, record: FrameRecord) -> FrameRecord:
        """Write down a finished frame; gives what was written.

        Another run of the same job may have put its own file, of the same bits, there meanwhile: the last who writes
        down is right about it.
        """
        while True:
            with replacing(self._record(record.frame), record.frame) as beside:
                beside.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
            times = [
                _newer(Path(record.result), record.result_bytes, record.result_mtime_ns),
                _newer(Path(record.apart), record.apart_bytes, record.apart_mtime_ns) if record.apart else 0,
            ]
            if times == [record.result_mtime_ns, record.apart_mtime_ns]:
                return record
            record = replace(record, result_mtime_ns=times[0], apart_mtime_ns=times[1])

    def tell(self, notes: Iterable[str]) -> None:
        """Write down what a step of the run noted, for the report that another process makes.

        Raises:
            OutputError: it can't be written.
        """
        for note in notes:
            with replacing(self._told / f"{_digest(note)[:16]}.txt") as beside:
                beside.write_text(note, encoding="utf-8", errors="backslashreplace")

    def told(self) -> list[str]:
        """What the steps of this job noted, in any process."""
        found = []
        for path in sorted(self._told.glob("*.txt")) if self._told.is_dir() else ():
            with suppress(OSError, ValueError):
                found.append(path.read_text(encoding="utf-8"))
        return found

    @property
    def _told(self) -> Path:
        return self.path / "told" / self.key[:16]

    def _record(self, number: int) -> Path:
        return self.path / "frames" / f"{number}.json"


def _newer(path: Path, size: int, modified: int) -> int:
    """When a file of this size was changed; the time that was known where it isn't there, or is another one."""
    try:
        stat = path.stat()
    except OSError:
        return modified
    return stat.st_mtime_ns if stat.st_size == size else modified


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
