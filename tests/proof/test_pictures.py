from __future__ import annotations

import cv2
import numpy as np
import pytest

from vfx_ai.errors import InputError, OutputError
from vfx_ai.fill import OTHER_FRAME, SMOOTH
from vfx_ai.media.color_space import SRGB
from vfx_ai.media.color_view import viewer
from vfx_ai.media.frame import Frame, Patch, Window
from vfx_ai.proof.pictures import (
    COLORS,
    HATCH_COLOR,
    LONGEST_SIDE,
    NEVER_SEEN,
    PICTURES,
    REAL,
    UNSURE,
    before_after_picture,
    center_of_change,
    picture_for_the_eye,
    save_before_after,
    save_pictures,
)


def plate_of(pixels):
    height, width = pixels.shape[:2]
    window = Window(-5, 3, -5 + width, 3 + height)
    return Frame(1001, pixels, np.ones((height, width), bool), window, window)


def saved(folder, width=96, height=64, hole=None, source=None, confidence=None, never_seen=None, value=0.2):
    before = np.full((height, width, 3), value, np.float32)
    hole = np.zeros((height, width), bool) if hole is None else hole
    after = before.copy()
    after[hole] = 0.9
    source = np.where(hole, OTHER_FRAME, 0).astype(np.uint8) if source is None else source
    confidence = np.where(hole, 0.5, 1).astype(np.float32) if confidence is None else confidence
    plate = plate_of(before)
    patch = Patch(plate.data_window, after, hole, source, confidence)
    save_pictures(folder, 1001, plate, patch, never_seen)
    return {name: cv2.imread(str(folder / f"1001.{PICTURES[name]}"))[..., ::-1] for name in PICTURES}


def test_four_pictures_of_one_size_are_written_and_nothing_else(tmp_path):
    pictures = saved(tmp_path / "new folder")
    assert {picture.shape for picture in pictures.values()} == {(64, 96, 3)}
    assert sorted(path.name for path in (tmp_path / "new folder").iterdir()) == sorted(
        f"1001.{suffix}" for suffix in PICTURES.values()
    )


@pytest.mark.parametrize(("width", "height"), [(1300, 40), (40, 1300), (1, 700), (3, 2)])
def test_pictures_of_any_shape_are_scaled_down_and_never_enlarged(tmp_path, width, height):
    shape = saved(tmp_path, width, height)["after"].shape
    assert max(shape[:2]) == min(LONGEST_SIDE, max(width, height))
    assert min(shape[:2]) >= 1


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1000, 700), (320, 200)])
def test_after_is_the_picture_of_the_whole_frame_after_however_small_the_hole(tmp_path, width, height):
    rng = np.random.default_rng(3)
    plate = plate_of(rng.uniform(0, 2, (height, width, 3)).astype(np.float32))
    window = Window(0, 100, 60, 147).intersection(plate.data_window)
    size = (window.height, window.width)
    hole = rng.uniform(size=size) > 0.4
    light = rng.uniform(0, 30, (*size, 3)).astype(np.float32)
    patch = Patch(window, light, hole, np.where(hole, OTHER_FRAME, 0).astype(np.uint8), np.ones(size, np.float32))
    after = plate.pixels.copy()
    after[window.slices(plate.data_window)][hole] = light[hole]
    save_pictures(tmp_path, 1001, plate, patch)
    save_before_after(tmp_path, 1002, plate.pixels, after)
    for name in ("before", "after"):
        assert (tmp_path / f"1001.{name}.jpg").read_bytes() == (tmp_path / f"1002.{name}.jpg").read_bytes()


def test_a_lamp_in_a_corner_does_not_change_the_rest():
    pixels = np.full((4, 4, 3), 0.18, np.float32)
    without = picture_for_the_eye(pixels, (4, 4))
    pixels[0, 0] = 1000.0
    assert np.array_equal(picture_for_the_eye(pixels, (4, 4))[3, 3], without[3, 3])


def test_mid_grey_is_where_the_configs_default_view_has_it():
    picture = picture_for_the_eye(np.full((1, 1, 3), 0.18, np.float32), (1, 1))
    assert tuple(picture[0, 0]) == (89, 89, 89)  # ACES 2.0 shows 18 % as a tenth of 100 nits


