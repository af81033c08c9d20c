"""What is no cryptomatte, or would lose its ids, is refused; names may lie in a file beside the picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from covered import COVERED, of
from cryptomattes import IDS, in_half, planes, told

from vfx_ai.errors import InputError, JobError, UnsupportedFileError
from vfx_ai.matte.manifest import sidecar_of


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"hash": "md5"}, "its hash is 'md5', not MurmurHash3_32"),
        ({"conversion": "none"}, "its conversion is 'none'"),
        ({"name": "CryptoShape"}, "there are no channels CryptoShape00.R"),
    ],
)
def test_what_the_specification_does_not_know_is_refused(
    changed: dict[str, str], says: str, tmp_path: Path, make_exr: Callable
) -> None:
    path = make_exr(tmp_path / "a.exr", planes(COVERED), **told(**changed))
    with pytest.raises(UnsupportedFileError, match=says):
        of(path, "bunny")


def test_ids_in_half_are_refused_with_the_reason(tmp_path: Path, make_exr: Callable) -> None:
    path = make_exr(tmp_path / "a.exr", in_half(planes(COVERED)), **told())
    with pytest.raises(UnsupportedFileError, match=r"CryptoObject00.R is half, and an id needs all 32 bits.*as 32-bit"):
        of(path, "bunny")


@pytest.mark.parametrize("compression", ["PXR24", "DWAA", "DWAB"])
def test_compressions_that_round_ids_are_refused_with_the_reason(
    compression: str, tmp_path: Path, make_exr: Callable
) -> None:
    method = getattr(OpenEXR, f"{compression}_COMPRESSION")
    path = make_exr(tmp_path / "a.exr", planes(COVERED), compression=method, **told())
    with pytest.raises(UnsupportedFileError, match=f"{compression} rounds channel CryptoObject00.R"):
        of(path, "bunny")


def test_small_letters_are_kept_by_dwa_and_so_are_their_ids(tmp_path: Path, make_exr: Callable) -> None:
    channels = planes(COVERED, letters="rgba")
    path = make_exr(tmp_path / "a.exr", channels, compression=OpenEXR.DWAA_COMPRESSION, **told())
    assert np.array_equal(of(path, "bunny"), COVERED["bunny"])


def test_a_file_without_a_cryptomatte_says_so(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    with pytest.raises(UnsupportedFileError, match="it has no cryptomatte"):
        of(make_exr(tmp_path / "a.exr", half_noise("RGB")), "bunny")
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(UnsupportedFileError, match="only an EXR"):
        of(tmp_path / "a.png", "bunny")
    with pytest.raises(InputError, match="no such file"):
        of(tmp_path / "b.exr", "bunny")


# Manifests.


def write_sidecar(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({name: f"{number:08x}" for name, number in IDS.items()}), encoding="utf-8")
    return path


@pytest.mark.parametrize("sidecar", ["names.json", "./names.json", "manifests/names.1001.json"])
def test_names_may_lie_in_a_file_beside_the_picture(sidecar: str, tmp_path: Path, make_exr: Callable) -> None:
    write_sidecar(tmp_path / "shot" / sidecar)
    path = make_exr(tmp_path / "shot" / "a.exr", planes(COVERED), **told(names=None, manif_file=sidecar))
    assert np.array_equal(of(path, "bun*"), COVERED["bunny"])


def test_a_file_of_names_that_changed_is_read_again(tmp_path: Path, make_exr: Callable) -> None:
    file = write_sidecar(tmp_path / "names.json")
    path = make_exr(tmp_path / "a.exr", planes(COVERED), **told(names=None, manif_file="names.json"))
    assert of(path, "bun*").any()
    file.write_text('{"rabbit": "13851a76"}', encoding="utf-8")
    assert not of(path, "bun*").any()
    assert np.array_equal(of(path, "rab*"), COVERED["bunny"])


@pytest.mark.parametrize(
    "sidecar", ["../names.json", "a/../../names.json", "{root}/names.json", "..\\names.json", "C:/n"]
)
def test_no_file_outside_the_pictures_folder_is_read(sidecar: str, tmp_path: Path, make_exr: Callable) -> None:
    write_sidecar(tmp_path / "names.json")
    written = sidecar.format(root=tmp_path)
    path = make_exr(tmp_path / "shot" / "a.exr", planes(COVERED), **told(names=None, manif_file=written))
    assert np.array_equal(of(path, "bunny"), COVERED["bunny"])  # a whole name needs no manifest
    with pytest.raises(JobError, match="the picture's own folder"):
        of(path, "bun*")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = write_sidecar(tmp_path / "names.json")
    (tmp_path / "shot").mkdir()
    try:
        (tmp_path / "shot" / "names.json").symlink_to(outside)
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(ValueError, match="out of the picture's folder"):
        sidecar_of(tmp_path / "shot" / "a.exr", "names.json")


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "not JSON of names"),
        ('{"bunny": 5}', "not JSON of names"),
        ('{"bunny": "zz"}', "not JSON of names"),
        ('{"bunny": "113851a76"}', "more than 32 bits"),
        ("{}", "is empty"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_manifest_that_makes_no_sense_costs_the_patterns_alone(
    manifest: str, says: str, tmp_path: Path, make_exr: Callable
) -> None:
    path = make_exr(tmp_path / "a.exr", planes(COVERED), **told(names=None, manifest=manifest))
    assert np.array_equal(of(path, "bunny"), COVERED["bunny"])
    with pytest.raises(JobError, match=says):
        of(path, "bun*")
