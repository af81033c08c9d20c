"""A device whose memory is too short: the hole in parts, then the CPU, never a traceback."""

from __future__ import annotations

import importlib
import shutil

import numpy as np
import pytest
import rendered
import torch
from rendered import camera_fields, contents, open_shot, prepared, psnr, render

import vfx_ai.run
import vfx_ai.steps.analysis
import vfx_ai.steps.frame
from vfx_ai.errors import ResourceError
from vfx_ai.fill import ENGINES, OTHER_FRAME
from vfx_ai.fill.tiles import MOST_HALVINGS, fill_in_tiles
from vfx_ai.job import Job
from vfx_ai.run import run

SCENES = {
    "temporal": rendered.turning(),
    "project": rendered.travelling(24.0),
    "flow": rendered.travelling(24.0),
}


def out_of_memory() -> torch.cuda.OutOfMemoryError:
    return torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


@pytest.fixture(params=ENGINES)
def prepared_engine(request, tmp_path):
    shot = open_shot(render(tmp_path, SCENES[request.param], frames=6, size=(48, 72)))
    return shot, *prepared(shot, request.param, tmp_path / "analysis")


@pytest.mark.parametrize("failures", [1, 3])
def test_a_hole_in_parts_is_nearly_that_in_one_piece(failures, prepared_engine):
    shot, module, ready = prepared_engine
    number, left = shot.numbers[2], [failures]
    regions = []

    def short_of_memory(*words):
        left[0] -= 1
        if left[0] >= 0:
            raise out_of_memory()
        regions.append(words[-1])
        return module.fill(*words)

    whole = module.fill(shot, ready, number, 0, None)
    parts = fill_in_tiles(short_of_memory, shot, ready, number, 0)
    hole = shot.view(number).hole
    assert len(regions) > 1 and all(region is not None for region in regions)
    placed = [torch.zeros(3, *hole.shape), torch.zeros(3, *hole.shape)]
    sources = [torch.zeros(hole.shape), torch.zeros(hole.shape)]
    for fill, scene, source in zip((whole, parts), placed, sources, strict=True):
        scene[(slice(None), *fill.box.slices(shot.canvas))] = torch.where(fill.source > 0, fill.scene, 0.0)
        source[fill.box.slices(shot.canvas)] = fill.source.float()
    assert (sources[0] != sources[1]).float().sum() <= 0.01 * hole.sum()
    both = ((sources[0] > 0) & (sources[1] > 0)).numpy()
    assert both.sum() > 0.9 * hole.sum()
    assert psnr(placed[0].permute(1, 2, 0).numpy(), placed[1].permute(1, 2, 0).numpy(), both) > 40
    assert sum(parts.frames.values()) >= int((parts.source == OTHER_FRAME).sum())
    assert bool((parts.never_seen == (parts.never_seen & (parts.source == 0))).all())


def test_parts_become_no_smaller_than_makes_sense_and_then_the_error_comes_through(prepared_engine):
    shot, _, ready = prepared_engine
    tried = []

    def never_enough(*words):
        tried.append(words)
        raise out_of_memory()

    with pytest.raises(torch.cuda.OutOfMemoryError):
        fill_in_tiles(never_enough, shot, ready, shot.numbers[2], 0)
    assert len(tried) == MOST_HALVINGS + 1


def test_an_error_that_is_not_about_memory_is_not_tried_again(prepared_engine):
    shot, _, ready = prepared_engine
    tried = []

    def broken(*words):
        tried.append(words)
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        fill_in_tiles(broken, shot, ready, shot.numbers[2], 0)
    assert len(tried) == 1


def job(shot, out, engine="temporal"):
    camera = camera_fields(shot, engine, 24.0)
    return Job(shot.plate, shot.matte, str(out / "clean.####.exr"), engine=engine, **camera)


class SmallDevice:
    """Stands in for a card: its pixels lie in the machine's memory, and whatever it is to compute is too much."""

    type, name = "small", "a small card"


@pytest.fixture
def small_device(monkeypatch):
    """Runs begin on a SmallDevice; gives the devices that a shot was opened on."""
    opened, open_truly = [], vfx_ai.steps.frame.open_shot

    def opens(asked, device, budget):
        opened.append(device.type)
        shot = open_truly(asked, torch.device("cpu"), 2**30)
        views = {number: shot.view(number) for number in shot.numbers}
        if device.type != "cpu":
            shot.device, shot.seen = device, lambda number: views[number].seen
        return shot

    for module in (vfx_ai.run, vfx_ai.steps.frame):
        monkeypatch.setattr(module, "open_shot", opens)
        monkeypatch.setattr(module, "device_name", lambda device: getattr(device, "name", device.type))
    monkeypatch.setattr(vfx_ai.run, "choose_device", lambda _name: SmallDevice())
    return opened


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", ["analyse", "fill"])
def test_a_device_that_is_too_small_hands_over_to_the_cpu_with_a_warning(
    step, engine, tmp_path, small_device, monkeypatch
):
    shot = render(tmp_path, SCENES[engine], frames=4, size=(32, 48))
    with monkeypatch.context() as undone:
        undone.setattr(vfx_ai.run, "choose_device", lambda _name: torch.device("cpu"))
        run(job(shot, tmp_path / "cpu", engine))
    small_device.clear()
    if step == "fill":
        analysis = "clean.vfx-ai/analysis"
        shutil.copytree(tmp_path / "cpu" / analysis, tmp_path / "out" / analysis)
    module = importlib.import_module(ENGINES[engine].module)
    work = getattr(module, step)

    def only_on_the_cpu(worked_on, *words):
        if isinstance(worked_on.device, SmallDevice):
            raise out_of_memory()
        return work(worked_on, *words)

    monkeypatch.setattr(module, step, only_on_the_cpu)
    if step == "analyse":
        survey = vfx_ai.steps.analysis.survey
        monkeypatch.setattr(
            vfx_ai.steps.analysis, "survey", lambda worked_on, tell: only_surveyed_on_the_cpu(survey, worked_on, tell)
        )
    told = []
    report = run(job(shot, tmp_path / "out", engine), told.append)
    warnings = [event.text for event in told if event.kind == "warning"]
    assert warnings == ["a small card has too little memory; going on with the CPU."]
    assert report.passed and report.device == "cpu" and warnings[0] in report.notes
    assert small_device == ["small", "cpu"]
    assert contents(tmp_path / "out") == contents(tmp_path / "cpu")


def only_surveyed_on_the_cpu(survey, shot, tell):
    if isinstance(shot.device, SmallDevice):
        raise out_of_memory()
    return survey(shot, tell)


@pytest.mark.parametrize("kind", ["torch", "numpy"])
def test_a_cpu_without_memory_is_one_error_that_names_the_frame(kind, tmp_path, monkeypatch):
    shot = render(tmp_path, rendered.locked(), frames=3, size=(32, 48))
    module = importlib.import_module(ENGINES["temporal"].module)

    def never_enough(*_words):
        return torch.empty(2**60) if kind == "torch" else np.empty(2**58)

    monkeypatch.setattr(module, "fill", never_enough)
    with pytest.raises(ResourceError, match="not enough memory") as caught:
        run(job(shot, tmp_path / "out"))
    assert caught.value.frame == 1001 and "--memory" in caught.value.remedy
