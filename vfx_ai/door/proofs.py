"""What a Python caller asks about proof: a result done again, signed, checked, disclosed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from vfx_ai.door.calls import never

if TYPE_CHECKING:
    from vfx_ai.again import Again
    from vfx_ai.disclosing import Disclosed
    from vfx_ai.job import Progress
    from vfx_ai.proof.signing import SignatureVerdict, Signed


def reproduce(
    sidecar: str | PathLike[str],
    out: str | PathLike[str] = "",
    *,
    moved: Mapping[str, str] | None = None,
    frames: str = "",
    device: str = "",
    memory: str = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Again:
    """Do a result again from its sidecar, and compare the bits, as the command `vfx-ai reproduce` does.

    Args:
        sidecar: the file beside the result.
        out: a new folder for the new files; "": `<stem>.again` beside the sidecar.
        moved: where inputs lie now, by how their paths began.
        frames: which, e.g. "1001-1010"; "": all of the result.
        device, memory: as in a Job; "": as the result was made, where that decides the bits.
        progress, cancelled: as for `inpaint`.

    Returns:
        What is the same and what isn't; `passed` says whether every pixel is.

    Raises:
        VfxAiError: inputs aren't what they were, which is told before anything runs; or what a run raises.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.again import reproduce as again

    pairs = tuple((moved or {}).items())
    target = Path(out) if fspath(out) else None
    return again(
        Path(sidecar),
        target,
        pairs,
        frames=frames,
        device=device,
        memory=memory,
        progress=progress or silent,
        cancelled=cancelled or never,
    )


def sign(
    result: str | PathLike[str],
    certificate: str | PathLike[str],
    key: str | PathLike[str],
    *,
    preview: str | PathLike[str] = "",
    timestamp: str = "",
) -> Signed:
    """Sign a result for those outside, as the command `vfx-ai sign` does.

    Args:
        result: its pattern, its folder, or its sidecar.
        certificate: the studio's chain as PEM, the signer's own first.
        key: its private key as PEM; a password is taken from the environment's VFX_AI_KEY_PASSWORD.
        preview: "movie" or "picture", made of the run's small pictures; or a file, of which a signed copy is made.
        timestamp: address of a time-stamping authority; "": none, and nothing asks the network.

    Raises:
        VfxAiError: a frame isn't what its sidecar says, or the key and the certificate can't sign.
    """
    from vfx_ai.proof.signing import sign_result

    return sign_result(fspath(result), Path(certificate), Path(key), preview=fspath(preview), timestamp=timestamp)


def verify_signature(result: str | PathLike[str], trust: str | PathLike[str] = "") -> SignatureVerdict:
    """Say whether a result is what was signed, and by whom, as the command `vfx-ai verify-signature` does.

    Args:
        result: its pattern, its folder, or its sidecar.
        trust: PEM of certificates that are trusted; "": who signed isn't checked.

    Returns:
        The verdict; `passed` says whether everything is as signed, `state` what the signature is worth.

    Raises:
        VfxAiError: it isn't signed, or a file can't be read.
    """
    from vfx_ai.proof.signing import verify_signature as verified

    return verified(fspath(result), Path(trust) if fspath(trust) else None)


def disclose(
    results: str | PathLike[str] | Sequence[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    title: str = "",
    catalogue: str | PathLike[str] = "",
    trust: str | PathLike[str] = "",
    check: bool = True,
) -> Disclosed:
    """Write the disclosure sheet of results, as the command `vfx-ai disclose` does.

    Args:
        results: a result or several: patterns, sidecars, or folders, of which all results in and below them are meant.
        output: .html or .pdf.
        title: of the show; "": the result's or the folder's name.
        catalogue: folder of the studio's catalogue, whose ledger is asked for training and consent; "": none.
        trust: PEM of certificates that are trusted, where results are signed.
        check: compare all frames with their hashes.

    Returns:
        What the sheet says; `unread` names sidecars that couldn't be read.

    Raises:
        VfxAiError: no result is there, or the sheet can't be written.
    """
    from vfx_ai.disclosing import disclose as disclosed

    names = (results,) if isinstance(results, str | PathLike) else tuple(results)
    return disclosed(
        tuple(fspath(name) for name in names),
        Path(output),
        title=title,
        catalogue=fspath(catalogue),
        trust=Path(trust) if fspath(trust) else None,
        check=check,
    )
