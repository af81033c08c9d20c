"""Signing as it is asked for: keys, passwords, previews, sheets and commands; and what can't be signed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("c2pa", reason="the extra `sign` isn't installed")
pytest.importorskip("cryptography", reason="the extra `sign` isn't installed")

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from signed_results import FRAMES, checked, signed
from studio_certificates import Studio, studio
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, JobError, OutputError, VerifyError
from vfx_ai.fill import KINDS
from vfx_ai.media.hashing import hash_file
from vfx_ai.proof import signing
from vfx_ai.proof import source_type as types
from vfx_ai.proof.manifest import EMBEDDED, LABEL
from vfx_ai.proof.signing import find_sidecar, sign_result
from vfx_ai.proof.source_type import source_type


def test_a_frame_that_is_not_what_its_sidecar_says_is_not_signed(result: Path, house: Studio) -> None:
    (result / "clean.1003.exr").write_bytes(b"x")
    with pytest.raises(VerifyError, match="a frame isn't what the sidecar says") as caught:
        signed(result, house)
    assert caught.value.frame == 1003 and not (result / "clean.c2pa").exists()


@pytest.mark.parametrize("preview", ["picture", "movie"])
def test_a_preview_carries_its_own_signature(result: Path, house: Studio, preview: str) -> None:
    made = signed(result, house, preview=preview)
    path = Path(made.preview)
    assert path.name == f"clean.preview.{'mp4' if preview == 'movie' else 'jpg'}"
    film = cv2.VideoCapture(str(path))
    assert film.isOpened() and film.read()[0]
    film.release()
    assert checked(result, house.root).passed
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)
    assert checked(result, house.root).others == {path.name: "its signature is broken"}
    assert not [one for one in result.iterdir() if "part" in one.name]


def test_a_preview_of_another_result_and_a_changed_report_are_told(result: Path, house: Studio, tmp_path: Path) -> None:
    shutil.copytree(result, tmp_path / "other")
    text = (tmp_path / "other" / "clean.vfxai.json").read_text()
    (tmp_path / "other" / "clean.vfxai.json").write_text(text.replace('"kind": "inpaint"', '"kind": "plate_clean"'))
    foreign = signed(tmp_path / "other", house, preview="picture").preview
    signed(result, house)
    shutil.copy(foreign, result)
    (result / "report.html").write_text("<p>better report")
    assert checked(result, house.root).others == {
        "clean.preview.jpg": "is of another result",
        "report.html": "was changed",
    }


def test_a_preview_of_ones_own_is_copied_and_stays(result: Path, house: Studio, tmp_path: Path) -> None:
    own = tmp_path / "own.png"
    cv2.imwrite(str(own), np.zeros((20, 30, 3), np.uint8))
    before = own.read_bytes()
    assert Path(signed(result, house, preview=str(own)).preview) == result / "clean.preview.png"
    assert own.read_bytes() == before and checked(result, house.root).passed
    with pytest.raises(OutputError, match="take its place"):
        signed(result, house, preview=str(result / "clean.preview.png"))
    with pytest.raises(JobError, match="no preview"):
        signed(result, house, preview="clean.exr")
    with pytest.raises(InputError, match="no such file"):
        signed(result, house, preview="no.mp4")
    shutil.rmtree(result / "clean.vfx-ai")
    with pytest.raises(InputError, match="isn't there any more"):
        signed(result, house, preview="movie")


@pytest.mark.parametrize(
    "key",
    [ec.SECP384R1(), ec.SECP521R1(), "ed25519", "rsa"],
    ids=["p384", "p521", "ed25519", "rsa"],
)
def test_keys_of_every_kind_that_c2pa_takes(result: Path, tmp_path: Path, key: Any) -> None:
    made = {"ed25519": ed25519.Ed25519PrivateKey.generate, "rsa": lambda: rsa.generate_private_key(65537, 2048)}
    own = made[key]() if isinstance(key, str) else ec.generate_private_key(key)
    house = studio(tmp_path / "house", key=own)
    signed(result, house)
    assert checked(result, house.root).state == "trusted"


def test_a_key_with_a_password_is_opened_by_the_environment_alone(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = studio(tmp_path / "house", password=b"secret")
    with pytest.raises(InputError, match="can't be opened") as caught:
        signed(result, house)
    assert "VFX_AI_KEY_PASSWORD" in caught.value.remedy
    monkeypatch.setenv("VFX_AI_KEY_PASSWORD", "secret")
    signed(result, house)
    assert b"secret" not in (result / "clean.c2pa").read_bytes() and checked(result, house.root).passed


def test_what_can_not_sign_is_one_clear_error(result: Path, house: Studio, tmp_path: Path) -> None:
    other = studio(tmp_path / "other")
    weak = studio(tmp_path / "weak", key=ec.generate_private_key(ec.SECP256K1()))
    (tmp_path / "junk.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "text.pem").write_text("hello")
    for chain, key, said in (
        (house.chain, other.key, "can't be signed"),
        (weak.chain, weak.key, "of this kind"),
        (tmp_path / "junk.pem", house.key, "no certificate"),
        (tmp_path / "text.pem", house.key, "as PEM"),
        (house.chain, tmp_path / "junk.pem", "can't be opened"),
        (house.chain, tmp_path / "none.pem", "no such private key"),
    ):
        with pytest.raises(InputError, match=said):
            sign_result(str(result), chain, key)
    with pytest.raises(JobError, match="address"):
        signed(result, house, timestamp="ftp://stamps")
    assert not (result / "clean.c2pa").exists()


def test_nothing_asks_the_network_unless_a_time_stamp_is_asked_for(
    result: Path, house: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The library's own sockets aren't Python's; an address that nobody answers at shows whether it is asked.
    signed(result, house)
    with pytest.raises(InputError, match="can't be signed"):
        signed(result, house, timestamp="http://127.0.0.1:9/stamp")


def test_sidecars_are_found_by_folder_pattern_and_name(result: Path, tmp_path: Path) -> None:
    sidecar = result / "clean.vfxai.json"
    for named in (result, sidecar, result / "clean.####.exr", result / "clean.%04d.exr"):
        assert find_sidecar(str(named)) == sidecar
    shutil.copy(sidecar, result / "other.vfxai.json")
    with pytest.raises(InputError, match="2 sidecars"):
        find_sidecar(str(result))
    for named in (tmp_path / "clean.####.exr", tmp_path / "clean.vfxai.json", tmp_path):
        with pytest.raises(InputError, match="no sidecar"):
            find_sidecar(str(named))


def test_a_sheet_reads_each_signed_frame_once(
    result: Path, house: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(result, house)
    read: list[str] = []
    monkeypatch.setattr(signing, "hash_file", lambda path, *words: read.append(path.name) or hash_file(path, *words))
    made = vfx_ai.disclose(result, tmp_path / "sheet.html", trust=house.root)
    told = {line.about: line.says for part in made.sheets[0].parts for line in part.lines}
    assert told["Signature"] == "right, of a trusted signer: Studio"
    assert sorted(name for name in read if name.endswith(".exr")) == [f"clean.{number}.exr" for number in FRAMES]
    read.clear()
    vfx_ai.disclose(result, tmp_path / "sheet.html", check=False)
    assert not read


def test_source_types_say_what_a_trained_model_had_part_in() -> None:
    def made(**pixels: int) -> dict[str, int]:
        return {**dict.fromkeys(KINDS, 0), **pixels}

    assert types.EDITS.keys() == KINDS.keys()
    assert source_type("inpaint", made(real=5, patch=1, smooth=2)) == types.COMPOSITE
    assert source_type("inpaint", made(real=5, generated=1)) == types.WITH_TRAINED
    assert source_type("inpaint", made(generated=1)) == types.WITH_TRAINED  # the plate is around it
    assert source_type("plate_by_model", made(generated=1)) == types.TRAINED
    assert source_type("plate_generate", made(patch=1)) == types.ALGORITHM
    assert source_type("inpaint", made()) == types.UNKNOWN


def test_the_manifest_says_the_same_to_other_readers(result: Path, house: Studio) -> None:
    import c2pa

    signed(result, house, preview="picture")
    with (result / "clean.preview.jpg").open("rb") as file, c2pa.Reader(EMBEDDED[".jpg"], file) as reader:
        told = json.loads(reader.json())
    active = told["manifests"][told["active_manifest"]]
    said = {one["label"]: one["data"] for one in active["assertions"]}
    actions = said["c2pa.actions.v2"]["actions"]
    assert [one["digitalSourceType"] for one in actions] == [types.WITH_TRAINED, types.COMPOSITE, types.TRAINED]
    assert said[LABEL]["frames"] == 3 and said[LABEL]["pixels"]["generated"] == 27
    assert said[LABEL]["sha256"] == hashlib.sha256((result / "clean.vfxai.json").read_bytes()).hexdigest()


def test_verify_with_a_result_alone_checks_its_signature(result: Path, house: Studio) -> None:
    runner, output = CliRunner(), str(result / "clean.####.exr")
    unsigned = runner.invoke(app, ["verify", output])
    assert unsigned.exit_code == 2 and "vfx-ai verify PLATE RESULT MATTE" in " ".join(unsigned.output.split())
    signed(result, house)
    assert runner.invoke(app, ["verify", output, "--trust", str(house.root)]).exit_code == 0
    for words in (["--effects"], ["--matte-grow", "2"], ["--layer", "beauty"], ["--missing", "hold"]):
        refused = runner.invoke(app, ["verify", output, *words])
        assert refused.exit_code == 2 and "no result to compare" in " ".join(refused.output.split())
    both = runner.invoke(app, ["verify", output, output, "--trust", str(house.root)])
    assert both.exit_code == 2 and "belongs to a result alone" in " ".join(both.output.split())
    victim = result / "clean.1002.exr"
    victim.write_bytes(victim.read_bytes() + b"x")
    done = runner.invoke(app, ["verify", output, "--trust", str(house.root), "--json"])
    assert done.exit_code == 5 and json.loads(done.stdout.splitlines()[0])["changed"] == {"1002": "was changed"}


def test_the_commands_say_it_and_end_with_the_right_code(result: Path, house: Studio, tmp_path: Path) -> None:
    runner = CliRunner()
    asked = ["sign", str(result), "--certificate", str(house.chain), "--key", str(house.key), "--json"]
    done = runner.invoke(app, asked)
    assert done.exit_code == 0 and json.loads(done.stdout)["frames"] == 3
    check = ["verify-signature", str(result), "--trust", str(house.root)]
    done = runner.invoke(app, check)
    assert done.exit_code == 0 and "its signer is trusted" in done.stdout
    assert "--trust FILE" not in done.stdout and "wasn't checked" in runner.invoke(app, check[:2]).stdout
    (result / "clean.1002.exr").write_bytes(b"x")
    done = runner.invoke(app, [*check, "--json"])
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 5 and told[0]["changed"] == {"1002": "was changed"} and not told[0]["passed"]
    done = runner.invoke(app, [*check[:2], "--trust", str(studio(tmp_path / "other", "Other").root)])
    assert done.exit_code == 5 and "nobody vouches" in done.stdout + done.stderr
    (result / "clean.c2pa").unlink()
    assert runner.invoke(app, check).exit_code == 3


def test_from_python(result: Path, house: Studio) -> None:
    assert vfx_ai.sign(result, house.chain, house.key).frames == 3
    assert vfx_ai.verify_signature(result, house.root).passed


def test_without_the_extra_it_says_which_to_install(
    result: Path, house: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(JobError, match="c2pa-python") as caught:
        signed(result, house)
    assert "vfx-ai[sign]" in caught.value.remedy
