"""Cameras in USD files (.usd, .usda, .usdc), through usd-core.

The time code is the frame's number. Focal length over aperture gives the lens; as in Nuke and Maya, the aperture's
width is that of the picture, whatever its height says, and pixels are as the plate's pixel aspect says. Aperture
offsets are the principal point. USD has no place for a lens's distortion: it is written as an attribute of our own,
which other programs pass over. The stage's units and up axis don't matter to a projection, and aren't looked at.

A frame is known where the camera has a sample for it, or samples on both sides no more than a frame apart, or stands
still between them; before the first and after the last sample where the stage's own time range holds it. A camera
without samples stands still.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media.atomic import replacing
from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.camera_pose import Gate, Pose, Told, Wanted, border_error, check_size, known_frames, pose_of, rigid

WIDTH = 36.0  # of the aperture that is written, in tenths of a unit: millimeters where a unit is a centimeter
CAMERA, POINTS = "/world/camera", "/world/points"
DISTORTION = "vfx_ai:distortion"
SAME_TIME, GAP = 1e-6, 1 + 1e-6  # frames
WORTH_TELLING = 0.01  # pixels


def read(file: Path, wanted: Wanted) -> Told:
    """The poses of a camera of a USD file in the frames that are wanted.

    Raises:
        InputError: it is damaged, or has no such camera, or more than one.
    """
    check_size(file)
    with _quietly(file):
        return _told(file, wanted)


def _told(file: Path, wanted: Wanted) -> Told:
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(file), Usd.Stage.LoadNone)
    camera = UsdGeom.Camera(_chosen(stage, file, wanted.prim))
    if camera.GetProjectionAttr().Get() == UsdGeom.Tokens.orthographic:
        raise InputError("the camera is orthographic", file=file, remedy="Give a camera with perspective.")
    times = _times(camera)
    held = (stage.GetStartTimeCode(), stage.GetEndTimeCode()) if stage.HasAuthoredTimeCodeRange() else None

    def state(time: float) -> Array:
        return _state(camera, Usd.TimeCode(time))

    known = [n for n in wanted.numbers if _knows(n, times, held, state)]
    poses = {n: _pose(state(n), file, n, wanted.gate) for n in known}
    return Told(poses, tuple(sorted({int(time) for time in times})) or wanted.numbers)


@contextmanager
def _quietly(file: Path) -> Iterator[None]:
    """Whatever USD finds wrong with a file is one error of ours, and nothing is printed by USD itself."""
    from pxr import Tf, UsdUtils

    quiet = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        yield
    except (Tf.ErrorException, ValueError, TypeError) as error:  # the last two: an attribute of another type
        why = _why(error, file)
        raise InputError(f"the USD file can't be read: {why}", file=file, remedy="Write it again.") from None
    finally:
        with suppress(UnicodeDecodeError):
            quiet.TakeUncoalescedDiagnostics()


def _why(error: Exception, file: Path) -> str:
    """What USD found wrong, with line and column where it tells them, from a message that may hold the file's bytes."""
    told: list[str] = []
    with suppress(UnicodeDecodeError):
        told = [line for line in re.findall(r": '(.*?)'?$", str(error), re.MULTILINE) if "open layer" not in line]
    return told[-1].rpartition(file.name)[2].lstrip(":> ") if told else "it is damaged, or no USD file"


def _chosen(stage: Any, file: Path, path: str) -> Any:
    cameras = {str(prim.GetPath()): prim for prim in _cameras(stage)}
    if path in cameras:
        return cameras[path]
    if len(cameras) == 1 and not path:
        return next(iter(cameras.values()))
    names = ", ".join(cameras)
    if path:
        remedy = f"Its cameras are: {names}." if cameras else "Write one with a camera."
        raise InputError(f"the file has no camera {path}", file=file, remedy=remedy)
    if cameras:
        raise InputError(
            f"the file has {len(cameras)} cameras: {names}",
            file=file,
            remedy=f"Name one after a #, e.g. {file.name}#{next(iter(cameras))}.",
        )
    raise InputError(
        "the file has no camera", file=file, remedy="Write one with a camera, and with the files it refers to."
    )


def _cameras(stage: Any) -> list[Any]:
    """The stage's cameras; what is loaded on demand is loaded only where there is none without."""
    from pxr import UsdGeom

    def found() -> list[Any]:
        return [prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Camera)]

    cameras = found()
    if not cameras:
        stage.Load()
        cameras = found()
    return cameras


def _times(camera: Any) -> list[float]:
    """Time codes at which anything that decides the view has a sample, in order."""
    from pxr import UsdGeom

    times: set[float] = set()
    for attribute in _lens(camera):
        times.update(attribute.GetTimeSamples() if attribute else ())
    prim = camera.GetPrim()
    while prim and not prim.IsPseudoRoot():
        times.update(UsdGeom.Xformable(prim).GetTimeSamples() if prim.IsA(UsdGeom.Xformable) else ())
        prim = prim.GetParent()
    return sorted(times)


