"""How light is shown: as the config's own view shows it, at an exposure that is left alone unless it must change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PyOpenColorIO as ocio  # noqa: N813
import pytest

from vfx_ai.errors import InputError
from vfx_ai.media import color_config
from vfx_ai.media.color_names import named
from vfx_ai.media.color_primaries import KNOWN, matrix_to_ap0
from vfx_ai.media.color_space import LINEAR, SRGB, Space, with_chromaticities
from vfx_ai.media.color_view import exposure_for, viewer


def exactly(view: str, scene: np.ndarray) -> np.ndarray:
    """Linear Rec.709 light through a view of the built-in config, by OpenColorIO alone."""
    steps = ocio.DisplayViewTransform(src="lin_rec709_scene", display="sRGB - Display", view=view)
    out = scene.copy()
    color_config.config().getProcessor(steps).getDefaultCPUProcessor().applyRGB(out)
    return np.clip(out, 0, 1)


def flat(value: float, shape: tuple[int, ...] = (20, 30)) -> tuple[np.ndarray, np.ndarray]:
    return np.full((*shape, 3), value, np.float32), np.ones(shape, bool)


@pytest.mark.parametrize("space", [LINEAR, SRGB])
def test_pictures_are_those_of_the_configs_view_within_two_codes(space: Space) -> None:
    rng = np.random.default_rng(4)
    scene = np.exp2(rng.uniform(-8, 3.9, (4000, 1))) * rng.uniform(0.6, 1, (4000, 3))
    scene = scene.astype(np.float32)
    off = np.abs(viewer(space).shown(scene) - exactly(viewer(space).view, scene)) * 255
    assert off.max() <= 2


def test_the_same_light_in_other_primaries_is_the_same_picture() -> None:
    scene = np.random.default_rng(6).uniform(0.05, 0.8, (200, 3))
    turned = scene @ (np.linalg.inv(matrix_to_ap0(KNOWN["ACEScg AP1"])) @ matrix_to_ap0(KNOWN["Rec.709"])).T
    by_file = with_chromaticities(LINEAR, KNOWN["ACEScg AP1"], "")
    usual = viewer().shown(scene.astype(np.float32))
    for space in (by_file, named("acescg", "")):
        assert np.abs(viewer(space).shown(turned.astype(np.float32)) - usual).max() * 255 <= 3


def test_a_plate_of_usual_brightness_is_shown_as_it_is() -> None:
    for mid in (0.04, 0.18, 0.9):
        assert exposure_for([flat(mid)]) == (0.0, "as it is")


@pytest.mark.parametrize(("mid", "stops"), [(0.18 / 2**6, 6.0), (0.18 * 2**9, -9.0), (0.005, 5.0)])
def test_a_mid_level_far_from_grey_is_brought_there_in_half_stops(mid: float, stops: float) -> None:
    found, why = exposure_for([flat(mid), flat(mid)])
    assert found == stops and f"{mid:.2g}" in why


def test_black_borders_lamps_and_what_does_not_count_do_not_decide() -> None:
    pixels, counts = flat(0.18)
    pixels[:15], pixels[15, :5], pixels[16:], counts[16:] = 0.0, 900.0, 1e-3, False
    assert exposure_for([(pixels, counts)]) == (0.0, "as it is")
    assert exposure_for([]) == exposure_for([flat(0.0)]) == (0.0, "as it is")


def test_a_config_without_a_display_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "blind.ocio"
    path.write_text("ocio_profile_version: 2\nroles: {default: a}\ncolorspaces:\n  - !<ColorSpace> {name: a}\n")
    monkeypatch.setenv("OCIO", str(path))
    with pytest.raises(InputError, match="no display"):
        viewer()


def test_a_config_whose_view_needs_a_missing_file_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lost.ocio"
    path.write_text(
        "ocio_profile_version: 2\nroles: {scene_linear: a, default: a}\ndisplays:\n"
        "  M:\n    - !<View> {name: V, colorspace: b}\ncolorspaces:\n  - !<ColorSpace> {name: a}\n"
        "  - !<ColorSpace> {name: b, from_scene_reference: !<FileTransform> {src: gone.cube}}\n"
    )
    monkeypatch.setenv("OCIO", str(path))
    with pytest.raises(InputError, match=r"gone\.cube"):
        viewer()
