"""C2PA's manifests, through c2pa-python: what is said in one, how it is signed, and what a reader finds.

Nothing here asks the network, but for the time-stamping authority whose address is given.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError, JobError
from vfx_ai.proof.certificates import EXTRA

LABEL = "org.vfx-ai.sequence"
DATA = "application/octet-stream"
# By what a preview ends in; these carry the manifest in themselves.
EMBEDDED = {
    **{".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"},
    **{".mp4": "video/mp4", ".mov": "video/quicktime"},
}
# A reader follows no address that a stranger's manifest holds.
_OFFLINE = {"remote_manifest_fetch": False, "ocsp_fetch": False}
# What a status of the specification means for the question whose signature it is.
_EXPIRED = frozenset({"signingCredential.expired", "signingCredential.ocsp.revoked"})
_UNKNOWN = frozenset({"signingCredential.untrusted"})


@dataclass(frozen=True)
class Found:
    """What a reader finds in a manifest.

    Attributes:
        state: "trusted" (an anchor vouches for the certificate), "unsure" (the signature is right; no anchors were
            given), "unknown" (it is right, and no anchor vouches for the certificate), "expired" (the certificate is
            over, or was called back) or "broken" (what was signed was changed, or the manifest was).
        signer: the name in the certificate.
        serial: the certificate's number.
        why: the codes of C2PA's specification that say so.
        said: what the manifest says of the sequence.
        source_type: how it says that the pixels were made.
    """

    state: str
    signer: str = ""
    serial: str = ""
    why: tuple[str, ...] = ()
    said: dict[str, Any] | None = None
    source_type: str = ""


def sign(
    definition: dict[str, Any],
    asset: bytes | Path,
    target: Path | None,
    chain: bytes,
    key: bytes,
    algorithm: str,
    stamp: str,
) -> bytes:
    """Sign a manifest over a file.

    Args:
        definition: the manifest.
        asset: what it is about: bytes, or a picture or movie that it is put into.
        target: where a picture or movie with it goes; None: it stands alone.
        chain, key: as PEM.
        algorithm: of the key: "es256" ...
        stamp: address of a time-stamping authority; "": none.

    Returns:
        The manifest.

    Raises:
        InputError: it can't be signed so.
        JobError: the extra isn't installed.
    """
    c2pa = _c2pa()
    with _told("it can't be signed", target):
        info = c2pa.C2paSignerInfo(
            alg=algorithm.encode(), sign_cert=chain, private_key=key, ta_url=stamp.encode() if stamp else None
        )
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(definition)) as builder:
            if isinstance(asset, bytes):
                builder.set_no_embed()
                return bytes(builder.sign(signer, DATA, io.BytesIO(asset), io.BytesIO()))
            with asset.open("rb") as source, (target or asset).open("w+b") as made:
                return bytes(builder.sign(signer, EMBEDDED[asset.suffix.lower()], source, made))


def read(asset: bytes | Path, manifest: bytes | None, anchors: bytes | None) -> Found:
    """What a manifest says, and whether it is to be believed.

    Args:
        asset: what it is about: bytes, or a picture or movie that holds it.
        manifest: where it stands alone.
        anchors: PEM of certificates that are trusted; None: nothing is said of who signed.

    Raises:
        InputError: a file can't be read.
        JobError: the extra isn't installed.
    """
    c2pa = _c2pa()
    settings: dict[str, Any] = {"verify": {"verify_trust": anchors is not None, **_OFFLINE}}
    if anchors is not None:
        settings["trust"] = {"trust_anchors": anchors.decode("ascii", "replace")}
    try:
        with c2pa.Context(settings=c2pa.Settings.from_json(json.dumps(settings))) as context:
            if isinstance(asset, bytes):
                with c2pa.Reader(DATA, io.BytesIO(asset), manifest_data=manifest, context=context) as reader:
                    told = json.loads(reader.json())
            else:
                with (
                    asset.open("rb") as file,
                    c2pa.Reader(EMBEDDED[asset.suffix.lower()], file, context=context) as reader,
                ):
                    told = json.loads(reader.json())
    except OSError as error:
        raise InputError(f"it can't be read: {error.strerror or error}") from None
    except (c2pa.C2paError, ValueError, RecursionError) as error:
        return Found("broken", why=(str(error),))
    return _found(told, anchors is not None)


def _found(told: dict[str, Any], anchored: bool) -> Found:
    active = told.get("manifests", {}).get(told.get("active_manifest"), {})
    codes = tuple(dict.fromkeys(str(one.get("code")) for one in told.get("validation_status") or []))
    signed = active.get("signature_info") or {}
    assertions = {one.get("label"): one.get("data") for one in active.get("assertions") or []}
    actions = next((data for label, data in assertions.items() if str(label).startswith("c2pa.actions")), None) or {}
    first: dict[str, Any] = next(iter(actions.get("actions") or []), {})
    said = assertions.get(LABEL)
    return Found(
        _state(str(told.get("validation_state")), frozenset(codes), anchored),
        str(signed.get("common_name") or signed.get("issuer") or ""),
        str(signed.get("cert_serial_number") or ""),
        codes,
        said if isinstance(said, dict) else None,
        str(first.get("digitalSourceType") or ""),
    )


def _state(state: str, codes: frozenset[str], anchored: bool) -> str:
    if codes - _EXPIRED - _UNKNOWN or (state == "Invalid" and not codes & _EXPIRED):
        return "broken"
    if codes & _EXPIRED:
        return "expired"
    if codes & _UNKNOWN:
        return "unknown"
    return "trusted" if anchored and state == "Trusted" else "unsure" if state in ("Valid", "Trusted") else "broken"


@contextmanager
def _told(what: str, file: Path | None) -> Iterator[None]:
    c2pa = _c2pa()
    try:
        yield
    except OSError as error:
        raise InputError(f"{what}: {error.strerror or error}", file=file) from None
    except (c2pa.C2paError, ValueError) as error:
        remedy = "Check that the key belongs to the first certificate of the chain, and that it may sign."
        raise InputError(f"{what}: {error}", file=file, remedy=remedy) from None


def _c2pa() -> Any:
    try:
        import c2pa
    except ImportError:
        raise JobError("signatures need the package c2pa-python, which isn't installed", remedy=EXTRA) from None
    return c2pa
