"""A result is done again from its sidecar, to the bit; what can't be is told before anything runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
import rendered
from rendered import Rendered, render, results
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.again import reproduce
from vfx_ai.cli import app
from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.proof.same import same_pixels
from vfx_ai.proof.sidecar import read_sidecar

FRAMES = 4


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    shot = render(tmp_path_factory.mktemp("first"), rendered.locked(), frames=FRAMES, size=(32, 48))
    vfx_ai.inpaint(shot.plate, shot.matte, shot.folder / "out" / "clean.####.exr", engine="temporal", matte_grow="1")
    return shot


@pytest.fixture
def moved(first: Rendered, tmp_path: Path) -> tuple[Path, tuple[tuple[str, str], ...]]:
    """All of it copied to another place: its sidecar, and how paths are to be mapped."""
    shutil.copytree(first.folder, tmp_path / "moved")
    return tmp_path / "moved" / "out" / "clean.vfxai.json", ((str(first.folder), str(tmp_path / "moved")),)


def said(sidecar: Path, **changes: Any) -> Path:
    data = json.loads(sidecar.read_text())
    for name, value in changes.items():
        data[name] = value
    sidecar.write_text(json.dumps(data))
    return sidecar


def test_the_same_bits_come_again_and_nothing_that_was_there_changes(first: Rendered, tmp_path: Path) -> None:
    out = first.folder / "out"
    before = {path: path.read_bytes() for path in out.glob("*.*") if path.is_file()}
    again = vfx_ai.reproduce(out / "clean.vfxai.json", tmp_path / "new")
    assert again.passed and again.identical == first.numbers and not again.told
    assert {path: path.read_bytes() for path in before} == before
    assert all(path.read_bytes() == (out / path.name).read_bytes() for path in results(tmp_path / "new").values())


def test_of_some_frames_alone(first: Rendered, tmp_path: Path) -> None:
    again = reproduce(first.folder / "out" / "clean.vfxai.json", tmp_path / "new", frames=str(first.numbers[2]))
    assert again.identical == (first.numbers[2],) and list(results(tmp_path / "new")) == [first.numbers[2]]


def test_where_nothing_could_be_compared_nothing_is_the_same(moved: Any, tmp_path: Path) -> None:
    sidecar, mapping = moved
    data = json.loads(sidecar.read_text())
    last = data["frames"][-1]["frame"]
    said(sidecar, frames=data["frames"][:-1])
    with pytest.raises(JobError, match="none of these frames"):
        reproduce(sidecar, tmp_path / "new", mapping, frames=str(last))


def test_a_folder_of_models_or_a_policy_that_a_sidecar_names_is_not_followed(moved: Any, tmp_path: Path) -> None:
    sidecar, mapping = moved
    data = json.loads(sidecar.read_text())
    strange = {"policy": "//evil/share/policy.yaml", "models_dir": "//evil/share"}
    again = reproduce(said(sidecar, asked={**data["asked"], **strange}), tmp_path / "new", mapping)
    assert again.passed
    made = read_sidecar(tmp_path / "new" / "clean.vfxai.json").asked
    assert (made["policy"], made["models_dir"]) == ("", "")


def test_inputs_that_moved_are_found_by_the_map(moved: Any, first: Rendered, tmp_path: Path) -> None:
    sidecar, mapping = moved
    known = read_sidecar(sidecar)
    again = reproduce(sidecar, tmp_path / "new", mapping)
    assert again.passed and again.identical == first.numbers
    fresh = read_sidecar(tmp_path / "new" / "clean.vfxai.json")
    assert [file.sha256 for one in fresh.inputs for file in one.files] == [
        file.sha256 for one in known.inputs for file in one.files
    ]
    assert str(tmp_path / "moved") in fresh.asked["plate"]


def test_windows_paths_are_mapped_whichever_way_they_lean(moved: Any, first: Rendered, tmp_path: Path) -> None:
    sidecar, _ = moved
    text = sidecar.read_text().replace(f"{first.folder}/", "P:\\\\Show\\\\")
    sidecar.write_text(text)
    assert reproduce(sidecar, tmp_path / "new", (("p:\\show", str(tmp_path / "moved")),)).passed
    with pytest.raises(InputError, match="no path of this system"):
        reproduce(sidecar, tmp_path / "other")


def test_changed_and_missing_inputs_are_named_before_anything_runs(moved: Any, tmp_path: Path) -> None:
    sidecar, mapping = moved
    plates = sorted(sidecar.parents[1].glob("plate.*.exr"))
    plates[0].write_bytes(plates[0].read_bytes()[:-1] + b"\x55")
    plates[1].write_bytes(plates[1].read_bytes() + b"x")
    plates[2].unlink()
    with pytest.raises(InputError, match="3 of 8 inputs") as caught:
        reproduce(sidecar, tmp_path / "new", mapping)
    told = caught.value.message
    assert f"{plates[0]} holds something else" in told and f"{plates[2]} isn't there" in told
    assert f"{plates[1]} has {plates[1].stat().st_size} bytes" in told
    assert not (tmp_path / "new").exists()


def test_a_frame_that_came_in_between_is_told(moved: Any, tmp_path: Path) -> None:
    sidecar, mapping = moved
    plate = sorted(sidecar.parents[1].glob("plate.*.exr"))[-1]
    for name in ("plate", "matte"):
        shutil.copy(plate.with_name(f"{name}.{1000 + FRAMES}.exr"), plate.with_name(f"{name}.{1001 + FRAMES}.exr"))
    with pytest.raises(InputError, match="wasn't there"):
        reproduce(sidecar, tmp_path / "new", mapping)


def test_another_version_is_told_and_the_pixels_are_compared(moved: Any, first: Rendered, tmp_path: Path) -> None:
    sidecar, mapping = moved
    data = json.loads(sidecar.read_text())
    said(
        sidecar,
        versions={**data["versions"], "torch": "1.0"},
        frames=[{**f, "sha256": "0" * 64} for f in data["frames"]],
    )
    again = reproduce(sidecar, tmp_path / "new", mapping)
    assert any("torch was 1.0" in one for one in again.told)
    assert again.differing == dict.fromkeys(first.numbers) and not again.passed


def test_a_result_with_other_pixels_is_told_with_their_number(moved: Any, first: Rendered, tmp_path: Path) -> None:
    import hashlib

    sidecar, mapping = moved
    victim, header = (results(sidecar.parent)[first.numbers[index]] for index in (0, 1))
    file = OpenEXR.File(str(victim), separate_channels=True)
    file.parts[0].channels["G"].pixels[3, 4] += 1
    file.write(str(victim))
    file = OpenEXR.File(str(header), separate_channels=True)
    file.parts[0].header["comment"] = "by hand"
    file.write(str(header))
    frames = json.loads(sidecar.read_text())["frames"]
    for frame in frames:
        frame["sha256"] = hashlib.sha256((sidecar.parent / frame["file"]).read_bytes()).hexdigest()
    again = reproduce(said(sidecar, frames=frames), tmp_path / "new", mapping)
    assert again.differing == {first.numbers[0]: 1} and again.same_pixels == (first.numbers[1],)
    assert again.identical == first.numbers[2:]


def test_a_folder_with_other_files_is_refused_and_the_same_attempt_goes_on(first: Rendered, tmp_path: Path) -> None:
    sidecar = first.folder / "out" / "clean.vfxai.json"
    with pytest.raises(OutputError, match="other files"):
        reproduce(sidecar, first.folder)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        reproduce(sidecar, tmp_path / "file")
    reproduce(sidecar, tmp_path / "new", frames=str(first.numbers[0]))
    stamp = results(tmp_path / "new")[first.numbers[0]].stat().st_mtime_ns
    assert reproduce(sidecar, tmp_path / "new").passed
    assert results(tmp_path / "new")[first.numbers[0]].stat().st_mtime_ns == stamp


@pytest.mark.parametrize("begins", ["//", "\\\\", "/\\", "\\/"])
def test_a_path_on_another_machine_is_not_followed(moved: Any, tmp_path: Path, begins: str) -> None:
    sidecar, mapping = moved
    data = json.loads(sidecar.read_text())
    data["inputs"][0]["files"][0]["path"] = f"{begins}evil/share/plate.1001.exr"
    with pytest.raises(InputError, match="another machine"):
        reproduce(said(sidecar, inputs=data["inputs"]), tmp_path / "new", mapping)


def test_what_is_asked_and_the_hashed_files_must_belong_together(moved: Any, tmp_path: Path) -> None:
    sidecar, mapping = moved
    asked = json.loads(sidecar.read_text())["asked"]
    with pytest.raises(InputError, match="belong together"):
        reproduce(said(sidecar, asked={**asked, "plate": "/elsewhere/plate.####.exr"}), tmp_path / "new", mapping)
    with pytest.raises(InputError, match="unknown field"):
        reproduce(said(sidecar, asked={**asked, "shell": "rm"}), tmp_path / "new", mapping)
    with pytest.raises(InputError, match="'blend' is"):
        reproduce(said(sidecar, asked={**asked, "blend": [1]}), tmp_path / "new", mapping)
    with pytest.raises(JobError, match="can't be done again"):
        reproduce(said(sidecar, kind="anything"), tmp_path / "new", mapping)


def test_the_command_says_it_and_ends_with_the_right_code(moved: Any, first: Rendered, tmp_path: Path) -> None:
    sidecar, ((old, new),) = moved
    runner, mapped = CliRunner(), ["--map", f"{old}={new}"]
    done = runner.invoke(app, ["reproduce", str(sidecar), "-o", str(tmp_path / "a"), *mapped, "--json"])
    last = json.loads(done.stdout.splitlines()[-1])
    assert done.exit_code == 0 and last["event"] == "reproduce" and last["passed"] and len(last["identical"]) == FRAMES
    frames = [{**f, "sha256": "0" * 64} for f in json.loads(sidecar.read_text())["frames"]]
    said(sidecar, frames=frames)
    done = runner.invoke(app, ["reproduce", str(sidecar), "-o", str(tmp_path / "b"), *mapped])
    assert done.exit_code == 5 and "first result isn't there" in done.stdout
    assert runner.invoke(app, ["reproduce", str(sidecar), "--map", "nothing"]).exit_code == 2
    shutil.rmtree(new + "/out")
    assert runner.invoke(app, ["reproduce", str(sidecar)]).exit_code == 3


def test_pixels_are_compared_to_the_bit_in_every_channel(tmp_path: Path, make_exr: Any, half_noise: Any) -> None:
    planes = half_noise("RGBA")
    planes["R"].view(np.uint16)[0, 0] = 0x7E01
    one = make_exr(tmp_path / "1.exr", planes, owner="a")
    assert same_pixels(one, make_exr(tmp_path / "2.exr", planes, compression=OpenEXR.PIZ_COMPRESSION), 1) == 0
    planes["R"].view(np.uint16)[0, 0] = 0x7E02
    planes["A"][0, 0], planes["A"][5, 5] = 3, 3
    assert same_pixels(one, make_exr(tmp_path / "3.exr", planes), 1) == 2
    planes.pop("A")
    assert same_pixels(one, make_exr(tmp_path / "4.exr", planes), 1) == planes["R"].size
