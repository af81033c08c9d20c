"""What the command `vfx-ai disclose` does: sidecars, signatures and the studio's ledger become one sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vfx_ai.errors import InputError, JobError, VfxAiError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.hashing import hash_file
from vfx_ai.proof.disclosure import Beside, Line, Part, Sheet, page_html, sheet_of
from vfx_ai.proof.disclosure_pdf import write_pdf
from vfx_ai.proof.sidecar import SUFFIX, Sidecar, read_sidecar
from vfx_ai.proof.signature import manifest_of, read_signature
from vfx_ai.proof.signing import changed_frames, find_sidecar
from vfx_ai.proof.wording import counted

if TYPE_CHECKING:
    from vfx_ai.studio.trace import Lent, Trace

MOST = 20_000  # results of a show
Step = Callable[[int, int], None]
_WORTH = {
    "trusted": "right, of a trusted signer",
    "unsure": "right; whether the signer is trusted wasn't asked",
    "unknown": "right, and nobody vouches for the signer",
    "expired": "of a certificate that is over",
    "broken": "BROKEN: what was signed was changed",
}


@dataclass(frozen=True)
class Disclosed:
    """A sheet that was written.

    Attributes:
        output: the file.
        sheets: a sheet for each result.
        unread: sidecars that couldn't be read, and why: the sheet says nothing of these.
    """

    output: str
    sheets: tuple[Sheet, ...]
    unread: dict[str, str]

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of results with frames that aren't what their sidecar says."""
        return tuple(sheet.name for sheet in self.sheets if sheet.changed)

    @property
    def generated(self) -> tuple[str, ...]:
        """Names of results with pixels of a trained model."""
        return tuple(sheet.name for sheet in self.sheets if sheet.level == "generated")


def disclose(
    results: Sequence[str],
    output: Path,
    *,
    title: str = "",
    catalogue: str = "",
    trust: Path | None = None,
    check: bool = True,
    step: Step = lambda _done, _total: None,
) -> Disclosed:
    """Write the disclosure sheet of results.

    Args:
        results: sidecars, patterns of results, or folders: all results in and below them, as a batch leaves them.
        output: .html or .pdf.
        title: of the show; "": the result's name, or the folder's.
        catalogue: folder of the studio's catalogue, whose ledger is asked for training and consent; "": none.
        trust: certificates that are trusted, where results are signed.
        check: compare all frames with their hashes.
        step: called with (done, total) of the results; may raise to stop.

    Raises:
        JobError: the output is of another kind.
        InputError: no result is there, none can be read, or there is no such catalogue.
        VerifyError: the ledger was changed.
        OutputError: the sheet can't be written.
    """
    kind = output.suffix.lower()
    if kind not in (".html", ".pdf"):
        raise JobError(f"a sheet is not written as {kind or 'a file without an ending'}", remedy="Write .html or .pdf.")
    found = tuple(dict.fromkeys(path for result in results for path in _sidecars(result)))
    sheets, unread = [], {}
    for done, sidecar in enumerate(found, 1):
        try:
            known = read_sidecar(sidecar)
        except InputError as error:
            unread[str(sidecar)] = error.message
        else:
            beside = _beside(known, sidecar, catalogue, trust, check=check)
            sheets.append(sheet_of(known, sidecar, hash_file(sidecar).sha256, beside))
        step(done, len(found))
    if not sheets:
        path, why = next(iter(unread.items()))
        raise InputError(f"none of {counted(len(found), 'sidecar')} can be read; this one: {why}", file=path)
    words = title or (sheets[0].name if len(found) == 1 else Path(results[0]).absolute().name)
    written = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    sheets += [_unread(path, why) for path, why in unread.items()]
    if kind == ".pdf":
        write_pdf(words, sheets, written, output)
    else:
        with replacing(output) as beside_it:
            beside_it.write_text(page_html(words, sheets, written), encoding="utf-8", errors="replace")
    return Disclosed(str(output), tuple(sheets), unread)


