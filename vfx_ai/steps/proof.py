"""The sidecar of a run: all that was read and written is hashed, once a file, and written down beside the results."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vfx_ai.errors import InputError, JobError, VfxAiError
from vfx_ai.matte.objects import names_beside
from vfx_ai.media.painted import find_painted
from vfx_ai.media.sequence import find_sequence, output_path
from vfx_ai.motion.camera_files import split_prim
from vfx_ai.proof.hashes import Hashes
from vfx_ai.proof.record import Report
from vfx_ai.proof.sidecar import HashedFile, Input, ResultFrame, Sidecar, sidecar_of, write_sidecar
from vfx_ai.steps.asked import Asked
from vfx_ai.steps.unpainted import stands
from vfx_ai.steps.workfolder import WorkFolder
from vfx_ai.studio.results import Drawn, enter_result, entered_where
from vfx_ai.telling import Teller
from vfx_ai.versions import versions

# The fields that name what is read, by the kind of what was asked, as `worker.kinds` names it.
READ: dict[str, tuple[str, ...]] = {
    "inpaint": ("plate", "matte", "camera", "painted", "reference"),
    "plate_clean": ("plate", "matte"),
    "plate_extend": ("plate", "matte", "camera", "reference"),
    "edit": ("plate", "matte", "reference"),
    "plate_generate": ("like", "mask"),
    "plate_by_model": ("image", "reference"),
    "plate_loop": ("plate",),
}
# Numbers that random ones are drawn from, where they aren't asked for.
_SEEDS = {"grain": "the frame's number and the pixel's place"}


def write_run(asked: Asked, report: Report, tell: Teller, kind: str, fields: dict[str, Any]) -> Path:
    """Write the sidecar of a run, and give its path.

    Args:
        asked: the job with its files.
        report: what was done.
        tell: is asked whether to stop; what was hashed until then isn't read again by the next run.
        kind: of READ: what was asked for.
        fields: as it was asked.

    Raises:
        VfxAiError: a file can't be read any more, or the sidecar can't be written; Interrupted.
    """
    records = ((n, asked.finished(n)) for n in asked.plate.frames)
    done = [(n, record) for n, record in records if record is not None and stands(record, asked.painted)]
    notes = report.notes
    if changed_since(asked):
        told = "A file of the plate or the matte changed while the run went on: its hash may be of the new one."
        tell.note(told, "warning")
        notes = (*notes, told)
    return written(
        asked.output,
        asked.folder.path,
        kind,
        fields,
        [(n, record.by_source, record.engine) for n, record in done],
        tell,
        apart={n: Path(record.apart) for n, record in done if record.apart},
        job=asked.folder.job_hash,
        engine={"name": report.engine, "why": report.why, "trials": list(report.trials)},
        color=asdict(report.color) if report.color else {},
        device=report.device,
        started=report.started,
        verdict=report.verdict,
        models=report.models,
        rights=report.rights,
        notes=notes,
    )


def changed_since(asked: Asked) -> bool:
    """Whether a file that decides the result isn't what it was when the run began."""
    inputs = [one for one in (asked.plate, asked.matte) if one is not None]
    try:
        now = WorkFolder(asked.output, asked.job, inputs, asked.space, asked.folder.maker)
        return now.key != asked.folder.key
    except (OSError, InputError):
        return True


def written(
    output: str,
    folder: Path,
    kind: str,
    fields: dict[str, Any],
    done: list[tuple[int, dict[str, int], str]],
    tell: Teller,
    drawn: Drawn | None = None,
    apart: Mapping[int, Path] = MappingProxyType({}),
    **told: Any,
) -> Path:
    """Hash what was read and written, write the sidecar, and give its path.

    Args:
        output: the resolved pattern of the results.
        folder: where hashes are remembered.
        kind, fields: what was asked, see READ.
        done: of each finished frame its number, what was made of it (see `ResultFrame`), and the engine.
        tell: is asked whether to stop.
        drawn: what of a catalogue was cleared for it: its ledger gets the result, or an error says why it can't.
        apart: of a frame the file of what a model made of it by itself.
        told: other fields of a Sidecar.

    Raises:
        VfxAiError: as `write_run`.
    """
    clock, hashes, results = time.perf_counter(), Hashes(folder / "hashes.json", tell.check), []
    try:
        inputs = tuple(
            Input(name, spec, tuple(_hashed(hashes, frame, path) for frame, path in files))
            for name, spec, files in inputs_of(kind, fields)
        )
        for number, made, engine in done:
            path = output_path(output, number)
            found = hashes.of(path, number)
            aside = _hashed(hashes, number, apart[number]) if number in apart else None
            aside = None if aside is None else replace(aside, path=apart[number].name)
            results.append(ResultFrame(number, path.name, found.bytes, found.sha256, made, engine, aside))
    finally:
        hashes.keep()
    cost = {"files": sum(len(one.files) for one in inputs) + len(results), "bytes": hashes.read_bytes}
    seeds = {name: value for name, value in fields.items() if "seed" in name}
    sidecar = Sidecar(
        kind=kind,
        asked=_from_the_root(kind, fields),
        pattern=Path(output).name,
        inputs=inputs,
        frames=tuple(results),
        seeds=seeds or dict(_SEEDS),
        versions=versions(),
        machine=platform.platform(),
        hashing={**cost, "seconds": round(time.perf_counter() - clock, 3)},
        **told,
    )
    path = sidecar_of(output)
    try:
        sidecar = replace(sidecar, rights=_entered(output, sidecar, tell, drawn) or sidecar.rights)
    finally:
        write_sidecar(sidecar, path)
    return path


