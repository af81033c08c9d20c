"""A small result, signed and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vfx_ai.proof.signing import SignatureVerdict, sign_result, verify_signature

if TYPE_CHECKING:
    from studio_certificates import Studio

FRAMES = (1001, 1002, 1003)


def signed(result: Path, house: Studio, **options: Any) -> Any:
    return sign_result(str(result), house.chain, house.key, **options)


def checked(result: Path, trust: Path | None = None) -> SignatureVerdict:
    return verify_signature(str(result / "clean.####.exr"), trust)
