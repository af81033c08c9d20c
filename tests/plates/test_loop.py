"""A loop closes where the shot allows it, its change is real pixels, and the rest is the plate to the bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.job import silent
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.stamp import read_stamp
from vfx_ai.plates.jobs_new import PlateGenerate, PlateLoop
from vfx_ai.plates.loop_change import blended, moments, share_of_new
from vfx_ai.plates.loop_pair import best_pair, distances
from vfx_ai.proof.sidecar import read_sidecar
from vfx_ai.worker import work
from vfx_ai.worker.kinds import read

HEIGHT, WIDTH, COUNT, PERIOD = 40, 56, 40, 15.0


@pytest.fixture
def shot(tmp_path: Path) -> str:
    """Waves that go by, and come again nearly after 15 frames; with a bright one, an alpha, and one NaN."""
    folder = tmp_path / "shot"
    folder.mkdir()
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    still = np.random.default_rng(1).normal(0, 0.02, (HEIGHT, WIDTH))
    for i in range(COUNT):
        wave = np.sin(x / 5 + y / 9 - 2 * np.pi * i / PERIOD) + 0.05 * np.sin(y / 4 + 0.3 * i)
        light = (0.3 * 2**wave + 20 * (wave > 0.97) + still).astype(np.float16)
        if i == 3:
            light[0, 0] = np.nan
        planes = {"R": light, "G": light * np.float16(0.5), "B": light * np.float16(0.25)}
        planes["A"] = np.full_like(light, i / COUNT)
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, planes).write(str(folder / f"sea.{1001 + i}.exr"))
    return str(folder / "sea.####.exr")


def planes_of(path: Path) -> dict[str, np.ndarray]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: channel.pixels for name, channel in file.channels().items()}


def test_a_loop_is_the_plate_to_the_bit_but_for_its_change(shot: str, tmp_path: Path) -> None:
    made = vfx_ai.loop(shot, tmp_path / "out/loop.####.exr", length="12-20", over=8)
    assert len(made.frames) == 15
    assert made.frames == tuple(range(made.first, made.last + 1))
    assert made.seam["loop"].step < 1.3 < made.seam["loop"].step + made.seam["cut"].step
    assert made.differing == 0 and not made.warnings
    for number in made.frames:
        before = planes_of(Path(shot.replace("####", str(number))))
        after = planes_of(tmp_path / f"out/loop.{number}.exr")
        changed = after["fill.source"] == 1
        assert changed.any() == (number > made.last - 8 + 1)
        for name, plane in before.items():
            free = changed if name in "RGB" else np.zeros_like(changed)
            assert np.array_equal(plane[~free].view(np.uint16), after[name][~free].view(np.uint16)), (number, name)
    last = planes_of(tmp_path / f"out/loop.{made.last}.exr")
    source = last["fill.from.frame"]
    # What has changed over shows the frame before the first, which goes on to it; and nothing in between.
    other = planes_of(Path(shot.replace("####", str(made.first - 1))))
    whole = (last["fill.gain.R"] == 1) & (source == made.first - 1)
    assert whole.mean() > 0.7
    assert np.array_equal(last["R"][whole], other["R"][whole])


def test_every_changed_pixel_can_be_made_anew_from_where_it_came(shot: str, tmp_path: Path) -> None:
    made = vfx_ai.loop(shot, tmp_path / "loop.####.exr", length="12-20", over=8)
    for number in made.frames[-8:]:
        found = planes_of(tmp_path / f"loop.{number}.exr")
        there = found["fill.source"] == 1
        for frame in np.unique(found["fill.from.frame"][there]):
            mine = there & (found["fill.from.frame"] == frame)
            lent = planes_of(Path(shot.replace("####", f"{int(frame)}")))["G"].astype(np.float32)
            y, x = (found[f"fill.from.{axis}"][mine].astype(int) for axis in "yx")
            anew = lent[y, x] * found["fill.gain.G"][mine]
            assert np.allclose(anew, found["G"][mine].astype(np.float32), rtol=2e-3, atol=1e-4)


def test_the_best_pair_also_moves_alike() -> None:
    # A pendulum: each place is passed twice in a period, once each way.
    angle = torch.sin(torch.arange(60) * 2 * torch.pi / 24)
    small = torch.stack([torch.exp(-((torch.arange(32) - 16 - 10 * a) ** 2) / 8) for a in angle])
    pair = best_pair(distances(small), 10, 30, 4)
    assert pair is not None
    assert pair.after - pair.first == 24
    assert best_pair(distances(small[:12]), 20, 30, 4) is None


def test_each_place_changes_over_where_both_takes_agree() -> None:
    old, new = torch.zeros((12, 20, 30, 3)), torch.ones((12, 20, 30, 3))
    new[3:5, :, :15] = 0
    new[7:9, :, 15:] = 0
    when = moments(old, new)
    assert abs(float(when[:, :8].mean()) - 3.5) < 0.5
    assert abs(float(when[:, -8:].mean()) - 7.5) < 0.5
    for place in range(12):
        share = share_of_new(when, place)
        assert float(share.min()) >= 0 and float(share.max()) <= 1
    assert float(share_of_new(when, 0).max()) == 0
    assert float(share_of_new(when, 12).min()) == 1


def test_a_flame_before_black_keeps_its_color_on_the_way() -> None:
    black, flame = torch.full((1, 3), 0.002), torch.tensor([[40.0, 20.0, 8.0]])
    share = torch.tensor([0.5])
    half = blended(black, flame, share)
    assert torch.allclose(half / half[:, :1], flame / flame[:, :1], atol=0.02)
    assert 0.3 < float(half[0, 0]) < 2
    assert torch.equal(blended(black, flame, torch.zeros(1)), black)
    assert torch.equal(blended(black, flame, torch.ones(1)), flame)
    assert bool(torch.isfinite(blended(-flame, black, share)).all())


def test_a_shot_that_never_comes_back_is_told(tmp_path: Path) -> None:
    for i in range(30):
        light = np.full((32, 48), 0.1 * 1.25**i, np.float16)
        light[:, (2 * i) % 48 :] *= 2
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, dict.fromkeys("RGB", light)).write(str(tmp_path / f"p.{1001 + i}.exr"))
    made = vfx_ai.loop(tmp_path / "p.####.exr", tmp_path / "out/l.####.exr", length="12-16", over=6, dry_run=True)
    assert "No good pair" in made.warnings[0]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        ({"length": "30-60"}, InputError, "the shot has 40"),
        ({"length": "abc"}, JobError, "--length 24-60"),
        ({"length": "12-20", "over": 2}, JobError, "6 frames or more"),
        ({"output": "{shot}", "length": "12-20"}, OutputError, "take the place"),
    ],
)
def test_what_can_not_be_is_refused(shot: str, tmp_path: Path, words: dict, error: type, says: str) -> None:
    target = words.pop("output", str(tmp_path / "l.####.exr")).format(shot=shot)
    with pytest.raises(error, match=says):
        vfx_ai.loop(shot, target, **words)


def test_the_command_goes_on_and_tells(shot: str, tmp_path: Path) -> None:
    words = [
        "plate",
        "loop",
        shot,
        "-o",
        str(tmp_path / "o/l.####.exr"),
        "--length",
        "15",
        "--over",
        "8",
        "--start",
        "1",
    ]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0, first.output
    assert "each place at its own moment" in first.stdout
    (tmp_path / "o/l.0003.exr").unlink()
    kept = (tmp_path / "o/l.0004.exr").stat().st_mtime_ns
    again = CliRunner().invoke(app, [*words, "--json"])
    told = json.loads(again.stdout.splitlines()[-1])
    assert told["frames"] == list(range(1, 16))
    assert (tmp_path / "o/l.0003.exr").exists()
    assert (tmp_path / "o/l.0004.exr").stat().st_mtime_ns == kept
    page = (tmp_path / "o/report.html").read_text()
    assert "A loop of 15 frames" in page and "data:image/jpeg" in page
    assert json.loads((tmp_path / "o/report.json").read_text())["seam"]["loop"]["step"] > 0


def test_a_sample_of_a_loop_holds_its_ends_and_is_gone_on_from(shot: str, tmp_path: Path) -> None:
    words = {"length": "15", "over": 8, "start": 1}
    some = vfx_ai.loop(shot, tmp_path / "l.####.exr", sample=3, **words)
    assert some.frames == (1, 8, 15) and some.length == 15
    assert sorted(path.name for path in tmp_path.glob("l.*.exr")) == ["l.0001.exr", "l.0008.exr", "l.0015.exr"]
    assert "A loop of 15 frames" in (tmp_path / "report.html").read_text()
    at = (tmp_path / "l.0015.exr").stat().st_mtime_ns
    whole = vfx_ai.loop(shot, tmp_path / "l.####.exr", **words)
    assert whole.frames == tuple(range(1, 16)) and whole.seam == some.seam
    assert (tmp_path / "l.0015.exr").stat().st_mtime_ns == at
    with pytest.raises(JobError, match="sample is -1"):
        vfx_ai.loop(shot, tmp_path / "l.####.exr", sample=-1, **words)


def test_a_worker_makes_it_too(shot: str, tmp_path: Path) -> None:
    asked = read(PlateLoop, {"plate": shot, "output": str(tmp_path / "l.####.exr"), "length": "15", "over": 8})
    told = work.plate_loop(asked, silent, lambda: False)
    assert told["result"] == str(tmp_path / "l.####.exr")
    assert len(told["frames"]) == 15 and (tmp_path / f"l.{told['first']}.exr").is_file()
    with pytest.raises(JobError, match="no reference"):
        read(PlateGenerate, {"like": [], "output": "o.####.exr"})


def test_a_loop_says_how_it_was_made_and_is_done_again(shot: str, tmp_path: Path) -> None:
    made = vfx_ai.loop(shot, tmp_path / "out/loop.####.exr", length="12-20", over=8, start=1)
    known = read_sidecar(tmp_path / "out" / "loop.vfxai.json")
    assert (known.kind, len(known.frames), len(known.inputs[0].files)) == ("plate_loop", len(made.frames), COUNT)
    for frame in known.frames:
        path = tmp_path / "out" / frame.file
        said = read_stamp(read_header(path).parts[0])
        assert said["job"] == known.job and said["pixels"] == (planes_of(path)["fill.source"] == 1).sum()
    assert known.made["real"] == sum(known.made.values()) > 0
    again = vfx_ai.reproduce(tmp_path / "out" / "loop.vfxai.json", tmp_path / "again")
    assert again.passed and again.identical == made.frames
