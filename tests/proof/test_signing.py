"""A signed result: what was changed since is found and named, and who signed is told apart from whether it is whole."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("c2pa", reason="the extra `sign` isn't installed")
pytest.importorskip("cryptography", reason="the extra `sign` isn't installed")

from signed_results import checked, signed
from studio_certificates import Studio, studio

from vfx_ai.errors import InputError
from vfx_ai.proof import source_type as types


def test_a_result_that_stayed_as_it_was_is_trusted_and_says_how_it_was_made(result: Path, house: Studio) -> None:
    made = signed(result, house)
    verdict = checked(result, house.root)
    assert verdict.passed and (verdict.state, verdict.frames, verdict.changed) == ("trusted", 3, {})
    assert verdict.signer == "Studio" and verdict.source_type == made.source_type == types.WITH_TRAINED
    assert made.manifest == str(result / "clean.c2pa") and checked(result).state == "unsure"


def test_a_changed_a_lost_and_an_added_frame_are_found_and_named(result: Path, house: Studio) -> None:
    signed(result, house)
    victim = result / "clean.1002.exr"
    victim.write_bytes(victim.read_bytes()[:-1] + b"\0")
    (result / "clean.1003.exr").rename(result / "clean.1004.exr")
    verdict = checked(result, house.root)
    assert verdict.state == "trusted" and not verdict.passed
    assert verdict.changed == {1002: "was changed", 1003: "isn't there", 1004: "isn't signed"}


def test_a_sidecar_that_was_put_right_for_a_changed_frame_breaks_the_signature(result: Path, house: Studio) -> None:
    signed(result, house)
    victim, sidecar = result / "clean.1002.exr", result / "clean.vfxai.json"
    old = hashlib.sha256(victim.read_bytes()).hexdigest()
    victim.write_bytes(b"other")
    text = sidecar.read_text().replace(old, hashlib.sha256(b"other").hexdigest()).replace('"bytes": 504', '"bytes": 5')
    sidecar.write_text(text)
    verdict = checked(result, house.root)
    assert verdict.state == "broken" and not verdict.changed and "assertion.dataHash.mismatch" in verdict.why


def test_a_signature_over_another_sidecar_is_broken(result: Path, house: Studio) -> None:
    signed(result, house)
    kept = (result / "clean.c2pa").read_bytes()
    sidecar = result / "clean.vfxai.json"
    sidecar.write_text(sidecar.read_text().replace('"kind": "inpaint"', '"kind": "plate_clean"'))
    signed(result, house)
    (result / "clean.c2pa").write_bytes(kept)
    assert checked(result, house.root).state == "broken"


@pytest.mark.parametrize("damage", [b"", b"junk", b"\0" * 4000])
def test_what_is_no_signature_is_broken_and_no_crash(result: Path, house: Studio, damage: bytes) -> None:
    signed(result, house)
    (result / "clean.c2pa").write_bytes(damage)
    assert checked(result, house.root).state == "broken"


def test_an_unknown_signer_is_told_apart_from_a_broken_signature(result: Path, house: Studio, tmp_path: Path) -> None:
    signed(result, studio(tmp_path / "stranger", "Stranger"))
    verdict = checked(result, house.root)
    assert (verdict.state, verdict.signer) == ("unknown", "Stranger") and not verdict.changed and not verdict.passed
    (result / "clean.1001.exr").write_bytes(b"x")
    assert checked(result, house.root).state == "unknown" and 1001 in checked(result, house.root).changed
    (result / "clean.vfxai.json").write_bytes((result / "clean.vfxai.json").read_bytes() + b" ")
    assert checked(result, house.root).state == "broken"


def test_an_expired_certificate_is_told_apart_and_signs_nothing(result: Path, tmp_path: Path) -> None:
    clock = time.monotonic()
    signed(result, studio(tmp_path / "long", "Long"))
    lasts = 6 + 4 * round(time.monotonic() - clock)  # time to sign and to check, on a machine that is busy too
    short = studio(tmp_path / "short", "Short", timedelta(seconds=-60), timedelta(seconds=60 + lasts))
    ends = time.time() + lasts + 1
    signed(result, short)
    assert checked(result, short.root).state == "trusted"
    time.sleep(max(0.0, ends - time.time()))
    verdict = checked(result, short.root)
    assert verdict.state == "expired" and not verdict.changed and not verdict.passed
    with pytest.raises(InputError, match="was valid until"):
        signed(result, short)
    late = studio(tmp_path / "late", "Late", timedelta(days=1))
    with pytest.raises(InputError, match="isn't valid before"):
        signed(result, late)
