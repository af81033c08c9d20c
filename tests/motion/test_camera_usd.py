"""Cameras in USD files: they see what USD's own frustum sees, and are known in the frames that the file holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cameras import DISPLAY, NUMBERS, moving_camera
from pxr import Gf, Usd, UsdGeom

from vfx_ai.errors import InputError
from vfx_ai.media.frame import Window
from vfx_ai.motion import camera_files, camera_usd
from vfx_ai.motion.camera_files import read_camera, write_camera

WINDOW = Window(0, 0, 320, 180)


def layer(body: str, head: str = "") -> str:
    return f"#usda 1.0\n(\n{head}\n)\n{body}\n"


def camera(inside: str, name: str = "cam") -> str:
    return f'def Camera "{name}"\n{{\n{inside}\n}}\n'


def moved(samples: dict[float, float]) -> str:
    """A camera that stands at (x, 0, 0), by time."""
    told = ", ".join(f"{time}: ({x}, 0, 0)" for time, x in samples.items())
    return f'double3 xformOp:translate.timeSamples = {{ {told} }}\nuniform token[] xformOpOrder = ["xformOp:translate"]'


def scaled(by: str) -> str:
    return f'double3 xformOp:scale = {by}\nuniform token[] xformOpOrder = ["xformOp:scale"]'


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """What is read is tried here; that it happens in a process of its own is tried in test_usd_apart.py."""
    for suffix in (".usd", ".usda", ".usdc"):
        here = camera_files.Kind(camera_usd.read, camera_usd.write, several=True)
        monkeypatch.setitem(camera_files.KINDS, suffix, here)


@pytest.fixture
def read(tmp_path):
    """read(text, *numbers): the camera of a stage of that text."""

    def of(text: str, *numbers: int, prim: str = "", window: Window = WINDOW, aspect: float = 1.0):
        file = tmp_path / "shot.usda"
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
        return read_camera(Path(f"{file}{prim and '#'}{prim}"), numbers, window, window, aspect)

    return of


def by_usd(prim: Usd.Prim, frame: int, points: np.ndarray, width: int, height: int) -> np.ndarray:
    """Where USD's own frustum sees points of the world: [N, 2] pixels, a pixel's middle at the whole number."""
    frustum = UsdGeom.Camera(prim).GetCamera(frame).frustum
    seen = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
    flat = np.array([seen.Transform(Gf.Vec3d(*point)) for point in points.tolist()])
    return np.stack([(flat[:, 0] + 1) / 2 * width, (1 - flat[:, 1]) / 2 * height], 1) - 0.5


RIG = """
def Xform "world"
{
    double3 xformOp:translate = (1, 2, 3)
    float xformOp:rotateX = -90
    double3 xformOp:scale = (0.01, 0.01, 0.01)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateX", "xformOp:scale"]

    def Camera "cam"
    {
        float focalLength.timeSamples = { 1: 30, 2: 35 }
        float horizontalAperture = 32
        float verticalAperture = 18
        float horizontalApertureOffset = 2.5
        float verticalApertureOffset = -1.25
        double3 xformOp:translate.timeSamples = { 1: (10, 20, 30), 2: (40, 20, 10) }
        float3 xformOp:rotateXYZ.timeSamples = { 1: (70, 5, 20), 2: (80, -5, 35) }
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ"]
    }
}
"""


def test_a_camera_in_a_rig_with_scale_zoom_and_offsets_sees_what_usd_sees(read):
    text = layer(RIG, 'upAxis = "Z"\nmetersPerUnit = 1')
    found = read(text, 1, 2)
    stage = Usd.Stage.CreateInMemory()
    stage.GetRootLayer().ImportFromString(text)
    for frame in (1, 2):
        points = found.position(frame) + np.random.default_rng(2).normal(0, 3, (40, 3))
        at, depth = found.project(frame, points)
        before = depth > 0.1
        assert before.sum() > 5
        expected = by_usd(stage.GetPrimAtPath("/world/cam"), frame, points[before], 320, 180)
        assert np.allclose(at[before], expected, atol=1e-3)


def test_what_is_written_is_seen_by_usd_as_by_the_camera(tmp_path):
    known, file = moving_camera(shift=(7.0, -5.0)), tmp_path / "camera.usdc"
    write_camera(known, file, DISPLAY, DISPLAY, fps=25.0)
    stage = Usd.Stage.Open(str(file))
    prim = stage.GetDefaultPrim().GetChild("camera")
    for number in NUMBERS:
        points = known.position(number) + known.rotation[known.index(number)].T @ np.array([0.4, -0.3, 2])
        at, _ = known.project(number, points[None])
        assert np.allclose(by_usd(prim, number, points[None], 640, 360), at, atol=1e-3)
    cloud = UsdGeom.Points(stage.GetDefaultPrim().GetChild("points")).GetPointsAttr().Get()
    assert np.allclose(np.array(cloud), known.points, atol=1e-6)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (NUMBERS[0], NUMBERS[-1])
    assert stage.GetFramesPerSecond() == 25 and UsdGeom.GetStageUpAxis(stage) == "Y"


def test_distortion_is_kept_for_us_and_told_to_be_lost_for_others(tmp_path):
    file = tmp_path / "camera.usda"
    (note,) = write_camera(moving_camera(distortion=(0.1, -0.02)), file, DISPLAY, DISPLAY)
    assert "to other programs the camera is off by up to" in note
    assert np.allclose(read_camera(file, NUMBERS, DISPLAY, DISPLAY).distortion, (0.1, -0.02))


def test_the_apertures_width_is_the_pictures_whatever_its_height_says(read):
    found = read(layer(camera("float focalLength = 50\nfloat horizontalAperture = 32\nfloat verticalAperture = 24")), 7)
    assert found.focal.tolist() == [[500, 500]]
    found = read(layer(camera("float focalLength = 50\nfloat horizontalAperture = 32")), 7, aspect=2.0)
    assert found.focal.tolist() == [[500, 1000]]


def test_a_camera_without_samples_stands_still_in_all_frames(read):
    found = read(layer(camera("")), 1001, 1002, 1900)
    assert found.known.all() and np.array_equal(found.rotation[0], found.rotation[2])


@pytest.mark.parametrize(
    ("samples", "head", "known"),
    [
        ({5: 0, 6: 1, 7: 2}, "", [5, 6, 7]),
        ({4.75: 0, 5.25: 1, 5.75: 2, 6.25: 3}, "", [5, 6]),  # the shutter's opening and closing
        ({3: 0, 4: 1, 8: 5, 9: 6}, "", [3, 4, 8, 9]),  # a gap in which it moved
        ({3: 0, 4: 1, 8: 1, 9: 2}, "", [3, 4, 5, 6, 7, 8, 9]),  # one in which it stood still
        ({5: 0, 6: 1}, "startTimeCode = 4\nendTimeCode = 8", [4, 5, 6, 7, 8]),  # and stands still
    ],
)
def test_frames_are_known_where_the_file_holds_them(samples, head, known, read):
    found = read(layer(camera(moved(samples)), head), *range(1, 12))
    assert [n for n in range(1, 12) if found.knows(n)] == known


def test_between_samples_that_lie_close_the_camera_is_where_usd_has_it(read):
    assert read(layer(camera(moved({4.75: 1, 5.25: 2}))), 5).position(5) == pytest.approx([1.5, 0, 0])


def test_a_camera_of_other_frames_is_an_error(read):
    with pytest.raises(InputError, match="the camera has frames 5-7, the plate 1001: none in common"):
        read(layer(camera(moved({5: 0, 6: 1, 7: 2}))), 1001)


TWO = layer(camera(moved({1: 5, 2: 6}), "left") + 'def Xform "rig"\n{\n' + camera("", "right") + "}\n")


def test_of_several_cameras_one_must_be_named(read):
    with pytest.raises(InputError, match=r"2 cameras: /left, /rig/right\. Name one after a #, e\.g\. shot\.usda#/left"):
        read(TWO, 1)
    assert read(TWO, 1, prim="/left").position(1).tolist() == [5, 0, 0]
    assert read(TWO, 1, prim="/rig/right").position(1).tolist() == [0, 0, 0]
    with pytest.raises(InputError, match=r"no camera /rig\. Its cameras are: /left, /rig/right"):
        read(TWO, 1, prim="/rig")


def test_a_file_whose_name_has_the_mark_is_that_file(tmp_path):
    folder = tmp_path / "take#"
    folder.mkdir()
    (folder / "shot.usda").write_text(layer(camera("")))
    assert read_camera(folder / "shot.usda", (1,), WINDOW, WINDOW).knows(1)


def test_a_camera_that_is_loaded_on_demand_is_found(tmp_path, read):
    (tmp_path / "inner.usda").write_text(
        layer('def Xform "a"\n{\n' + camera(moved({1: 4})) + "}\n", 'defaultPrim = "a"')
    )
    assert read(layer('def Xform "b" (\n    payload = @inner.usda@\n)\n{\n}\n'), 1).position(1).tolist() == [4, 0, 0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the USD file can't be read"),
        ("no usd at all", "the USD file can't be read"),
        (layer(camera("    float focalLength = abc")), r"the USD file can't be read: 7:25: Error parsing"),
        (layer(camera("    string focalLength = 'long'")), "the USD file can't be read"),
        (layer(camera("    float focalLength = \udc82")), "the USD file can't be read: it is damaged"),
        (layer('def Xform "a"\n{\n}\n'), "the file has no camera"),
        (layer('def Xform "a" (\n    references = @gone.usda@\n)\n{\n}\n'), "no camera.*with the files it refers to"),
        (layer(camera('token projection = "orthographic"')), "orthographic"),
        (layer(camera("float focalLength = nan")), "frame 7.*makes no sense"),
        (layer(camera("float focalLength = 0")), r"frame 7.*makes no sense \(focal length 0"),
        (layer(camera("float horizontalAperture = -3")), "frame 7.*makes no sense"),
        (layer(camera(scaled("(1, 2, 1)"))), "frame 7.*no rotation"),
        (layer(camera(scaled("(-1, 1, 1)"))), "frame 7.*no rotation"),
        (layer(camera(scaled("(0, 0, 0)"))), "frame 7.*no rotation"),
    ],
)
def test_a_usd_file_that_cannot_be_used_is_one_error_and_nothing_else_is_printed(text, says, read, capfd):
    with pytest.raises(InputError, match=says) as caught:
        read(text, 7)
    assert caught.value.remedy
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "content",
    [b"PXR-USDC" + bytes(range(200)), b"PXR-USDC", np.random.default_rng(1).bytes(500)],
    ids=["nonsense", "short", "random"],
)
@pytest.mark.parametrize("suffix", [".usd", ".usdc"])
def test_a_binary_usd_file_that_is_damaged_is_one_error(content, suffix, tmp_path, capfd):
    file = tmp_path / f"bad{suffix}"
    file.write_bytes(content)
    with pytest.raises(InputError, match="the USD file can't be read"):
        read_camera(file, (7,), WINDOW, WINDOW)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_was_written_anew_is_read_anew(tmp_path):
    file = tmp_path / "shot.usda"
    for x in (1.0, 2.0):
        file.write_text(layer(camera(moved({1: x}))))
        assert read_camera(file, (1,), WINDOW, WINDOW).position(1)[0] == x
