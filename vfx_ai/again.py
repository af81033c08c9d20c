"""A result done again from its sidecar, and compared with it, bit for bit.

Results go to a new folder; what a sidecar may name is looked at in `again_inputs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from vfx_ai.again_inputs import Moved, asked_now, check_inputs
from vfx_ai.errors import JobError, OutputError, VfxAiError
from vfx_ai.job import Job, Progress, silent
from vfx_ai.media.pattern import ranges
from vfx_ai.plates.by_model import plate_by_model
from vfx_ai.plates.clean import clean
from vfx_ai.plates.edit import edit
from vfx_ai.plates.extend import extend
from vfx_ai.plates.generate import generate_plate
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.plates.jobs_new import PlateByModel, PlateGenerate, PlateLoop
from vfx_ai.plates.loop import make_loop
from vfx_ai.plates.single import Single
from vfx_ai.proof.hashes import Hashes
from vfx_ai.proof.same import same_pixels
from vfx_ai.proof.sidecar import SUFFIX, Sidecar, read_sidecar, sidecar_of
from vfx_ai.reading import read
from vfx_ai.run import run
from vfx_ai.studio.results import trial
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.versions import versions

_File = tuple[str, str]  # its name and its SHA-256
_MARK = ".reproduced-from"
_USUAL = "25%"
_BY_MEMORY = ("plate_generate",)  # with less of it, patches are searched at a smaller size


@dataclass(frozen=True)
class Again:
    """What came of doing a result again.

    Attributes:
        output: the pattern of the new files.
        identical: frames whose files are the same, byte for byte.
        same_pixels: frames whose files differ (a header, how they are packed), and hold the same bits in every channel.
        differing: frames with other pixels, and how many differ; None: the first result isn't there to be compared.
        told: versions and devices that are others now, a sentence each.
        sidecar: of the new files.
    """

    output: str
    identical: tuple[int, ...]
    same_pixels: tuple[int, ...]
    differing: dict[int, int | None]
    told: tuple[str, ...]
    sidecar: str

    @property
    def passed(self) -> bool:
        """Whether every pixel is the same."""
        return not self.differing


def reproduce(
    sidecar: Path,
    out: Path | None = None,
    moved: Moved = (),
    *,
    frames: str = "",
    device: str = "",
    memory: str = "",
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> Again:
    """Do a result again, and compare.

    Args:
        sidecar: the file beside the result.
        out: folder of the new files: a new one, an empty one, or that of the same attempt that was interrupted; None:
            `<stem>.again` beside the sidecar.
        moved: (old, new) beginnings of paths, for inputs that lie elsewhere now; the longest that fits is taken.
        frames: which of the result's; "": all of them. Not of plates that are made whole.
        device: as in a Job; "": the one that the result was made on.
        memory: as in a Job; "": the usual share, or what was asked for where that decides what is made.
        progress, cancelled: as for a run.

    Raises:
        InputError: the sidecar can't be read; inputs are missing or aren't what they were: all of them are counted,
            the first ones named, and nothing is run.
        OutputError: the folder holds other files.
        VfxAiError: what a run raises.
    """
    known = read_sidecar(sidecar)
    if known.kind not in _KINDS:
        raise JobError(f"{known.kind!r} can't be done again", file=sidecar, remedy=f"It can: {', '.join(_KINDS)}.")
    if not known.frames:
        raise JobError("it tells of no finished frame", file=sidecar, remedy="Do the job again.")
    asked = asked_now(known, _KINDS[known.kind][0], moved, sidecar)
    tell = Teller(progress, cancelled, [])
    check_inputs(known, asked, moved, sidecar, tell)
    told = tuple(differences(known, device))
    for one in told:
        tell.note(one, "warning")
    folder = _folder(sidecar, out, known)
    asked |= {"output": str(folder / known.pattern), "device": device or _device(known)}
    if memory or known.kind not in _BY_MEMORY:
        asked["memory"] = memory or _USUAL
    whole = not isinstance(asked.get("frames"), str) or bool(asked.get("single"))  # of a new plate it is their number
    if whole and frames:
        raise JobError("this result is made as a whole", file=sidecar, remedy="Leave --frames out.")
    if not whole:
        asked["frames"] = frames or ranges((frame.frame for frame in known.frames), shorten=False)
        asked["sample"] = 0
    with trial():  # the first result is the one that counts
        output = _KINDS[known.kind][1](read(_KINDS[known.kind][0], asked), progress, cancelled)
    again = _compared(known, read_sidecar(sidecar_of(output)), sidecar.parent, folder, told)
    if not frames:
        lost = {frame.frame for frame in known.frames} - {*again.identical, *again.same_pixels, *again.differing}
        again = replace(again, differing={**again.differing, **dict.fromkeys(sorted(lost))})
    if not (again.identical or again.same_pixels or again.differing):
        raise JobError("the first result has none of these frames", file=sidecar, remedy="Name some that it has.")
    return again


def differences(known: Sidecar, device: str = "") -> Iterator[str]:
    """What is another now than when the result was made, of all that can change its bits; a sentence each."""
    now = versions()
    for name, then in known.versions.items():
        if now.get(name, "") != str(then):
            yield f"{name} was {then}, and is {now.get(name) or 'not known'} here."
    if device and device != _device(known):
        yield f"It was made on {known.device}, and is done again on {device}."


def _folder(sidecar: Path, out: Path | None, known: Sidecar) -> Path:
    """The folder of the new files, made and marked; one that holds anything else is refused."""
    folder = out or sidecar.parent / f"{sidecar.name.removesuffix(SUFFIX)}.again"
    mark, words = folder / _MARK, f"{known.job} {known.started}\n"
    try:
        mine = mark.is_file() and mark.read_text(encoding="utf-8") == words
        if not mine and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError("it holds other files", file=folder, remedy="Name a new or an empty folder with --out.")
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text(words, encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"the folder can't be made: {why}", file=folder, remedy="Name another with --out.") from None
    return folder


def _device(known: Sidecar) -> str:
    """The kind of device that a result was made on, as a job names it."""
    first = known.device.split(" ")[0].lower()
    return first if first in ("cpu", "mps") else "cuda" if known.device else "auto"


def _compared(known: Sidecar, made: Sidecar, before: Path, after: Path, told: tuple[str, ...]) -> Again:
    identical, same, differing = [], [], {}
    then = {frame.frame: frame for frame in known.frames}
    for frame in made.frames:
        old = then.get(frame.frame)
        if old is None:
            continue
        pairs = list(zip_longest(old.files, frame.files[: len(old.files)], fillvalue=("", "")))
        if all(first[1] == again[1] for first, again in pairs):
            identical.append(frame.frame)
            continue
        off = [_differing(before, first, after, again, frame.frame) for first, again in pairs]
        if not any(one is None or one for one in off):
            same.append(frame.frame)
        else:
            differing[frame.frame] = None if None in off else sum(one or 0 for one in off)
    now = {one.get("name"): one.get("sha256") for one in made.models}
    other = [one.get("name") for one in known.models if now.get(one.get("name")) != one.get("sha256")]
    told += tuple(f"The model {name} isn't what it was." for name in other)
    output = str(after / made.pattern)
    return Again(output, tuple(identical), tuple(same), differing, told, str(sidecar_of(output)))


def _differing(before: Path, first: _File, after: Path, again: _File, frame: int) -> int | None:
    """How many pixels differ from those of the first result; None where one of them isn't there as it was."""
    if first[1] == again[1]:
        return 0
    old = before / first[0]
    try:
        if not again[0] or not old.is_file() or Hashes(None).of(old, frame).sha256 != first[1]:
            return None
        return same_pixels(old, after / again[0], frame)
    except VfxAiError:
        return None


