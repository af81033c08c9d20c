"""A job for many machines: cut by its cost, and written as a bundle or done at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vfx_ai.budget import LEAST, parse_memory
from vfx_ai.errors import JobError, VerifyError
from vfx_ai.farm.chunks import TARGET_SECONDS, Chunk, chunk_size, cut
from vfx_ai.farm.cost import Costs, estimate
from vfx_ai.farm.found import Found, find
from vfx_ai.farm.jobfile import Asked
from vfx_ai.farm.pieces import share
from vfx_ai.farm.raying import Cluster, cluster
from vfx_ai.farm.spawn import Slots
from vfx_ai.farm.template import JOB_FILE, check_bundle, template, write_deadline, write_openjd
from vfx_ai.job import Progress, silent
from vfx_ai.media.atomic import replacing
from vfx_ai.media.output import stem_of

TO = ("openjd", "deadline", "ray", "local")
AT_ONCE = ("ray", "local")
CHUNKS_PER_WORKER = 3  # of this machine: so that none waits long for the last one
TRIES = 3


@dataclass(frozen=True)
class Submitted:
    """What was made of a job for many machines.

    Attributes:
        to: "openjd", "deadline", "ray" or "local".
        bundle: the folder with its files; "" if nothing was written.
        files: that were written.
        output: the pattern of the result.
        frames: that are asked for.
        finished: of these, known to need nothing more.
        chunk: frames of a chunk.
        chunks: the frames of each chunk that is to be done, and the seconds that it is expected to take.
        costs: what the steps are expected to take, and what that is based on.
        workers: how many chunks are done at a time, where they are done at once; of a cluster that wasn't asked, 1.
        answer: of a run that was done: its figures, as `inpaint` gives them with --json.
        retried: how often a piece had to be tried again.
        seconds: what the run took.
    """

    to: str
    bundle: str
    files: tuple[str, ...]
    output: str
    frames: tuple[int, ...]
    finished: tuple[int, ...]
    chunk: int
    chunks: tuple[Chunk, ...]
    costs: Costs
    workers: int = 0
    answer: dict[str, Any] | None = None
    retried: int = 0
    seconds: float = 0.0


def submit(
    job: Asked,
    to: str,
    bundle: str = "",
    *,
    chunk: int = 0,
    target: float = TARGET_SECONDS,
    workers: int = 0,
    threads: int = 0,
    program: str = "vfx-ai",
    address: str = "",
    gpus: float | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Submitted:
    """Cut a job into chunks, and write it for a scheduler or do it here.

    Args:
        job: of `inpaint`, `plate clean` or `plate extend`.
        to: "openjd" or "deadline" (a bundle), "ray" or "local" (done at once).
        bundle: the folder for the bundle; of what is done at once: "" is one beside the result.
        chunk: frames of a chunk; 0: by the estimated cost.
        target: seconds that a chunk should take, where its size is chosen.
        workers: processes at a time with "local"; 0: one for each GPU, else one.
        threads: that each process computes with; 0: as the machine has it. Other numbers may change last bits.
        program: the command on the farm's machines.
        address: of the Ray cluster.
        gpus: that each of Ray's tasks gets; None: one if there are any.
        dry_run: say what would be done; nothing is written.
        progress, cancelled: as for a run.

    Raises:
        VfxAiError: what was asked can't be done, or a chunk failed as often as it was tried.
    """
    _check(to, bundle, chunk, target, workers, threads, dry_run=dry_run)
    if to == "ray" and not address and not dry_run:
        raise JobError("Ray needs the address of a cluster", remedy="Give --address; here alone use --to local.")
    found = find(job)
    costs = estimate(found)
    here = _gpus(job) if to in AT_ONCE else 0
    places = (workers or here or 1) if to in AT_ONCE else 0
    left = found.frames
    if to in AT_ONCE and not job.force:
        left = tuple(n for n in found.frames if n not in set(costs.finished))

    def cut_for(places: int) -> Submitted:
        size = chunk or chunk_size(left, costs, target)
        if not chunk and places:
            size = max(1, min(size, -(-len(left) // (CHUNKS_PER_WORKER * places))))
        chunks = cut(left, size, costs)
        return Submitted(to, "", (), found.output, found.frames, costs.finished, size, chunks, costs, places)

    told = cut_for(places)
    if dry_run:
        return told
    folder = Path(bundle) if bundle else _beside(found.output)
    if to not in AT_ONCE:
        made = template(found, costs, told.chunk, 0 if chunk else target, program, threads)
        files = (write_deadline if to == "deadline" else write_openjd)(folder, found, made)
        return replace(told, bundle=str(folder), files=tuple(map(str, files)))
    file = _job_file(folder, found)
    with _slots(to, file, found, places, here, threads, address, gpus) as slots:
        if slots.count != places:  # how many a cluster does at a time is known once it is asked
            told = cut_for(slots.count)
        pieces = [one.frames for one in told.chunks]
        shared = share(found.frames, pieces, slots.do, slots.count, TRIES, progress, cancelled)
    told = replace(told, bundle=str(folder), files=(str(file),), answer=shared.answer)
    if shared.answer.get("passed") is False:
        raise VerifyError(str(shared.answer.get("verdict")), file=found.output, remedy="See its report.")
    return replace(told, retried=shared.retried, seconds=shared.seconds)


def _slots(
    to: str, file: Path, found: Found, places: int, here: int, threads: int, address: str, gpus: float | None
) -> AbstractContextManager[Slots | Cluster]:
    """What does the pieces: processes of this machine, `here` of whose GPUs may be used, or a cluster."""
    if to == "ray":
        return cluster(address, float(bool(here)) if gpus is None else gpus, file, [])
    # They share this machine's memory.
    budget = max(LEAST, parse_memory(found.farm_job.job.memory) // max(1, 1 if here else places))
    own: dict[str, str] = {"OMP_NUM_THREADS": str(threads)} if threads else {}
    each = [{**own, "CUDA_VISIBLE_DEVICES": str(i % here)} if here else own for i in range(places)]
    return nullcontext(Slots(each, file, [f"--set=memory={budget // 2**20}M"]))


def _job_file(folder: Path, found: Found) -> Path:
    check_bundle(folder)
    file = folder / JOB_FILE
    with replacing(file) as beside:
        beside.write_text(found.farm_job.to_json(), encoding="utf-8")
    return file


def _beside(output: str) -> Path:
    return Path(output).parent / f"{stem_of(output)}.vfx-ai" / "shared"


def _gpus(job: Asked) -> int:
    """GPUs of this machine that the job may use."""
    if job.device not in ("auto", "cuda"):
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _check(to: str, bundle: str, chunk: int, target: float, workers: int, threads: int, *, dry_run: bool) -> None:
    if to not in TO:
        raise JobError(f"a job can't go to {to!r}", remedy=f"Use one of: {', '.join(TO)}.")
    if to not in AT_ONCE and not bundle and not dry_run:
        raise JobError("no folder was given for the bundle", remedy="Name one, e.g. --bundle out/job.")
    for name, value in (("chunk", chunk), ("workers", workers), ("threads", threads)):
        if value < 0:
            raise JobError(f"{name} is {value}", remedy="Give 0 or more.")
    if not target > 0:
        raise JobError(f"a chunk is to take {target:g} seconds", remedy="Give more, e.g. --target 600.")