def _lens(camera: Any) -> tuple[Any, ...]:
    return (
        camera.GetFocalLengthAttr(),
        camera.GetHorizontalApertureAttr(),
        camera.GetHorizontalApertureOffsetAttr(),
        camera.GetVerticalApertureOffsetAttr(),
        camera.GetPrim().GetAttribute(DISTORTION),
    )


def _state(camera: Any, time: Any) -> Array:
    """Everything that decides the view at a time, as 22 numbers: camera to world, then the lens."""
    matrix = np.array(camera.ComputeLocalToWorldTransform(time), np.float64).T
    *lens, bent = (attribute.Get(time) if attribute else (0.0, 0.0) for attribute in _lens(camera))
    return np.concatenate([matrix.ravel(), np.array(lens, np.float64), np.array(bent, np.float64).ravel()[:2]])


def _knows(number: int, times: list[float], held: tuple[float, float] | None, state: Any) -> bool:
    if not times:
        return True
    i = bisect_left(times, number)
    before, after = times[i - 1] if i else None, times[i] if i < len(times) else None
    if min(abs(time - number) for time in (before, after) if time is not None) < SAME_TIME:
        return True
    if before is None or after is None:
        return held is not None and held[0] <= number <= held[1]
    return after - before <= GAP or bool(np.array_equal(state(before), state(after)))


def _pose(state: Array, file: Path, frame: int, gate: Gate) -> Pose:
    matrix, (length, width, right, up), distortion = state[:16].reshape(4, 4).copy(), state[16:20], state[20:22]
    if not np.isfinite(state).all() or not (length > 0 and width > 0):
        raise InputError(
            f"the camera's lens or matrix makes no sense (focal length {length:g}, aperture {width:g})",
            file=file,
            frame=frame,
            remedy="Write the camera again.",
        )
    size = np.cbrt(max(float(np.linalg.det(matrix[:3, :3])), 0.0))  # a scale of the scene, not of the picture
    matrix[:3, :3] = rigid(matrix[:3, :3] / size if size > 0 else matrix[:3, :3], file, frame)
    per_unit = gate.size[0] / width * np.array([1.0, gate.pixel_aspect])  # pixels
    center = gate.middle + per_unit * np.array([-right, up])
    return Pose(matrix, length * per_unit, center, distortion)


def write(camera: Camera, file: Path, gate: Gate, fps: float) -> tuple[str, ...]:
    """Write the known frames and the points; see `camera_files.write_camera`."""
    from pxr import Tf

    stage = _stage(camera, gate, fps)
    with replacing(file) as beside:
        made = beside.with_name(beside.name + file.suffix.lower())  # USD knows its kind by the name
        try:
            stage.GetRootLayer().Export(str(made))
            os.replace(made, beside)  # noqa: PTH105
        except Tf.ErrorException as error:
            raise OSError(f"USD can't write it: {error}") from None
        finally:
            made.unlink(missing_ok=True)
    return _lost(camera, gate)


def _stage(camera: Camera, gate: Gate, fps: float) -> Any:
    from pxr import Gf, Sdf, Usd, UsdGeom, Vt

    stage, frames = Usd.Stage.CreateInMemory(), known_frames(camera)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, UsdGeom.LinearUnits.centimeters)
    stage.SetTimeCodesPerSecond(fps)
    stage.SetFramesPerSecond(fps)
    stage.SetStartTimeCode(frames[0])
    stage.SetEndTimeCode(frames[-1])
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, CAMERA.rpartition("/")[0]).GetPrim())
    made = UsdGeom.Camera.Define(stage, CAMERA)
    turned = made.AddTransformOp()
    made.CreateHorizontalApertureAttr(WIDTH)
    made.CreateVerticalApertureAttr(float(WIDTH * gate.size[1] / gate.size[0] / gate.pixel_aspect))
    bent = made.GetPrim().CreateAttribute(DISTORTION, Sdf.ValueTypeNames.Double2) if camera.distortion.any() else None
    for number in frames:
        pose = pose_of(camera, number, gate)
        turned.Set(Gf.Matrix4d(pose.camera_to_world.T.tolist()), number)
        unit = WIDTH / gate.size[0] * np.array([1.0, 1 / gate.pixel_aspect])
        right, up = (pose.center - gate.middle) * unit * np.array([-1, 1])
        made.CreateFocalLengthAttr().Set(float(pose.focal[0] * unit[0]), number)
        made.CreateHorizontalApertureOffsetAttr().Set(float(right), number)
        made.CreateVerticalApertureOffsetAttr().Set(float(up), number)
        if bent is not None:
            bent.Set(Gf.Vec2d(*pose.distortion.tolist()), number)
    if len(camera.points):
        UsdGeom.Points.Define(stage, POINTS).CreatePointsAttr(Vt.Vec3fArray.FromNumpy(camera.points.astype(np.float32)))
    return stage


def _lost(camera: Camera, gate: Gate) -> tuple[str, ...]:
    focal = camera.focal[:, :1] * np.array([1.0, gate.pixel_aspect])
    off = border_error(camera, gate, focal, camera.center)
    if off < WORTH_TELLING:
        return ()
    return (
        f"USD holds no distortion of the lens, and one focal length: to other programs the camera is off by up to "
        f"{off:.2f} pixels at the picture's border; .json keeps it",
    )