def _entered(output: str, sidecar: Sidecar, tell: Teller, drawn: Drawn | None) -> dict[str, Any]:
    """The ledger's entry for a result; {} where no catalogue is named, or that of $VFX_AI_CATALOGUE can't be asked."""
    folder, doubt = entered_where(drawn)
    if doubt:
        tell.note(doubt, "warning")
    if not folder:
        return {}
    try:
        return _enter(folder, output, sidecar, drawn)
    except VfxAiError as error:  # the result is whole, and says what it is
        if drawn is not None:
            raise
        tell.note(f"The result wasn't entered in the studio's ledger: {error}", "warning")
        return {}


def _enter(folder: str, output: str, sidecar: Sidecar, drawn: Drawn | None) -> dict[str, Any]:
    return enter_result(
        folder,
        output,
        {one.frame: one.sha256 for one in sidecar.frames},
        engine=str(sidecar.engine.get("name", "")),
        models=sidecar.models,
        inputs=sidecar.read,
        drawn=drawn,
        made={one.frame: one.made.sha256 for one in sidecar.frames if one.made},
        kind=sidecar.kind,
        job=sidecar.job,
    )


def inputs_of(kind: str, fields: dict[str, Any]) -> Iterator[tuple[str, str, list[tuple[int | None, Path]]]]:
    """The files that each field names: its name, what it says, and (frame, path) of each; a file only once.

    Args:
        kind: of READ.
        fields: of what was asked, by name.

    Raises:
        VfxAiError: there is no such kind, or a file isn't there.
    """
    if kind not in READ:
        raise JobError(f"nothing is known of {kind!r}", remedy=f"It is one of: {', '.join(READ)}.")
    missing = fields.get("missing", "error")
    matte = "matte" if fields.get("matte") else "plate"
    for name in READ[kind]:
        value = fields.get(name) or ()
        for spec in (value,) if isinstance(value, str) else value:
            files = list(_files(name, spec, fields, missing))
            yield name, _rooted(name, spec), files
            if name == matte and fields.get("matte_objects"):
                names = _names_of_objects(files, str(fields.get("matte_layer") or ""))
                if names:  # apart, so that the files of the plate stay those of a shot
                    yield "matte_objects", str(fields["matte_objects"]), names


def _files(name: str, spec: str, fields: dict[str, Any], missing: str) -> Iterator[tuple[int | None, Path]]:
    if name == "camera":
        yield None, split_prim(Path(spec))[0]
    elif name == "painted":
        for file in find_painted(spec, find_sequence(fields["plate"], missing=missing))[0]:
            yield file.number, file.path
    else:
        sequence = find_sequence(spec, missing=missing, role=name)
        for number in sequence.present:
            yield None if sequence.single else number, sequence.path(number)
            if sequence.single:
                return


def _names_of_objects(files: list[tuple[int | None, Path]], layer: str) -> list[tuple[int | None, Path]]:
    """The files that give objects their names, each once: they decide what a pattern like "crowd_*" means."""
    beside = (names_beside(path, frame or 0, layer) for frame, path in files)
    return [(None, path) for path in dict.fromkeys(path for path in beside if path is not None)]


def _hashed(hashes: Hashes, frame: int | None, path: Path) -> HashedFile:
    found = hashes.of(path, frame)
    return HashedFile(frame, str(path.absolute()), found.bytes, found.sha256)


def _from_the_root(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with all paths written out from the root of their disk."""
    rooted = dict(fields)
    for name in (*READ[kind], "output"):
        value = fields.get(name)
        if isinstance(value, str) and value:
            rooted[name] = _rooted(name, value)
        elif value:
            rooted[name] = [_rooted(name, one) for one in value]
    return rooted


def _rooted(name: str, spec: str) -> str:
    """What was written, each name in it from the root of its disk."""
    several = name == "painted" and "," in spec and not Path(spec).expanduser().exists()
    names = [one.strip() for one in spec.split(",") if one.strip()] if several else [spec]
    return ",".join(str(Path(one).expanduser().absolute()) for one in names)