def _inpaint(asked: Job, progress: Progress, cancelled: Cancelled) -> str:
    return str(run(asked, progress, cancelled).job["output"])


def _clean(asked: Clean, progress: Progress, cancelled: Cancelled) -> str:
    made = clean(asked, progress, cancelled)
    return made.output if isinstance(made, Single) else str(made.job["output"])


def _extend(asked: Extend, progress: Progress, cancelled: Cancelled) -> str:
    return str(extend(asked, progress, cancelled).job["output"])


def _edit(asked: Edit, progress: Progress, cancelled: Cancelled) -> str:
    return str(edit(asked, progress, cancelled).job["output"])


def _generate(asked: PlateGenerate, progress: Progress, cancelled: Cancelled) -> str:
    return generate_plate(**_fields(asked), progress=progress, cancelled=cancelled).output


def _by_model(asked: PlateByModel, progress: Progress, cancelled: Cancelled) -> str:
    return plate_by_model(**_fields(asked), progress=progress, cancelled=cancelled).output


def _loop(asked: PlateLoop, progress: Progress, cancelled: Cancelled) -> str:
    return make_loop(**_fields(asked), progress=progress, cancelled=cancelled).output


def _fields(asked: PlateByModel | PlateGenerate | PlateLoop) -> dict[str, Any]:
    return {one.name: getattr(asked, one.name) for one in fields(asked)}


# What was asked of each kind that can be done again, and how it is done.
_KINDS: dict[str, tuple[Any, Callable[[Any, Progress, Cancelled], str]]] = {
    "inpaint": (Job, _inpaint),
    "plate_clean": (Clean, _clean),
    "plate_extend": (Extend, _extend),
    "edit": (Edit, _edit),
    "plate_generate": (PlateGenerate, _generate),
    "plate_by_model": (PlateByModel, _by_model),
    "plate_loop": (PlateLoop, _loop),
}
