"""What a batch remembers: how each shot ended, by which later ones go; and its page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from vfx_ai.errors import OutputError
from vfx_ai.farm.found import Found
from vfx_ai.farm.task import OUTCOME
from vfx_ai.media.atomic import replacing, unchanged
from vfx_ai.proof.wording import counted, duration, percent

STATE, PAGE = "batch.json", "batch.html"
_NOT_PIXELS = ("force", "device", "memory")  # that make no other result


@dataclass(frozen=True)
class ShotResult:
    """How a shot of a batch ended.

    Attributes:
        name, kind, output: of the shot.
        state: "done", "before" (finished by an earlier batch), "failed", "submitted" or "left".
        frames: how many.
        figures: of its report, as `inpaint` gives them with --json.
        seconds: that it took.
        report: its page; "": none.
        message, file, frame, remedy: of the error that it ended with.
        key: of the job and its inputs, by which a later batch knows it.
    """

    name: str
    kind: str
    output: str
    state: str
    frames: int = 0
    figures: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    report: str = ""
    message: str = ""
    file: str = ""
    frame: int | None = None
    remedy: str = ""
    key: str = ""

    def failed(self, message: str, file: str, frame: int | None, remedy: str) -> ShotResult:
        """The same shot, ended with an error."""
        return replace(self, state="failed", message=message, file=file, frame=frame, remedy=remedy)

    @property
    def words(self) -> str:
        """In a line."""
        if self.state == "failed":
            where = ", ".join(filter(None, (self.file, "" if self.frame is None else f"frame {self.frame}")))
            return f"failed: {where + ': ' if where else ''}{self.message}. {self.remedy}".strip()
        if self.state in ("submitted", "left"):
            return {"submitted": f"submitted: {self.report}", "left": "not begun"}[self.state]
        real = percent(self.figures.get("real", 0), self.figures.get("hole", 0))
        look = len(self.figures.get("look_at", ()))
        to_look = f", look at {counted(look, 'frame')}" if look else ""
        took = "finished before" if self.state == "before" else duration(self.seconds)
        return f"{counted(self.frames, 'frame')}, {real} real{to_look}, {took}"


@dataclass(frozen=True)
class Night:
    """All shots of a batch, and the page over them; "" if nothing was written."""

    shots: tuple[ShotResult, ...]
    page: str = ""

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the shots that failed."""
        return tuple(one.name for one in self.shots if one.state == "failed")

    @property
    def headline(self) -> str:
        """How it went, in a line."""
        counts = {word: sum(one.state == state for one in self.shots) for state, word in STATES.items()}
        return f"{counted(len(self.shots), 'shot')}: " + ", ".join(f"{n} {word}" for word, n in counts.items() if n)


STATES = {
    "failed": "failed",
    "done": "done",
    "before": "finished before",
    "submitted": "submitted",
    "left": "not begun",
}


def since(earlier: ShotResult) -> ShotResult:
    """What became of a shot that was submitted: a task of its job writes that beside the job's file."""
    if earlier.state != "submitted":
        return earlier
    try:
        data = json.loads((Path(earlier.report).parent / OUTCOME).read_text(encoding="utf-8"))
        if error := data.get("error"):
            frame = error["frame"] if isinstance(error["frame"], int) else None
            message, file, remedy = (str(error[name]) for name in ("message", "file", "remedy"))
            return replace(earlier, report="").failed(message, file, frame, remedy)
        figures = dict(data["figures"])
        seconds = sum(float(one) for one in figures["seconds"].values())
        return replace(earlier, state="done", figures=figures, seconds=seconds, report=str(figures["report"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return earlier


def key_of(found: Found) -> str:
    """Of a job and the files that it reads."""
    fields = {name: value for name, value in asdict(found.farm_job.job).items() if name not in _NOT_PIXELS}
    files = [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in found.files]
    whole = json.dumps([found.farm_job.kind, fields, files], sort_keys=True)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def stands(earlier: ShotResult) -> bool:
    """Whether a shot's results are as its report left them."""
    try:
        data = json.loads(Path(earlier.figures["report.json"]).read_text(encoding="utf-8"))
        frames = data["frames"]
        there = (unchanged(Path(f["result"]).stat(), f["result_bytes"], f["result_mtime_ns"]) for f in frames)
        return len(frames) == earlier.frames and all(there)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def known_from(folder: Path) -> dict[str, ShotResult]:
    """What an earlier batch remembers, by the shots' names; nothing where that can't be read."""
    try:
        data = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return {one["name"]: ShotResult(**one) for one in data["shots"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def write_night(folder: Path, results: list[ShotResult]) -> Night:
    """Write the page, and what a later batch goes by."""
    from vfx_ai.farm.batch_page import page_html

    night = Night(tuple(results), str(folder / PAGE))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the page can't be written: {error.strerror or error}", file=folder, remedy="Name another with --page."
        ) from None
    with replacing(folder / STATE) as beside:
        text = json.dumps({"schema": 1, "shots": [asdict(one) for one in results]}, indent=1)
        beside.write_text(text, encoding="utf-8")
    with replacing(folder / PAGE) as beside:
        beside.write_bytes(page_html(night, folder).encode("utf-8", "replace"))
    return night
