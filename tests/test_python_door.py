"""The door for Python callers: vfx_ai.inpaint and vfx_ai.verify build the same job as the command line."""

from __future__ import annotations

import json
import sys
import types
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

import vfx_ai


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the run was called with; a stand-in takes its place."""
    calls: list[Any] = []
    module = types.ModuleType("vfx_ai.run")
    vars(module)["run"] = lambda *arguments, step: calls.append(arguments) or "report"
    monkeypatch.setitem(sys.modules, "vfx_ai.run", module)
    return calls


def test_inpaint_runs_the_job_that_it_was_asked_for(asked: list[Any]) -> None:
    result: Any = vfx_ai.inpaint("p.####.exr", Path("m.exr"), "o.####.exr", frames="1-3", matte_grow="2")
    assert result == "report"
    assert asked[0][0] == vfx_ai.Job("p.####.exr", "m.exr", "o.####.exr", frames="1-3", matte_grow="2")


def test_inpaint_hands_on_who_follows_and_who_stops(asked: list[Any]) -> None:
    def follow(_event: vfx_ai.Event) -> None:
        pass

    vfx_ai.inpaint("p", "m", "o", progress=follow, cancelled=lambda: True)
    assert asked[0][1] is follow
    assert asked[0][2]() is True


def test_inpaint_runs_on_if_nobody_stops_it(asked: list[Any]) -> None:
    vfx_ai.inpaint("p", "m", "o")
    assert asked[0][1](vfx_ai.Event("note", "fill")) is None
    assert asked[0][2]() is False


def test_a_field_that_there_is_not_is_refused(asked: list[Any]) -> None:
    with pytest.raises(TypeError, match="grow_matte"):
        vfx_ai.inpaint("p", "m", "o", grow_matte="2")
    assert not asked


def test_a_job_that_makes_no_sense_is_one_error(asked: list[Any]) -> None:
    with pytest.raises(vfx_ai.JobError, match="no matte was given"):
        vfx_ai.inpaint("p", "", "o")
    assert not asked


def test_verify_finds_the_pixel_that_differs(tmp_path: Path, make_exr: Any, half_noise: Any) -> None:
    import numpy as np

    planes = half_noise("RGB")
    coverage = np.zeros((20, 24), np.float16)
    coverage[5:9, 5:9] = 1
    make_exr(tmp_path / "plate.0007.exr", planes)
    make_exr(tmp_path / "matte.0007.exr", {"A": coverage})
    planes["R"][6, 6] += 1
    make_exr(tmp_path / "same.0007.exr", planes)
    planes["G"][0, 0] += 1
    make_exr(tmp_path / "other.0007.exr", planes)
    plate, matte = tmp_path / "plate.####.exr", tmp_path / "matte.####.exr"
    (same,) = vfx_ai.verify(plate, tmp_path / "same.####.exr", matte)
    (other,) = vfx_ai.verify(plate, tmp_path / "other.####.exr", matte)
    assert same.passed
    assert (other.frame, other.differing, other.passed) == (7, 1, False)


# What each command is from Python; "" where it is of hosts and terminals: there is nothing to call.
FROM_PYTHON = {
    "batch": "batch",
    "camera": "camera",
    "catalogue add": "catalogue_add",
    "catalogue check": "catalogue_check",
    "catalogue cleared": "catalogue_cleared",
    "catalogue enter": "catalogue_enter",
    "catalogue find": "catalogue_find",
    "catalogue list": "catalogue_list",
    "catalogue remove": "catalogue_remove",
    "catalogue rights": "catalogue_rights",
    "catalogue show": "catalogue_find",
    "catalogue withdraw": "catalogue_withdraw",
    "disclose": "disclose",
    "doctor": "examine",
    "edit": "edit",
    "edit --dry-run": "plan_edit",
    "inpaint": "inpaint",
    "inpaint --dry-run": "plan_inpaint",
    "install": "",
    "matte click": "make_matte",
    "matte names": "matte_names",
    "matte pick": "pick_matte",
    "models add": "add_model",
    "models list": "models",
    "models pull": "pull_model",
    "models remove": "remove_model",
    "models show": "find_model",
    "models verify": "verify_models",
    "plate clean": "clean",
    "plate extend": "extend",
    "plate extend --dry-run": "plan_extend",
    "plate generate": "generate",
    "plate loop": "loop",
    "reproduce": "reproduce",
    "sign": "sign",
    "storyboard": "storyboard",
    "submit inpaint": "submit",
    "submit plate clean": "submit",
    "submit plate extend": "submit",
    "task": "task",
    "trace": "trace",
    "train": "train",
    "verify": "verify",
    "verify-signature": "verify_signature",
    "worker": "",
}
WITH_DRY_RUN = {"batch", "plate generate", "plate loop", "submit inpaint", "submit plate clean", "submit plate extend"}


def commands() -> dict[str, set[str]]:
    """The options of every command, by its name with its groups' before it."""
    from typer.main import get_command

    from vfx_ai.cli import app

    def walk(command: Any, name: str) -> Any:
        if hasattr(command, "commands"):
            for key, inner in command.commands.items():
                yield from walk(inner, f"{name} {key}".strip())
        else:
            yield name, {text for parameter in command.params for text in parameter.opts}

    return dict(walk(get_command(app), ""))


