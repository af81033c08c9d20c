"""Frames that Blenders make: of movies, of masks, of renders with Cryptomatte; in real Blenders."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from planes import channels_of, pixels


def test_movies_become_frames_and_masks_are_drawn_by_another_blender(blender, tmp_path):
    told = blender.run("background", out=tmp_path)
    assert told["steps"] == ["movie", "mask", "inpaint"]
    for name in ("movie", "mask"):
        fault, done, _, first, last = told[name]
        assert (fault, done, first, last) == ("", 4, 1, 4), name
    assert told["movie again"] is True
    assert told["a config of the studio's"] == [False, False]  # else its light would be another
    light = [float(np.median(pixels(told["movie"][2].replace("####", f"{frame:04d}")))) for frame in range(1, 5)]
    # What the movie shows as 0.2 to 0.8 is this much light.
    np.testing.assert_allclose(light, [0.033, 0.133, 0.319, 0.604], atol=0.02)
    assert re.fullmatch(r"4 frames: about \d+ (s|min); [\d.]+% of the picture is filled", told["how long"]), told[
        "how long"
    ]
    assert told["shown"] == "roto"  # the one that the Clip editor shows
    for frame in range(1, 5):
        mask, left = pixels(told["mask"][2].replace("####", f"{frame:04d}"), "R")[..., 0], 8 * (frame - 1)
        assert mask.shape == (36, 64)
        assert mask[:17, left + 1 : left + 31].min() > 0.99, frame
        assert max(mask[19:].max(), mask[:, left + 33 :].max(), mask[:, : max(0, left - 1)].max(initial=0)) < 0.01
    assert told["fields"]["plate"].endswith("phone.1-4####.exr") and told["fields"]["matte_channel"] == "R"


def test_an_object_is_taken_out_of_a_render_by_its_cryptomatte(blender, tmp_path):
    told = blender.run("render", out=tmp_path)
    assert "Render it first" in told["before"]
    assert (told["range"], told["why_not"]) == ([1, 2], "")
    assert told["layer"].endswith("Combined")
    assert told["answer"] == told["removed"] == ["FINISHED"]
    matte = channels_of(told["matte"].replace("####", "0001"))
    covered = float(np.mean(next(iter(matte.values())) > 0.5))
    assert 0.02 < covered < 0.5
    assert Path(told["output"].replace("####", "0002")).is_file()
    for shown in ("node", "render result"):
        assert told[shown] == ["shot.####.exr", 1, 2, True], shown
    assert told["its result"]  # of what was made of it, too
    assert told["behind"] == [told["only"]]
