"""A plate that is decoded as a whole, and one of whose channels a few are decoded, hold the same bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vfx_ai.media import exr, plate
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_layers import find_layers

ODD_HALVES = np.array([0x7E01, 0xFE77, 0x7C00, 0xFC00, 0x8000, 0x0001], np.uint16)


@pytest.mark.parametrize("beside", [(), ("Z", "id", "N.X")])
def test_both_ways_of_decoding_give_the_same_bits(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, monkeypatch: pytest.MonkeyPatch, beside: tuple[str, ...]
) -> None:
    channels = half_noise("RGBA", 31, 47)
    channels["R"].view(np.uint16)[0, :6] = ODD_HALVES
    kinds = {"Z": np.float32, "id": np.uint32, "N.X": np.float32}
    channels |= {name: np.arange(31 * 47).reshape(31, 47).astype(kinds[name]) for name in beside}
    source = make_exr(tmp_path / "in.exr", channels)
    layer, wanted = find_layers(read_header(source))[0], [(0, name) for name in channels]
    opened: list[Path] = []
    some = exr._some
    monkeypatch.setattr(exr, "_some", lambda path, *rest: opened.append(path) or some(path, *rest))

    whole = plate.read(source, 1, layer), exr.read_planes(source, 1, wanted), plate.read_channel(source, 1, "A")
    assert not opened
    monkeypatch.setattr(exr, "MOST_BESIDE", 0)
    apart = plate.read(source, 1, layer), exr.read_planes(source, 1, wanted), plate.read_channel(source, 1, "A")
    assert opened

    assert np.array_equal(whole[0].pixels, apart[0].pixels) and np.array_equal(whole[0].valid, apart[0].valid)
    assert not whole[0].valid[0, :4].any() and whole[0].valid[0, 4:].all()
    for one, other in zip(whole[1], apart[1], strict=True):
        assert one.dtype == other.dtype and one.tobytes() == other.tobytes()
    assert np.array_equal(whole[2].values, apart[2].values)


def test_a_file_that_the_package_cannot_decode_as_it_lies_is_read_all_the_same(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB", 20, 30))
    layer = find_layers(read_header(source))[0]
    usual = plate.read(source, 1, layer)
    monkeypatch.setattr("vfx_ai.media.exr_load._opened", lambda path: None)
    assert np.array_equal(plate.read(source, 1, layer).pixels, usual.pixels)
