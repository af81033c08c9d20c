"""A result signed for those outside: the hash of every frame, of the report and of a preview, under one signature.

What is signed is the sidecar, which lists the frames' hashes. The manifest lies beside it as `<stem>.c2pa`; a preview,
which others will play, carries one of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError, JobError, VerifyError, VfxAiError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.hashing import hash_file
from vfx_ai.media.sequence import find_sequence
from vfx_ai.proof import manifest
from vfx_ai.proof.certificates import read_chain, read_key
from vfx_ai.proof.preview_file import find_preview, make_preview
from vfx_ai.proof.sidecar import SUFFIX, Sidecar, read_sidecar, sidecar_of
from vfx_ai.proof.signature import Signature, manifest_of, read_signature
from vfx_ai.proof.source_type import EDITS, source_type

Step = Callable[[int, int], None]
_REPORTS = ("report.html", "report.json")


@dataclass(frozen=True)
class Signed:
    """What was signed.

    Attributes:
        manifest: the file with the signature.
        sidecar: what it is over.
        preview: the picture or movie that carries one of its own; "": none.
        source_type: how the pixels were made, in IPTC's words.
        frames: how many frames it covers.
    """

    manifest: str
    sidecar: str
    preview: str
    source_type: str
    frames: int


@dataclass(frozen=True)
class SignatureVerdict:
    """What a signature is worth.

    Attributes:
        state: "trusted", "unsure", "unknown", "expired" or "broken", see `manifest.Found`.
        signer, serial: of the certificate.
        source_type: how the manifest says that the pixels were made.
        frames: how many it covers.
        changed: frames that aren't what was signed, and why.
        others: other files that aren't (the report, a preview), and why.
        why: codes of C2PA's specification.
    """

    state: str
    signer: str
    serial: str
    source_type: str
    frames: int
    changed: dict[int, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    why: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything is what was signed, and nothing speaks against the signer."""
        return self.state in ("trusted", "unsure") and not self.changed and not self.others


def find_sidecar(result: str) -> Path:
    """The sidecar of a result: named itself, by the result's pattern, or by a folder that holds one.

    Raises:
        InputError: there is none, or more than one.
    """
    path = Path(result)
    if path.is_dir():
        found = sorted(path.glob(f"*{SUFFIX}"))
    else:
        found = [path if path.name.endswith(SUFFIX) else sidecar_of(result)]
    if len(found) > 1:
        names = ", ".join(one.name for one in found[:5])
        raise InputError(f"it holds {len(found)} sidecars: {names}", file=path, remedy="Name one of them.")
    if not found or not found[0].is_file():
        raise InputError(
            "no sidecar lies beside it",
            file=found[0] if found else path,
            remedy="Do the job again, which writes it; finished frames are kept.",
        )
    return found[0]


def sign_result(
    result: str,
    certificate: Path,
    key: Path,
    *,
    preview: str = "",
    timestamp: str = "",
    step: Step = lambda _done, _total: None,
) -> Signed:
    """Sign a result.

    Args:
        result: its sidecar, its pattern, or its folder.
        certificate: the chain as PEM, the signer's own certificate first.
        key: its private key as PEM; a password is taken from the environment, see `certificates.PASSWORD`.
        preview: "movie" or "picture", made of the run's own small pictures; or a file, of which a signed copy is made.
        timestamp: address of a time-stamping authority (RFC 3161), the one thing that asks the network; "": none.
        step: called with (done, total) of the frames that are compared first.

    Raises:
        VerifyError: a frame isn't what its sidecar says: nothing is signed.
        VfxAiError: a file can't be read or written, or the key and the certificate can't sign.
    """
    chain, (secret, algorithm) = read_chain(certificate), read_key(key)
    if timestamp and not timestamp.startswith(("http://", "https://")):
        raise JobError(f"the time stamp's address is {timestamp!r}", remedy="It begins with http:// or https://.")
    sidecar = find_sidecar(result)
    known, data = read_sidecar(sidecar), sidecar.read_bytes()
    if not known.frames:
        raise JobError("it tells of no finished frame", file=sidecar, remedy="Do the job first.")
    if changed := changed_frames(known, sidecar.parent, step):
        frame, why = next(iter(changed.items()))
        which = "a frame isn't" if len(changed) == 1 else f"{len(changed)} frames aren't"
        raise VerifyError(
            f"{which} what the sidecar says; this one {why}",
            file=sidecar.parent / known.pattern,
            frame=frame,
            remedy="Do the job again; finished frames are kept.",
        )
    kind = source_type(known.kind, known.made)
    definition = _definition(known, sidecar, data, kind)
    made = manifest.sign(definition, data, None, chain, secret, algorithm, timestamp)
    target = manifest_of(sidecar)
    with replacing(target) as beside:
        beside.write_bytes(made)
    shown = ""
    if preview:
        shown = str(
            make_preview(
                preview,
                known,
                sidecar,
                lambda source, place: manifest.sign(
                    {**definition, "title": place.name}, source, place, chain, secret, algorithm, timestamp
                ),
            )
        )
    return Signed(str(target), str(sidecar), shown, kind, len(known.frames))


