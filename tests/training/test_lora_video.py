"""LoRAs on tiny random models of videos of the real classes: they learn, go on to the same bits, and change a fill."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch
from rendered import load, save, waves, write_rgb

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import checkpoint
from vfx_ai.fill.families import FAMILIES, VIDEO
from vfx_ai.learning.checkpoint import read_record, read_tensors
from vfx_ai.training.bases import VIDEOS
from vfx_ai.training.lora_base import LoraRecipe
from vfx_ai.training.lora_clips import Clips, cells, clip_examples, hidden_in_clip
from vfx_ai.training.lora_video import VideoLoraTraining, lesson, noise_share

SIZE = (64, 96)
HOLE = (slice(24, 40), slice(40, 56))
CPU = torch.device("cpu")
FRAMES = {"wan_vace": 5, "ltx_condition": 9}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a tiny model of each family that can be taught."""
    folder = tmp_path_factory.mktemp("models")
    for family in FRAMES:
        tiny_models.registered(folder, family)
    return folder


@pytest.fixture(autouse=True)
def small(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFX_AI_MODELS", str(models))
    for family in FRAMES:
        module = import_module(FAMILIES[family].module)
        monkeypatch.setattr(module, "STEPS", 2)
        monkeypatch.setattr(module, "length", lambda _pipe, family=family: FRAMES[family])
        monkeypatch.setattr(module, "side", lambda _pipe: 64)


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Nine frames of a wall that gets brighter, with an object of 90 before it that the matte covers in all of them."""
    folder = tmp_path_factory.mktemp("shot")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    matte = np.zeros(SIZE, np.float32)
    matte[HOLE] = 1
    save(folder / "matte.exr", {"A": matte})
    for number in range(1001, 1010):
        picture = (waves(x, y, 3, 6, 30) * (1 + (number - 1001) / 50)).astype(np.float32)
        picture[HOLE] = 90
        write_rgb(folder / f"plate.{number}.exr", picture, (0, 0), SIZE[::-1])
    (folder / "plate.txt").write_text("a wall of waves", encoding="utf-8")
    return str(folder / "plate.####.exr")


def clips(family: str) -> Clips:
    chance = torch.Generator().manual_seed(3)
    frames = FRAMES[family]
    codes = tuple(torch.rand((frames, 3, 32, 64), generator=chance).half() for _ in range(2))
    seen = torch.ones((frames, 32, 64), dtype=torch.bool)
    seen[:, 4:14, 4:30] = False
    return Clips([(codes[0], torch.ones_like(seen)), (codes[1], seen)], ("a", "b"))


def training(models: Path, family: str, rate: float = 5e-3) -> VideoLoraTraining:
    opened = pipeline.opened(checkpoint(models / family, VIDEO), CPU)
    return VideoLoraTraining(opened.pipe, clips(family), LoraRecipe(4, rate, 2, 64, 1), CPU)


@pytest.mark.parametrize("family", [VIDEOS])
def test_the_loss_of_a_fixed_batch_falls_and_the_base_stays_as_it_is(models: Path, family: str) -> None:
    one = training(models, family, 1e-2)
    batch = clip_examples(one.clips, 2, 1, 0)
    base = {name: value.clone() for name, value in one.network.state_dict().items() if "lora" not in name}

    def wrong() -> float:
        with torch.no_grad():
            return float(one.loss(batch, 0))

    before = wrong()
    for _ in range(20):
        loss = one.loss(batch, 0)
        one.adam.zero_grad(set_to_none=True)
        loss.backward()
        one.adam.step()
    assert wrong() < 0.97 * before
    after = {name: value for name, value in one.network.state_dict().items() if "lora" not in name}
    assert all(torch.equal(value, base[name]) for name, value in after.items())
    assert one.network.is_gradient_checkpointing


@pytest.mark.parametrize("family", [VIDEOS])
def test_it_goes_on_to_the_same_bits(models: Path, family: str, tmp_path: Path) -> None:
    whole, half = training(models, family), training(models, family)
    for _ in range(4):
        whole.advance()
    for _ in range(2):
        half.advance()
    half.keep(tmp_path / "half.safetensors", {"inputs": 1})
    again = training(models, family)
    assert again.go_on(tmp_path / "half.safetensors", 1) and not again.go_on(tmp_path / "half.safetensors", 2)
    for _ in range(2):
        again.advance()
    one, other = whole.weights(), again.weights()
    assert whole.losses == again.losses and all(torch.equal(one[name], other[name]) for name in one)
    assert one.keys() == other.keys() and all(name.startswith("transformer.") for name in one)


@pytest.mark.parametrize("family", [VIDEOS])
def test_the_objects_own_pixels_are_never_a_target(models: Path, family: str) -> None:
    """Changed ones, hidden as they are, may come in through the encoder alone, and count nowhere."""
    one = training(models, family)
    (example,) = clip_examples(Clips(one.clips.shown[1:], ("b",)), 1, 1, 0)
    assert bool((example.mask[example.counted == 0] == 1).all()) and bool((example.counted == 0).any())
    told = lesson(one.pipe, example, one.told(""), 0.5, 1)
    assert told.given.shape == told.target.shape and 0 < float(told.counted.mean()) < 1
    frames = (FRAMES[family] - 1) // import_module(FAMILIES[family].module).TIME + 1
    assert bool((cells(example.mask, frames, 4, 8) >= cells(1 - example.counted, frames, 4, 8)).all())


def test_masks_of_clips_move_as_the_shots_own_or_drift() -> None:
    own = np.zeros((5, 40, 60), bool)
    for index in range(5):
        own[index, 10:16, 5 + 3 * index : 12 + 3 * index] = True
    kinds = set()
    for seed in range(400):
        made = hidden_in_clip(own, np.random.default_rng(seed))
        assert made.shape == own.shape and made.any((1, 2)).all()
        kinds.add("own" if made.sum() == own.sum() else "whole" if made.all() else "other")
    assert kinds == {"own", "whole", "other"}


def test_noise_is_shifted_as_the_scheduler_does() -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    still = FlowMatchEulerDiscreteScheduler(shift=3.0)
    still.set_timesteps(sigmas=[0.25])
    assert abs(noise_share(still.config, 0.25) - float(still.sigmas[0])) < 1e-6


@pytest.mark.parametrize("family", [VIDEOS])
def test_it_is_a_row_under_its_bases_licence_and_changes_a_fill_by_name(
    models: Path, plate: str, family: str, tmp_path: Path
) -> None:
    base, name = family.replace("_", "-"), f"look-{family}"
    asked = {"steps": 6, "side": 64, "rank": 4, "rate": 3e-2, "device": "cpu", "plate": plate, "clip": FRAMES[family]}
    matte = plate.replace("plate.####", "matte")
    made = vfx_ai.train_lora(name, base, models_dir=models, matte=matte, **asked)
    row, record = vfx_ai.find_model(name, models_dir=models), read_record(Path(made.model))
    assert (row.task, row.base, row.licence) == ("lora", base, "Apache-2.0") and made.steps == 6
    assert record["captions"] == ["a wall of waves"] and record["recipe"]["clip"] == FRAMES[family]
    assert list(Path(made.report).parent.glob("sample.*.png"))
    assert all(bool(torch.isfinite(value).all()) for value in read_tensors(Path(made.model))[0].values())
    results = []
    for lora in ("", f"{name}:1", f"{name}:0.5"):
        output = tmp_path / (lora.replace(":", " ") or "bare") / "clean.####.exr"
        asked = {"engine": "diffusion_video", "model": base, "lora": lora, "frames": "1003", "grain": "none"}
        report = vfx_ai.inpaint(plate, matte, output, device="cpu", **asked)
        assert report.passed and report.frames[0].made
        results.append(load(output.with_name("clean.1003.exr"))["G"][HOLE])
    assert not np.array_equal(results[0], results[1]) and not np.array_equal(results[1], results[2])
    other = "ltx-condition"
    with pytest.raises(JobError) as told:
        vfx_ai.inpaint(plate, matte, tmp_path / "no.####.exr", engine="diffusion_video", model=other, lora=name)
    assert name in str(told.value) and base in str(told.value) and other in str(told.value)


@pytest.mark.parametrize(
    ("family", "why"),
    [
        ("ltx_condition", "can't be trained on here: its pipeline is LTXConditionPipeline"),
        ("easy_animate", "can't be trained on here: its pipeline is EasyAnimateInpaintPipeline"),
        ("wan_vace_two", "has two networks"),
    ],
)
def test_a_family_that_is_not_taught_is_refused_before_anything_is_read(models: Path, family: str, why: str) -> None:
    tiny_models.registered(models, family)
    with pytest.raises(JobError, match=why) as told:
        vfx_ai.train_lora("a", family.replace("_", "-"), plate="nowhere.####.exr", models_dir=models, clip=9)
    assert "Wan" in told.value.remedy


def test_clips_must_be_whole_windows(models: Path, plate: str) -> None:
    with pytest.raises(JobError, match="clip is 8, and Wan VACE takes 4 k") as told:
        vfx_ai.train_lora("a", "wan-vace", plate=plate, models_dir=models, clip=8)
    assert "9" in told.value.remedy