def test_what_can_be_done_by_command_can_be_done_from_python() -> None:
    found = commands()
    dry = {
        f"{name} --dry-run" for name, options in found.items() if "--dry-run" in options and name not in WITH_DRY_RUN
    }
    assert {*found, *dry} == FROM_PYTHON.keys()
    for name in filter(None, FROM_PYTHON.values()):
        assert name in vfx_ai.__all__
        assert getattr(vfx_ai, name).__doc__


def test_what_a_run_would_take_is_the_same_by_command_and_from_python(tmp_path: Path) -> None:
    from runs import ordinary
    from typer.testing import CliRunner

    from vfx_ai.cli import app

    shot = ordinary(tmp_path / "shot")
    output = str(tmp_path / "out" / "clean.####.exr")
    command = CliRunner().invoke(
        app, ["inpaint", shot.plate, "--matte", shot.matte, "-o", output, "--device", "cpu", "--dry-run", "--json"]
    )
    by_command = json.loads(command.stdout)
    told = json.loads(json.dumps(asdict(vfx_ai.plan_inpaint(shot.plate, shot.matte, output, device="cpu"))))
    measured = {
        "seconds",
        "analyse_seconds",
        "frame_seconds",
        "memory_bytes",
    }  # how fast it is, what is free
    assert told.keys() == by_command.keys() - {"event"}
    assert all(told[key] == by_command[key] for key in told.keys() - measured)
    assert told["seconds"] > 0 and told["frames"] == [1001, 1002, 1003]

    command = CliRunner().invoke(
        app, ["plate", "extend", shot.plate, "-o", output, "--pad", "25%,0,25%,0", "--dry-run", "--json"]
    )
    wider = vfx_ai.plan_extend(shot.plate, output, pad="25%,0,25%,0")
    assert (wider.width, wider.height, len(wider.frames)) == (72, 32, 3)
    assert {k: v for k, v in json.loads(command.stdout).items() if k != "event"} == json.loads(
        json.dumps(asdict(wider))
    )
    assert not (tmp_path / "out").exists()


def test_what_would_be_refused_is_refused_before(tmp_path: Path) -> None:
    with pytest.raises(vfx_ai.JobError, match="no matte was given"):
        vfx_ai.plan_inpaint("p", "", "o")
    with pytest.raises(vfx_ai.JobError, match="pad"):
        vfx_ai.plan_extend("p", "o", pad="wide")


def test_the_machine_is_examined_as_doctor_does() -> None:
    found = vfx_ai.examine()
    assert isinstance(found, vfx_ai.Examination)
    assert not found.missing and "torch" in found.facts["versions"]