def _sidecars(result: str) -> Iterator[Path]:
    path = Path(result)
    if not path.is_dir():
        yield find_sidecar(result)
        return
    found = 0
    for one in sorted(path.rglob(f"*{SUFFIX}")):
        found += 1
        if found > MOST:
            raise InputError(f"more than {MOST:,} results lie below it", file=path, remedy="Name folders within it.")
        yield one
    if not found:
        raise InputError("no result with a sidecar lies in or below it", file=path, remedy="Name another folder.")


def _unread(path: str, why: str) -> Sheet:
    """The sheet of a result of which nothing is known; it counts as what must be looked at."""
    name = Path(path).name
    lines = (Line("Not known", f"its sidecar can't be read: {why}", name),)
    none = dict.fromkeys(("real", "patch", "painted", "generated", "smooth"), 0)
    part = Part("What is known?", lines)
    return Sheet(name.removesuffix(SUFFIX), "unread", "Nothing can be said of this result.", (part,), path, "", none)


def _beside(known: Sidecar, sidecar: Path, catalogue: str, trust: Path | None, *, check: bool) -> Beside:
    models: tuple[Line, ...] = ()
    consent: tuple[Line, ...] = ()
    if catalogue:
        models, consent = _ledger(known, sidecar, catalogue)
    changed = changed_frames(known, sidecar.parent) if check else {}
    return Beside(
        _frames(known, sidecar, changed) if check else Line("Frames", "not compared with their hashes", sidecar.name),
        _signature(sidecar, trust),
        models,
        consent,
        bool(catalogue),
        len(changed),
    )


def _frames(known: Sidecar, sidecar: Path, changed: dict[int, str]) -> Line:
    total = counted(len(known.frames), "frame")
    if not changed:
        return Line("Frames", f"all of {total} are what the sidecar says", f"{known.pattern}, {sidecar.name}")
    named = "; ".join(f"{frame} {why}" for frame, why in list(changed.items())[:8])
    return Line("Frames", f"NOT AS TOLD, {len(changed)} of {total}: {named}", f"{known.pattern}, {sidecar.name}")


def _signature(sidecar: Path, trust: Path | None) -> Line:
    target = manifest_of(sidecar)
    if not target.is_file():
        return Line("Signature", "it isn't signed", target.name)
    try:
        found = read_signature(sidecar, trust).found
    except VfxAiError as error:
        return Line("Signature", f"can't be checked: {error.message}", target.name)
    return Line("Signature", f"{_WORTH[found.state]}: {found.signer or 'not named'}", target.name)


def _ledger(known: Sidecar, sidecar: Path, catalogue: str) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """What the studio's ledger says of training, and of consent; from one frame, since all are of one job."""
    from vfx_ai.studio.trace import trace

    there = [path for frame in known.frames if (path := sidecar.parent / frame.file).is_file()]
    if not there:
        return (), (Line("Rights", "not known: no frame of it is there", known.pattern),)
    traced = trace(there[0], catalogue)
    told = f"ledger's entry {traced.entry}" if traced.entry else "ledger"
    return tuple(_trained(traced, told)), tuple(_consent(traced, told))


def _trained(traced: Trace, told: str) -> Iterator[Line]:
    for model in traced.models:
        name = model.name or "a model without a name"
        if model.trained_on:
            for lent in model.trained_on:
                yield Line(name, _shot(lent), told)
        else:
            silent = "nothing that the ledger names" if model.known else "not known: it isn't in the ledger"
            yield Line(name, model.told or silent, "sidecar" if model.told else told)
        for base in model.base:
            yield Line(name, f"began with {base}", told)


def _consent(traced: Trace, told: str) -> Iterator[Line]:
    lent = [*traced.references, *(one for model in traced.models for one in model.trained_on)]
    for one in dict.fromkeys(lent):
        yield Line(_shot(one), _terms(one), told)
    for title in traced.withdrawn:
        yield Line(title, "WITHDRAWN since", told)
    for note in traced.notes:
        yield Line("Note", note, told)


def _shot(lent: Lent) -> str:
    return lent.shot if lent.shot.startswith(f"{lent.title}/") else f"{lent.shot} of {lent.title}"


def _terms(lent: Lent) -> str:
    words = lent.terms or ("rights that the catalogue doesn't have any more" if lent.rights else "no rights are known")
    return f"{words}; WITHDRAWN on {lent.withdrawn}" if lent.withdrawn else words