def test_a_plate_made_for_a_display_looks_in_the_report_as_it_does_everywhere():
    codes = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, 2)
    picture = picture_for_the_eye(SRGB.decode(codes), (256, 1), viewer(SRGB))
    assert np.abs(picture[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_highlights_roll_off_and_stay_in_order():
    levels = np.array([0.0, 0.5, 0.9, 1.0, 1.3, 3.0, 8.0, 15.0], np.float32)
    picture = picture_for_the_eye(np.repeat(levels[None, :, None], 3, axis=2), (8, 1))
    assert (np.diff(picture[0, :, 0].astype(int)) > 0).all()
    assert picture[0, -1, 0] < 255


def test_exposure_shows_light_that_many_stops_up():
    dark, bright = np.full((2, 2, 3), 0.02, np.float32), np.full((2, 2, 3), 0.16, np.float32)
    up, usual = picture_for_the_eye(dark, (2, 2), viewer(stops=3.0)), picture_for_the_eye(bright, (2, 2))
    assert np.abs(up.astype(int) - usual).max() <= 1


def test_negative_nan_and_inf_can_be_shown():
    pixels = np.array([[[-5.0, np.nan, np.inf]]], np.float32)
    red, _, blue = picture_for_the_eye(pixels, (1, 1))[0, 0]
    assert red < blue == 255


def test_origin_shows_real_unsure_and_never_seen_apart(tmp_path):
    hole = np.zeros((64, 96), bool)
    hole[8:56, 8:88] = True
    source = np.zeros((64, 96), np.uint8)
    source[8:56, 8:34], source[8:56, 34:88] = OTHER_FRAME, SMOOTH
    never = np.zeros((64, 96), bool)
    never[:, 60:88] = True
    confidence = np.zeros((64, 96), np.float32)
    origin = saved(tmp_path, hole=hole, source=source, confidence=confidence, never_seen=never & hole)["origin"]
    assert tuple(origin[30, 20]) == COLORS[REAL]
    assert tuple(origin[30, 45]) == COLORS[UNSURE]
    assert {tuple(map(int, color)) for color in origin[20:40, 65:85].reshape(-1, 3)} == {
        COLORS[NEVER_SEEN],
        HATCH_COLOR,
    }
    assert origin[2, 2].max() < 60


def test_the_kinds_differ_in_lightness_and_not_in_hue_alone():
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (COLORS[k] for k in (NEVER_SEEN, REAL, UNSURE))]
    assert light[1] - light[0] > 20
    assert light[2] - light[1] > 60


def test_a_wire_thinner_than_a_pixel_of_the_picture_is_still_seen(tmp_path):
    hole = np.zeros((200, 3200), bool)
    hole[:, 1601] = True
    assert (saved(tmp_path, 3200, 200, hole=hole)["origin"] == COLORS[REAL]).all(axis=2).any(axis=1).all()


def test_confidence_is_dark_where_low_and_bright_where_high(tmp_path):
    hole = np.zeros((64, 96), bool)
    hole[8:56, 8:88] = True
    confidence = np.ones((64, 96), np.float32)
    confidence[:, :48] = 0.1
    picture = saved(tmp_path, hole=hole, confidence=confidence)["confidence"].astype(int)
    assert picture[30, 70].sum() > picture[30, 20].sum() + 200


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="frame 1001"):
        saved(tmp_path / "file")


def test_a_failed_write_keeps_the_picture_that_was_there(tmp_path, monkeypatch):
    saved(tmp_path)
    before = (tmp_path / "1001.before.jpg").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        saved(tmp_path, value=0.7)
    monkeypatch.undo()
    assert (tmp_path / "1001.before.jpg").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == len(PICTURES)


def test_before_and_after_stand_side_by_side(tmp_path):
    hole = np.zeros((64, 96), bool)
    hole[20:40, 60:80] = True
    saved(tmp_path, hole=hole)
    before_after_picture(tmp_path / "1001.before.jpg", tmp_path / "1001.after.jpg", tmp_path / "out" / "both.png")
    both = cv2.imread(str(tmp_path / "out" / "both.png"))
    assert both.shape[0] == 64
    assert both.shape[1] > 2 * 96
    assert both[30, 70].mean() + 50 < both[30, both.shape[1] - 96 + 70].mean()


def test_the_change_is_found_where_it_is(tmp_path):
    hole = np.zeros((64, 96), bool)
    hole[20:40, 66:76] = True
    saved(tmp_path, hole=hole)
    assert center_of_change(tmp_path / "1001.before.jpg", tmp_path / "1001.after.jpg") == pytest.approx(
        71 / 96, abs=0.03
    )
    assert center_of_change(tmp_path / "1001.before.jpg", tmp_path / "1001.before.jpg") == 0.5


def test_a_picture_that_is_none_is_one_error(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match="isn't a picture"):
        before_after_picture(tmp_path / "a.jpg", tmp_path / "a.jpg", tmp_path / "b.png")
