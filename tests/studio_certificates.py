"""Certificates of studios that there are not, made for a test and gone with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Studio:
    """Files of a studio: its chain, its key, and the root that vouches for it."""

    chain: Path
    key: Path
    root: Path


def studio(
    folder: Path,
    name: str = "Studio",
    begins: timedelta = timedelta(days=-1),
    lasts: timedelta = timedelta(days=90),
    key: Any = None,
    password: bytes = b"",
) -> Studio:
    """Make a root and a certificate of its own, as C2PA asks for: for signing alone, ECDSA unless a key is given."""
    folder.mkdir(parents=True, exist_ok=True)
    start = datetime.now(UTC) + begins
    root_key, own = ec.generate_private_key(ec.SECP256R1()), key or ec.generate_private_key(ec.SECP256R1())
    root_name = named(f"{name} Root")
    root = (
        begun(root_name, root_name, root_key.public_key(), start, timedelta(days=3650))
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(usage(signs_others=True), True)
        .sign(root_key, hashes.SHA256())
    )
    certificate = (
        begun(named(name), root_name, own.public_key(), start, lasts)
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(usage(signs_others=False), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
        .sign(root_key, hashes.SHA256())
    )
    kept = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    made = {
        "chain.pem": pem(certificate) + pem(root),
        "key.pem": own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept),
        "root.pem": pem(root),
    }
    for file, data in made.items():
        (folder / file).write_bytes(data)
    return Studio(*(folder / file for file in made))


def named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def begun(
    subject: x509.Name, issuer: x509.Name, key: Any, start: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )


def usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not signs_others, False, False, False, False, signs_others, signs_others, False, False)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
