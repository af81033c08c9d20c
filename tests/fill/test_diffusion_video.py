"""Every family of video models by the same contract, with tiny pipelines of the real classes; and windows in a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rendered import load, save, waves, write_rgb
from video_asked import EVERY, STEPS, VIDEOS, Asked, bound, frames

import vfx_ai
from vfx_ai.errors import Interrupted, JobError
from vfx_ai.fill import FOUNDATION, diffusion_video
from vfx_ai.fill.crops import scaled
from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.families.videos import VideoCall, whole_frames
from vfx_ai.fill.made_windows import windows_of
from vfx_ai.fill.makers import Wanted
from vfx_ai.media.color import to_log

pytestmark = pytest.mark.usefixtures("small_videos")
HOLE = (slice(12, 28), slice(20, 36))


@pytest.mark.parametrize("family", EVERY)
def test_a_family_keeps_the_contract(models: Callable[[str], Path], family: str) -> None:
    asked = Asked(models(family))
    for want in (frames(4), frames(5, light=60.0)):
        made = asked.made(want)
        for one, light in zip(want, made, strict=True):
            assert light.shape == one.scene.shape and bool(torch.isfinite(light).all())
            assert torch.equal(light[:, one.known], one.scene[:, one.known])
        last, region = made[-1], want[-1].region
        assert float((last - want[-1].scene)[:, region].abs().max()) > 0.01
        ratio = last[:, region].median() / want[-1].scene[:, ~region].median()
        assert 0.2 < float(ratio) < 5
    assert float(made[-1][:, region].max()) > 1  # the bright one isn't clamped
    assert asked.counts[0] == (0, STEPS) and asked.counts[-1][0] == asked.counts[-1][1] >= STEPS
    assert all(torch.equal(a, b) for a, b in zip(made, asked.made(want), strict=True))
    assert not torch.equal(made[-1], asked.made(want, seed=8)[-1])

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise Interrupted("stopped")

    read = {wanted.number: wanted for wanted in want}
    with pytest.raises(Interrupted):
        list(asked.maker.make(tuple(read), read.__getitem__, 7, stop))


def test_what_is_given_decides_what_is_made(models: Callable[[str], Path]) -> None:
    """The first frame is known, and other windows go on from it."""
    for family in VIDEOS:
        asked = Asked(models(family))
        want = frames(5)
        other = [
            Wanted(one.number, one.scene * (3.0 if i == 0 else 1.0), one.region, one.known, 7)
            for i, one in enumerate(want)
        ]
        assert not torch.equal(asked.made(want)[-1], asked.made(other)[-1]), family


def test_windows_overlap_and_end_with_the_shot() -> None:
    assert windows_of(range(4), 5, 1) == [(0, 1, 2, 3)]
    assert windows_of(range(9), 5, 1) == [(0, 1, 2, 3, 4), (4, 5, 6, 7, 8)]
    assert windows_of(range(7), 5, 1) == [(0, 1, 2, 3, 4), (2, 3, 4, 5, 6)]
    assert windows_of([], 5, 1) == []
    assert [whole_frames(n, 4) for n in (1, 2, 5, 6)] == [1, 5, 5, 9]


def shot(folder: Path) -> str:
    """A wall with a lamp of 60, and a hole that never moves, in seven frames."""
    size = (40, 56)
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    plate, matte = waves(x, y, 3).astype(np.float32), np.zeros(size, np.float32)
    plate[4:7, 4:7], matte[HOLE] = 60, 1
    plate[matte > 0] = 9
    for number in range(1001, 1008):
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), size[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return str(folder / "plate.####.exr")


@pytest.mark.parametrize("family", VIDEOS)
def test_a_run_in_windows(
    models: Callable[[str], Path], tmp_path: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate, module = shot(tmp_path), import_module(FAMILIES[family].module)
    there, calls, arguments = models(family).parent, list[VideoCall](), module.arguments

    def told(pipe: Any, call: VideoCall) -> Any:
        calls.append(call)
        return arguments(pipe, call)

    monkeypatch.setattr(module, "arguments", told)
    name = family.replace("_", "-")
    fields = {"engine": "diffusion_video", "model": name, "models_dir": str(there), "grain": "none"}
    events: list[vfx_ai.Event] = []

    def run(name: str, **more: Any) -> vfx_ai.Report:
        output = tmp_path / name / "clean.####.exr"
        return vfx_ai.inpaint(
            plate, plate.replace("plate.", "matte."), output, progress=events.append, **fields, **more
        )

    report = run("every")
    assert report.passed and all(record.made == 16 * 16 for record in report.frames)
    told_of = [event.text for event in events if event.text.startswith("diffusion_video")]
    windows = list(dict.fromkeys(told_of))
    if family == "wan_vace":
        assert windows == ["diffusion_video, frames 1001 to 1005", "diffusion_video, frames 1003 to 1007"]
        # The second one is given the frames that it shares as they were made, and holds on to them.
        whole = [call for call in calls if call.mask[-1].sum() == calls[0].mask[-1].sum()]  # else what is too bright
        first, second = whole[:2]
        assert first.mask.flatten(1).sum(1).gt(0).all()
        assert second.mask.flatten(1).sum(1).gt(0).tolist() == [False, False, False, True, True]
        made = load(tmp_path / "every" / "clean.1003.exr")["G"].copy()
        shown = scaled(to_log(torch.from_numpy(made.astype(np.float32)))[None], tuple(second.video.shape[-2:]))[0]
        inside = second.mask[3, 0] > 0
        pair = torch.stack([shown[inside], second.video[0, 1][inside]])
        assert float(pair[1].std()) > 0.01 and float(torch.corrcoef(pair)[0, 1]) > 0.9
    run("alone", frames="1007")
    every, alone = (load(tmp_path / name / "clean.1007.exr") for name in ("every", "alone"))
    assert all(np.array_equal(plane, alone[channel]) for channel, plane in every.items())
    assert (every["fill.source"][HOLE] == FOUNDATION).all() and every["R"][4:7, 4:7].min() == 60


@pytest.mark.parametrize("family", VIDEOS)
def test_strength_leaves_out_steps_and_begins_with_the_video(
    models: Callable[[str], Path], family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module(FAMILIES[family].module)
    monkeypatch.setattr(module, "STEPS", 4)
    asked = Asked(models(family), strength=0.5)
    network, timesteps = type(asked.maker._opened.pipe.transformer), list[float]()
    whole = network.forward

    def told(self: Any, *given: Any, **named: Any) -> Any:
        timesteps.append(float(bound(whole, self, given, named)["timestep"].max()))
        return whole(self, *given, **named)

    monkeypatch.setattr(network, "forward", told)
    want = frames(5)
    half = asked.made(want)
    assert len(timesteps) == 2 and max(timesteps) < 1000 and asked.counts[-1] == (2, 2)
    assert all(torch.equal(a, b) for a, b in zip(half, asked.made(want), strict=True))
    other = [Wanted(o.number, torch.where(o.region, o.scene * 1.5, o.scene), o.region, o.known, 7) for o in want]
    assert not torch.equal(half[-1], asked.made(other)[-1]), "what the hole begins with counts"
    timesteps.clear()
    at_all = Asked(models(family), strength=1.0)
    made = at_all.made(want)
    assert len(timesteps) == 4 and not torch.equal(made[-1], half[-1])


def test_both_networks_of_wan_2_2_are_asked_and_a_lora_on_one_is_told(
    models: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module(FAMILIES["wan_vace"].module), "STEPS", 4)
    asked, times = Asked(models("wan_vace_two")), dict[str, list[float]]()
    pipe = asked.maker._opened.pipe
    for name in ("transformer", "transformer_2"):
        network = getattr(pipe, name)
        whole = network.forward

        def told(*given: Any, name: str = name, whole: Any = whole, **named: Any) -> Any:
            times.setdefault(name, []).append(float(named["timestep"].max()))
            return whole(*given, **named)

        monkeypatch.setattr(network, "forward", told)
    asked.made(frames(5))
    assert min(times["transformer"]) >= 900 > max(times["transformer_2"]) and diffusion_video.can_cut(pipe)


def test_easy_animate_makes_the_same_whatever_was_drawn_before_and_leaves_chance_as_it_was(
    models: Callable[[str], Path],
) -> None:
    """Its encoder draws by no generator; and where nothing is given it knows that."""
    asked, want = Asked(models("easy_animate"), strength=0.5), frames(5)
    torch.manual_seed(5)
    first, state = asked.made(want), torch.get_rng_state()
    torch.manual_seed(5)
    assert torch.equal(state, torch.get_rng_state())
    torch.manual_seed(6)
    assert all(torch.equal(a, b) for a, b in zip(first, asked.made(want), strict=True))
    seen: list[torch.Tensor] = []
    network = asked.maker._opened.pipe.transformer
    whole = network.forward

    def told(*given: Any, **named: Any) -> Any:
        seen.append(named["inpaint_latents"])
        return whole(*given, **named)

    network.forward = told
    Asked.made(
        asked, [replace(one, region=torch.ones_like(one.region), known=~torch.ones_like(one.region)) for one in want]
    )
    assert not seen[0].any()


def test_a_model_of_the_other_kind_is_refused(models: Callable[[str], Path]) -> None:
    named = {"model": "wan-vace", "models_dir": str(models("wan_vace").parent)}
    with pytest.raises(JobError, match=r"makes videos.*Use --engine diffusion_video"):
        vfx_ai.inpaint("p", "m", "o", engine="diffusion_image", **named)