def verify_signature(
    result: str, trust: Path | None = None, *, step: Step = lambda _done, _total: None
) -> SignatureVerdict:
    """Whether a result is what was signed, and what its signature is worth.

    Args:
        result: its sidecar, its pattern, or its folder.
        trust: PEM of certificates that are trusted (a studio's root, or a list of such); None: the signature is
            checked, and nothing is said of who signed.
        step: called with (done, total) of the frames.

    Raises:
        VfxAiError: there is no signature, or a file can't be read. What differs is no error but in the verdict.
    """
    sidecar = find_sidecar(result)
    signature = read_signature(sidecar, trust)
    found = signature.found
    changed: dict[int, str] = {}
    others: dict[str, str] = {}
    frames = 0
    try:
        known = read_sidecar(sidecar)
        frames = len(known.frames)
        changed = changed_frames(known, sidecar.parent, step)
        changed |= _unsigned(known, sidecar.parent)
    except InputError as error:
        others[sidecar.name] = error.message
    others |= _other_files(signature, sidecar)
    return SignatureVerdict(
        found.state, found.signer, found.serial, found.source_type, frames, changed, others, found.why
    )


def changed_frames(known: Sidecar, folder: Path, step: Step = lambda _done, _total: None) -> dict[int, str]:
    """Frames whose files aren't what the sidecar says, and why; every file is read anew."""
    found: dict[int, str] = {}
    for done, frame in enumerate(known.frames, 1):
        for name, sha256 in frame.files:
            about = "" if name == frame.file else f"{name} "
            try:
                if not (folder / name).is_file():
                    found.setdefault(frame.frame, f"{about}isn't there")
                elif hash_file(folder / name, frame.frame).sha256 != sha256:
                    found.setdefault(frame.frame, f"{about}was changed")
            except InputError as error:
                found.setdefault(frame.frame, error.message)
        step(done, len(known.frames))
    return found


def _unsigned(known: Sidecar, folder: Path) -> dict[int, str]:
    """Frames that lie among the signed ones and aren't."""
    if "#" not in known.pattern:
        return {}
    try:
        there = find_sequence(str(folder / known.pattern), missing="hold", role="result")
    except VfxAiError:
        return {}
    signed = {frame.frame for frame in known.frames}
    return {n: "isn't signed" for n in there.present if n not in signed}


def _other_files(signature: Signature, sidecar: Path) -> dict[str, str]:
    """The report and the preview, where they are there and aren't what was signed."""
    found: dict[str, str] = {}
    reports = signature.said.get("reports")
    signed = reports if isinstance(reports, dict) else {}
    for name in _REPORTS:
        path = sidecar.with_name(name)
        if name in signed and path.is_file() and hash_file(path).sha256 != signed[name]:
            found[name] = "was changed"
    for path in find_preview(sidecar):
        seen = manifest.read(path, None, signature.anchors)
        if seen.state == "broken" or seen.state not in ("trusted", "unsure", signature.found.state):
            found[path.name] = f"its signature is {seen.state}"
        elif (seen.said or {}).get("sha256") != signature.sha256:
            found[path.name] = "is of another result"
    return found


def _definition(known: Sidecar, sidecar: Path, data: bytes, kind: str) -> dict[str, Any]:
    """The manifest: how the pixels were made, and which sequence it is about."""
    edits = [
        {
            "action": "c2pa.edited",
            "digitalSourceType": EDITS[name][0],
            "parameters": {"description": EDITS[name][1], "pixels": count},
        }
        for name, count in known.made.items()
        if count
    ]
    sequence = {
        "sidecar": sidecar.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "result": known.pattern,
        "frames": len(known.frames),
        "kind": known.kind,
        "job": known.job,
        "pixels": known.made,
        "models": [str(model.get("name", "")) for model in known.models],
        "reports": {n: hash_file(sidecar.with_name(n)).sha256 for n in _REPORTS if sidecar.with_name(n).is_file()},
    }
    version = known.versions.get("vfx-ai", "")
    return {
        "claim_generator_info": [{"name": "vfx-ai", **({"version": version} if version else {})}],
        "title": sidecar.name,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": kind}, *edits]},
            },
            {"label": manifest.LABEL, "data": sequence},
        ],
    }
