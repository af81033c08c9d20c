"""Previews of clean and wider plates and of mattes: small, of the right frame, near what the command makes."""

from __future__ import annotations

from dataclasses import asdict, fields

import cv2
import numpy as np
import OpenEXR
import pytest
import rendered
from cryptomattes import planes
from cryptomattes import told as said_of
from exr_files import write_exr
from rendered import load, load_rgb, render

from vfx_ai.errors import JobError
from vfx_ai.job import SCHEMA, Job, silent
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.worker import work
from vfx_ai.worker.kinds import KINDS, PREVIEWED, MatteClick, MattePick, Preview

SIZE = (64, 96)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A camera that stands still; a ball moves."""
    return render(tmp_path_factory.mktemp("still"), rendered.locked([(50.0, 32.0)]), frames=12, size=SIZE)


def made(job, frame, file, **more):
    """What the worker tells of a preview."""
    kind = next(kind for kind, of in PREVIEWED.items() if type(job) is of)
    asked = Preview({"schema": SCHEMA, **jsonlike(job)}, frame, str(file), kind=kind, width=48, **more)
    return work.preview(asked, silent, lambda: False)


def jsonlike(job):
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(job).items()}


def halved(picture):
    return cv2.resize(picture, (48, 32), interpolation=cv2.INTER_AREA)


def display(path):
    low, high = OpenEXR.File(str(path), header_only=True).parts[0].header["displayWindow"]
    return *(int(v) for v in low), *(int(v) for v in high)


@pytest.mark.parametrize("masked", [True, False])
def test_a_clean_plate_is_near_the_truth_and_what_moves_is_found_where_no_mask_says_it(masked, still, tmp_path):
    out = tmp_path / "out" / "clean.####.exr"
    job = Clean(still.plate, str(out), matte=still.matte if masked else "", grain="none", matte_grow="2")
    told = made(job, 1006, tmp_path / "p.exr")
    assert (told["width"], told["height"], told["frame"], told["engine"]) == (48, 32, 1006, "temporal")
    small, clean, hole = load_rgb(tmp_path / "p.exr"), halved(still.clean[1006]), halved(still.mattes[1006]) > 0
    filled = load(tmp_path / "p.exr")["fill.source"] > 0
    assert filled[halved(still.mattes[1006]) > 0.9].all() and not filled.all()
    assert np.median(np.abs(small - clean)[hole] / clean[hole]) < 0.03
    assert not out.parent.exists() and [path.name for path in tmp_path.iterdir()] == ["p.exr"]


@pytest.mark.parametrize(
    ("how", "window"),
    [
        ({"pad": "12,8,24,4"}, (-6, -4, 59, 33)),
        ({"format": "120x64"}, (-6, 0, 53, 31)),
        ({"overscan": "8"}, (0, 0, 47, 31)),
    ],
)
def test_a_wider_plate_is_as_much_wider(how, window, tmp_path):
    shot = render(tmp_path / "shot", rendered.turning(), frames=7, size=SIZE)
    told = made(Extend(shot.plate, str(tmp_path / "out" / "w.####.exr"), **how), 1004, tmp_path / "p.exr")
    assert display(tmp_path / "p.exr") == window and told["engine"] == "flow"
    source = load(tmp_path / "p.exr")["fill.source"]
    inside = source[source.shape[0] // 2, source.shape[1] // 2]
    assert inside == 0 and (source > 0).any() and not (tmp_path / "out").exists()


def test_a_mask_lends_nothing_to_a_wider_plate(still, tmp_path):
    job = Extend(still.plate, str(tmp_path / "o.####.exr"), pad="10%,0,10%,0", matte=still.matte, matte_grow="1")
    made(job, 1004, tmp_path / "p.png")
    assert cv2.imread(str(tmp_path / "p.png")).shape == (32, 58, 3)


def test_a_matte_of_a_click_near_by_is_where_the_object_is(still, tmp_path):
    y, x = (int(one.mean()) for one in np.nonzero(still.mattes[1004] > 0.5))
    box = f"{x - 12},{y - 12},{x + 12},{y + 12}@1004"
    asked = {"points": (f"{x},{y}@1004",), "boxes": (box,)}
    job = MatteClick(still.plate, str(tmp_path / "out" / "m.####.exr"), **asked)
    told = made(job, 1006, tmp_path / "p.exr", reach=3)
    assert told["frames"] == tuple(range(1003, 1010)) and (told["width"], told["height"]) == (48, 32)
    matte, true = load(tmp_path / "p.exr")["A"] > 0.5, halved(still.mattes[1006]) > 0.5
    assert (matte & true).sum() / (matte | true).sum() > 0.6
    assert not (tmp_path / "out").exists()
    with pytest.raises(JobError, match="within 2 frames of frame 1010"):
        made(job, 1010, tmp_path / "q.exr", reach=2)
    with pytest.raises(JobError, match="says where"):
        made(MatteClick(still.plate, job.output, not_points=("3,3@1006",)), 1006, tmp_path / "q.exr")


def test_a_wire_is_scaled_with_the_picture(still, tmp_path):
    job = MatteClick(still.plate, str(tmp_path / "m.####.exr"), wires=("10,10,80,40,4@1001",))
    told = made(job, 1001, tmp_path / "p.jpg", reach=1)
    grey = cv2.imread(str(tmp_path / "p.jpg"), cv2.IMREAD_GRAYSCALE)
    assert grey.shape == (32, 48) and told["engine"] == "wires"
    short = MatteClick(still.plate, str(tmp_path / "m.####.exr"), wires=("10,10,15,10@1001",))
    with pytest.raises(JobError, match="too short"):
        made(short, 1001, tmp_path / "p.jpg", reach=1)


def test_a_cryptomattes_matte_is_the_frames_own_scaled(tmp_path):
    covered = np.zeros((64, 96), np.float32)
    covered[16:32, 16:48] = 1
    channels = {**rendered.rgb(np.ones((64, 96, 3), np.float32)), **planes({"bunny": covered, "torus": 1 - covered})}
    plate = write_exr(tmp_path / "plate.1001.exr", channels, **said_of())
    told = made(MattePick(str(plate), "bunny", str(tmp_path / "m.####.exr")), 1001, tmp_path / "p.exr")
    matte = load(tmp_path / "p.exr")["A"]
    assert (matte[8:16, 8:24] == 1).all() and matte.sum() == 8 * 16 and told["hole"] == 8 * 16


def test_what_has_no_preview_is_refused_and_a_job_is_read_by_its_kind(tmp_path):
    job = {"schema": SCHEMA, "plate": "p.####.exr", "output": "o.####.exr"}
    with pytest.raises(JobError, match=r"no preview of 'plate_loop'.*inpaint, plate_clean, plate_extend, matte_click"):
        Preview(job, 1, "p.exr", kind="plate_loop")
    with pytest.raises(JobError, match="no matte was given"):
        Preview({**job, "matte": ""}, 1, "p.exr")
    with pytest.raises(JobError, match="nothing says how far"):
        Preview(job, 1, "p.exr", kind="plate_extend")
    with pytest.raises(JobError, match="unknown field 'points'"):
        Preview({**job, "points": []}, 1, "p.exr", kind="plate_clean")
    with pytest.raises(JobError, match="no schema"):
        Preview({"plate": "p", "output": "o"}, 1, "p.exr", kind="plate_clean")
    assert {type(None)} not in PREVIEWED.values() and PREVIEWED["inpaint"] is Job
    assert all(KINDS[kind].made is of and fields(of) for kind, of in PREVIEWED.items())


def test_a_single_plate_has_none(still, tmp_path):
    job = Clean(still.plate, str(tmp_path / "s.exr"), single=True)
    with pytest.raises(JobError, match="single plate has no preview"):
        made(job, 1004, tmp_path / "p.exr")
