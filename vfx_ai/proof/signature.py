"""The signature over a sidecar, `<stem>.c2pa`, by itself: what it says and what it is worth, without the frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError
from vfx_ai.proof import manifest
from vfx_ai.proof.certificates import read_pem
from vfx_ai.proof.sidecar import SUFFIX

MOST_BYTES = 64 << 20  # of a manifest


@dataclass(frozen=True)
class Signature:
    """A sidecar's signature, without a look at the frames.

    Attributes:
        found: what C2PA makes of it; "broken" also where it tells of another sidecar.
        said: what it says of the result.
        sha256: of the sidecar.
        anchors: the certificates that were trusted, as PEM; None: none were given.
    """

    found: manifest.Found
    said: dict[str, Any]
    sha256: str
    anchors: bytes | None


def read_signature(sidecar: Path, trust: Path | None = None) -> Signature:
    """The signature over a sidecar.

    Args:
        sidecar: the file.
        trust: PEM of certificates that are trusted; None: nothing is said of who signed.

    Raises:
        VfxAiError: there is no signature, or a file can't be read.
    """
    anchors = None if trust is None else read_pem(trust, "list of trusted certificates")
    target = manifest_of(sidecar)
    if not target.is_file():
        raise InputError("it isn't signed", file=target, remedy="Sign it with `vfx-ai sign`.")
    if target.stat().st_size > MOST_BYTES:
        raise InputError("it is too large for a signature", file=target)
    data = sidecar.read_bytes()
    found, sha256 = manifest.read(data, target.read_bytes(), anchors), hashlib.sha256(data).hexdigest()
    said = found.said or {}
    if found.state != "broken" and said.get("sha256") != sha256:
        # A right signature over this file that tells of another.
        found = manifest.Found("broken", found.signer, found.serial, ("what it says is of another sidecar",))
    return Signature(found, said, sha256, anchors)


def manifest_of(sidecar: Path) -> Path:
    """Where the signature over a sidecar lies."""
    return sidecar.with_name(f"{sidecar.name.removesuffix(SUFFIX)}.c2pa")
