"""The studio's certificate and key, as a signature needs them: read, and checked before anything is signed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError, JobError

PASSWORD = "VFX_AI_KEY_PASSWORD"  # noqa: S105 - the name of a variable of the environment
EXTRA = "Install it: pip install 'vfx-ai[sign]'."
_MOST_BYTES = 1 << 20
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_LEAST_RSA = 2048


def read_pem(path: Path, what: str) -> bytes:
    """The bytes of a PEM file.

    Raises:
        InputError: it isn't there, or is none.
    """
    try:
        if not path.is_file():
            raise InputError(f"there is no such {what}", file=path, remedy="Check the path.")
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"it is too large for a {what}", file=path, remedy="Give a PEM file.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"the {what} can't be read: {error.strerror or error}", file=path) from None
    if b"-----BEGIN" not in data:
        raise InputError(f"it is no {what} as PEM", file=path, remedy="Convert it to PEM, e.g. with openssl.")
    return data


def read_chain(path: Path) -> bytes:
    """A certificate chain as PEM, the signer's own first; one that is over, or not begun, is refused.

    Raises:
        InputError: it can't be read, or can't sign now.
        JobError: the extra isn't installed.
    """
    x509 = _cryptography("x509")
    data = read_pem(path, "certificate")
    try:
        chain = x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise InputError(f"it is no certificate: {error}", file=path, remedy="Give the chain as PEM.") from None
    now, own = datetime.now(UTC), chain[0]
    for ok, words in (
        (own.not_valid_before_utc <= now, f"isn't valid before {own.not_valid_before_utc:%Y-%m-%d}"),
        (now <= own.not_valid_after_utc, f"was valid until {own.not_valid_after_utc:%Y-%m-%d}"),
    ):
        if not ok:
            raise InputError(f"the certificate {words}", file=path, remedy="Sign with one that is valid now.")
    return data


def read_key(path: Path) -> tuple[bytes, str]:
    """A private key as PEM without a password, in memory alone, and the algorithm that it signs by.

    Raises:
        InputError: it can't be read, its password is wrong, or it is of a kind that C2PA doesn't take.
        JobError: the extra isn't installed.
    """
    serialization = _cryptography("hazmat.primitives.serialization")
    data, word = read_pem(path, "private key"), os.environ.get(PASSWORD)
    try:
        key = serialization.load_pem_private_key(data, word.encode() if word and b"ENCRYPTED" in data else None)
    except (ValueError, TypeError) as error:
        remedy = f"Put its password into the environment's {PASSWORD}." if b"ENCRYPTED" in data else "Give a PEM key."
        raise InputError(f"the private key can't be opened: {error}", file=path, remedy=remedy) from None
    except Exception as error:  # of a kind that isn't known to the library
        raise InputError(f"the private key can't be opened: {error}", file=path, remedy="Give a PEM key.") from None
    algorithm = _algorithm(key)
    if not algorithm:
        raise InputError(
            "C2PA doesn't take a key of this kind", file=path, remedy="Use ECDSA P-256, P-384, P-521, Ed25519 or RSA."
        )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain, algorithm


def _algorithm(key: Any) -> str:
    kind = type(key).__name__.lower()
    if "ed25519" in kind:
        return "ed25519"
    if "ec" in kind and hasattr(key, "curve"):
        return _CURVES.get(key.curve.name, "")
    if "rsa" in kind and key.key_size >= _LEAST_RSA:
        return "ps256"
    return ""


def _cryptography(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"cryptography.{name}")
    except ImportError:
        raise JobError("signing needs the package cryptography, which isn't installed", remedy=EXTRA) from None
