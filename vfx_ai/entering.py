"""A result that was made without the studio's catalogue at hand, entered in its ledger afterwards, by its sidecar."""

from __future__ import annotations

from dataclasses import dataclass

from vfx_ai.errors import VerifyError
from vfx_ai.proof.sidecar import read_sidecar
from vfx_ai.proof.signing import changed_frames, find_sidecar
from vfx_ai.studio.results import enter_result


@dataclass(frozen=True)
class Entered:
    """A result in the ledger: its sidecar, how many files, and the entry's number and hash."""

    sidecar: str
    files: int
    entry: int
    hash: str


def enter_sidecar(result: str, catalogue: str) -> Entered:
    """Enter a result in a catalogue's ledger.

    Args:
        result: its sidecar, its pattern, or its folder.
        catalogue: the folder of the catalogue.

    Raises:
        InputError: there is no sidecar, it can't be read, or there is no catalogue.
        VerifyError: a file isn't what the sidecar says, or the ledger was changed.
    """
    path = find_sidecar(result)
    known = read_sidecar(path)
    changed = changed_frames(known, path.parent)
    if changed:
        frame, why = next(iter(changed.items()))
        raise VerifyError(
            f"frame {frame} {why}: {len(changed)} of {len(known.frames)} files aren't what was made",
            file=path,
            frame=frame,
            remedy="Do the result again, or bring its files back.",
        )
    entered = enter_result(
        catalogue,
        path.parent / known.pattern,
        {one.frame: one.sha256 for one in known.frames},
        engine=str(known.engine.get("name", "")),
        models=known.models,
        inputs=known.read,
        made={one.frame: one.made.sha256 for one in known.frames if one.made},
        kind=known.kind,
        job=known.job,
    )
    return Entered(str(path), len(known.frames), int(entered["entry"]), str(entered["hash"]))
