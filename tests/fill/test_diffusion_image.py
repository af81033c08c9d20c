"""Every family of image models by the same contract, with tiny pipelines of the real classes; and a run with one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_auto
import tiny_models
import torch
from rendered import load, save, waves, write_rgb

import vfx_ai
from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.fill import FOUNDATION, diffusion_image, latent_tiles, makers
from vfx_ai.fill.checkpoint import Checkpoint, checkpoint
from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.makers import Ask, Wanted
from vfx_ai.fill.pipeline import GIB, WORKING, Adapter, Opened, opened, placement
from vfx_ai.fill.sides import Sides
from vfx_ai.job import Job
from vfx_ai.steps.plan import plan
from vfx_ai.studio.models import chosen

IMAGES = [name for name, row in FAMILIES.items() if row.kind == "image"]
STEPS = 2


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in IMAGES:
        monkeypatch.setattr(import_module(FAMILIES[name].module), "STEPS", STEPS)
    tiny_auto.small_squares(monkeypatch)


class Asked:
    """A maker by itself, what it told, and how far it said that it was."""

    def __init__(self, model: Path, width: int = 51, **fields: Any) -> None:
        self.notes: list[str] = []
        self.counts: list[tuple[int, int]] = []
        named = {"model": model.name.replace("_", "-"), "models_dir": str(model.parent), **fields}
        job = Job("plate", "matte", "out.####.exr", engine="diffusion_image", **named)
        shot: Any = SimpleNamespace(device=torch.device("cpu"), width=width)
        ask = Ask(job, shot, Path(), lambda _: None, lambda _: self.step, self.notes.append, chosen(job))  # type: ignore
        self.maker = diffusion_image.maker(ask)

    def step(self, done: int, total: int) -> None:
        self.counts.append((done, total))

    def made(self, wanted: Wanted) -> torch.Tensor:
        return self.maker.make(wanted, self.step)


def wanted(size: tuple[int, int] = (37, 51), light: float = 1.0, seed: int = 7) -> Wanted:
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    scene = torch.from_numpy(light * waves(x, y, 3)).float().permute(2, 0, 1)
    region = torch.zeros(size, dtype=torch.bool)
    region[size[0] // 4 : 3 * size[0] // 4, size[1] // 3 : 2 * size[1] // 3] = True
    return Wanted(1001, torch.where(region, scene.mean(), scene), region, ~region, seed)


@pytest.mark.parametrize("family", IMAGES)
def test_a_family_keeps_the_contract(models: Callable[[str], Path], family: str) -> None:
    asked = Asked(models(family))
    for size in ((32, 32), (37, 51)):
        want = wanted(size)
        made = asked.made(want)
        assert made.shape == want.scene.shape and made.dtype == torch.float32
        assert torch.equal(made[:, want.known], want.scene[:, want.known])
        assert bool(torch.isfinite(made).all()) and float((made - want.scene)[:, want.region].abs().max()) > 0.01
        assert asked.counts[0] == (0, STEPS) and asked.counts[-1][0] == asked.counts[-1][1] >= STEPS
        assert [done for done, _ in asked.counts] == sorted(done for done, _ in asked.counts)
        asked.counts.clear()
    assert torch.equal(made, asked.made(want))
    assert not torch.equal(made, asked.made(replace(want, seed=8)))
    assert all("the brightest light that the model can show" in note for note in asked.notes)


@pytest.mark.parametrize("family", IMAGES)
def test_bright_surroundings_give_a_bright_fill(models: Callable[[str], Path], family: str) -> None:
    want = wanted((32, 32), light=60.0)
    made = Asked(models(family)).made(want)
    inside, around = made[:, want.region].median(), want.scene[:, want.known].median()
    assert float(made[:, want.region].max()) > 1 and 0.2 < float(inside / around) < 5


@pytest.mark.parametrize("family", IMAGES)
def test_it_stops_between_steps(models: Callable[[str], Path], family: str) -> None:
    asked = Asked(models(family))

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        asked.maker.make(wanted((32, 32)), stop)


@pytest.mark.parametrize("family", IMAGES)
def test_a_crop_larger_than_the_model_is_done_again_in_tiles_of_latents(
    models: Callable[[str], Path], family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One picture, whose network sees no more than a tile at once."""
    monkeypatch.setattr(import_module(FAMILIES[family].module), "side", lambda _pipe: 64)
    asked = Asked(models(family), width=150)
    pipe, sizes = asked.maker._opened.pipe, list[int]()
    network = getattr(pipe, "unet", None) or pipe.transformer
    whole = type(network).forward

    def told(self: Any, *given: Any, **named: Any) -> Any:
        tensor = named.get("hidden_states", named.get("sample", given[0] if given else None))
        sizes.append(tensor.shape[-1] * tensor.shape[-2] if tensor.ndim == 4 else tensor.shape[1])
        return whole(self, *given, **named)

    told.__signature__ = inspect.signature(whole)  # type: ignore[attr-defined]
    monkeypatch.setattr(type(network), "forward", told)
    want = wanted((110, 150))
    made = asked.made(want)
    assert torch.equal(made[:, want.known], want.scene[:, want.known]) and bool(torch.isfinite(made).all())
    assert asked.counts[-1][0] == asked.counts[-1][1] >= STEPS + 1  # half of them once more
    assert len(sizes) >= STEPS + 6 and max(sizes) <= max(sizes[:STEPS]) * 1.5
    assert torch.equal(made, asked.made(want))


def test_tiles_whose_latents_cannot_be_blended_are_blended_as_pictures(
    models: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(latent_tiles.FORMS, "UNet2DConditionModel")
    asked = Asked(models("sdxl_inpaint"), width=150)  # made for 64 pixels
    want = wanted((110, 150))
    made = asked.made(want)
    assert torch.equal(made[:, want.known], want.scene[:, want.known])
    assert asked.counts[-1][0] == asked.counts[-1][1] > STEPS + 3


class Narrow:
    """Stands for a pipeline on a device without room for pictures that are wider than some."""

    def __init__(self, room: int) -> None:
        self.room, self.widths = room, list[int]()

    def __call__(self, *, picture: torch.Tensor, generator: Any, output_type: str) -> Any:
        self.widths.append(picture.shape[-1])
        if picture.shape[-1] > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return SimpleNamespace(images=picture * 0.5)


def test_out_of_memory_it_goes_on_with_smaller_tiles_and_says_so(models: Callable[[str], Path]) -> None:
    asked, pipe = Asked(models("sdxl_inpaint"), width=400), Narrow(300)
    family = SimpleNamespace(STEPS=2, multiple=lambda _pipe: 8, arguments=lambda _pipe, call: {"picture": call.image})
    asked.maker._opened, asked.maker._sides = Opened(pipe, family, "whole"), Sides(1024, 8)
    want = wanted((300, 400))
    made = asked.made(want)
    assert bool(torch.isfinite(made).all()) and torch.equal(made[:, want.known], want.scene[:, want.known])
    assert asked.notes[:2] == [
        f"The device's memory is too small for the model's own size: it works in tiles of {side} pixels."
        for side in (512, 256)
    ]
    assert max(pipe.widths[2:]) <= 300 < pipe.widths[0]
    asked.maker._opened, asked.maker._sides = Opened(Narrow(100), family, "whole"), Sides(1024, 8)
    with pytest.raises(torch.OutOfMemoryError):  # then the processor goes on
        asked.made(want)


@pytest.mark.parametrize(("gigabytes", "image", "video"), [(24, 18, 10), (48, 42, 34), (80, 74, 66)])
def test_a_model_lies_whole_in_what_the_docs_say_and_goes_in_parts_beyond(
    gigabytes: int, image: int, video: int
) -> None:
    for kind, most in (("image", image), ("video", video)):
        for weights, step in ((most, "whole"), (most + 1, "part by part"), (3 * most, "layer by layer")):
            largest = weights // 2 if step == "part by part" else weights
            model = Checkpoint(Path(), "", "", {"transformer": largest * GIB, "other": (weights - largest) * GIB})
            assert placement(model, gigabytes * GIB, WORKING[kind]) == step


def test_words_that_are_heard_change_the_picture_and_none_are_needed(tmp_path: Path) -> None:
    model = tiny_models.registered(tmp_path, "auto_inpaint_words")
    want = wanted((32, 32))
    made = [
        Asked(model, **words).made(want)
        for words in ({}, {"prompt": "a brick wall"}, {"prompt": "a brick wall", "negative": "wood"})
    ]
    assert not any(torch.equal(made[0], other) for other in made[1:]) and not torch.equal(made[1], made[2])
    assert Asked(model, prompt="a", negative="wood").notes == []


def test_what_a_model_does_not_hear_or_see_is_told(models: Callable[[str], Path], tmp_path: Path) -> None:
    asked = Asked(models("flux_fill"), negative="people")
    assert asked.notes == ["The model takes no negative prompt: what it is to keep away from isn't heard."]
    save(tmp_path / "ref.exr", {name: np.full((8, 8), 0.2, np.float32) for name in "RGB"})
    for family in (name for name in IMAGES if not FAMILIES[name].reference):
        job = replace(asked.maker._job, model=family.replace("_", "-"), reference=str(tmp_path / "ref.exr"))
        models(family)
        with pytest.raises(JobError, match="can't be shown a reference picture") as told:
            diffusion_image.check(job, chosen(job))
        assert "Wan VACE" in told.value.remedy
    asked = Job("p", "m", "o", engine="diffusion_image", reference="ref.exr")  # without a model it would lend texture
    with pytest.raises(JobError, match="model"):
        makers.model_for(asked)


def test_a_prompt_that_nobody_hears_is_told(models: Callable[[str], Path]) -> None:
    assert Asked(models("flux_fill"), prompt="a brick wall").notes == [
        "The model's folder has no text encoder: it doesn't hear the prompt."
    ]


def test_a_lora_lies_on_its_model_by_its_weight(models: Callable[[str], Path], tmp_path: Path) -> None:
    model = models("sdxl_inpaint")
    file = lora(model, tmp_path)
    vfx_ai.add_model(file, "look", "Apache-2.0", models_dir=model.parent, base="sdxl-inpaint", task="lora")
    bare, half, full = (Asked(model, lora=text).made(wanted((32, 32))) for text in ("", "look:0.5", "look"))
    assert not torch.equal(bare, half) and not torch.equal(half, full)
    with pytest.raises(JobError, match=r"'look' belongs on sdxl-inpaint, not on 'flux-fill'"):
        Asked(models("flux_fill"), lora="look")
    # Also where its record is wrong.
    with pytest.raises(InputError, match=r"the LoRA look, which was made for SDXL, doesn't fit the model Flux"):
        opened(
            checkpoint(models("flux_fill"), "image"), torch.device("cpu"), [Adapter("look", file, 1.0, "SDXL")], "Flux"
        )


def lora(model: Path, folder: Path) -> Path:
    from diffusers import StableDiffusionXLInpaintPipeline
    from diffusers.utils import convert_state_dict_to_diffusers
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    pipe = opened(checkpoint(model, "image"), torch.device("cpu")).pipe
    torch.manual_seed(1)
    pipe.unet.add_adapter(LoraConfig(r=2, lora_alpha=2, init_lora_weights=False, target_modules=["to_q", "to_v"]))
    layers = convert_state_dict_to_diffusers(get_peft_model_state_dict(pipe.unet))
    StableDiffusionXLInpaintPipeline.save_lora_weights(folder, unet_lora_layers=layers, weight_name="look.safetensors")
    return folder / "look.safetensors"


def shot(folder: Path) -> str:
    """A wall with a lamp of 60, and a hole that never moves."""
    size = (40, 56)
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    plate, matte = waves(x, y, 3).astype(np.float32), np.zeros(size, np.float32)
    plate[4:7, 4:7] = 60
    matte[12:28, 20:36] = 1
    plate[matte > 0] = 9
    for number in (1001, 1002, 1003):
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), size[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return str(folder / "plate.####.exr")


@pytest.mark.parametrize("family", IMAGES)
def test_a_run_with_a_model(
    models: Callable[[str], Path], tmp_path: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate, looked_up = shot(tmp_path), list[Job]()
    there, name = models(family).parent, family.replace("_", "-")

    def once(job: Job) -> Any:
        looked_up.append(job)
        return chosen(job)

    monkeypatch.setattr("vfx_ai.fill.makers.chosen", once)
    fields = {"engine": "diffusion_image", "model": name, "models_dir": str(there), "grain": "none"}
    events: list[vfx_ai.Event] = []

    def run(name: str, **more: Any) -> vfx_ai.Report:
        output = tmp_path / name / "clean.####.exr"
        return vfx_ai.inpaint(
            plate, plate.replace("plate.", "matte."), output, progress=events.append, **fields, **more
        )

    report = run("every")
    assert f"What no frame shows is made by {name} (Apache-2.0)." in report.notes and len(looked_up) == 1
    assert report.passed and report.engine == "temporal, then diffusion_image"
    assert all(record.made == 16 * 16 and record.real == 0 for record in report.frames)
    told = [(event.done, event.total) for event in events if event.text == "diffusion_image, key frame 1002"]
    assert told[0] == (0, STEPS) and told[-1][0] == told[-1][1] >= STEPS
    run("alone", frames="1003")
    every, alone = (load(tmp_path / name / "clean.1003.exr") for name in ("every", "alone"))
    assert all(np.array_equal(plane, alone[channel]) for channel, plane in every.items())
    assert (every["fill.source"][12:28, 20:36] == FOUNDATION).all() and every["R"][4:7, 4:7].min() == 60
    run("other", frames="1003", seed=2)
    assert not np.array_equal(every["R"], load(tmp_path / "other" / "clean.1003.exr")["R"])


def test_what_cannot_be_opened_is_refused_before_anything_is_done(
    models: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(JobError, match="needs a model"):
        diffusion_image.check(Job("p", "m", "o", engine="diffusion_image"), None)
    with pytest.raises(JobError, match="engine auto asks none"):
        vfx_ai.inpaint("p", "m", "o", model="flux-fill")

    def refused(folder: Path, error: type[vfx_ai.VfxAiError], match: str) -> None:
        with pytest.raises(error, match=match):
            checkpoint(folder, "image")

    refused(tmp_path, InputError, "no model_index")
    refused(tmp_path / "one.safetensors", InputError, "is one file")
    index = (models("flux_fill") / "model_index.json").read_text()
    folder = tmp_path / "copy"
    (folder / "vae").mkdir(parents=True)

    def written(text: str) -> Path:
        (folder / "model_index.json").write_text(text)
        return folder

    refused(written("[" * 100_000), InputError, "can't be read")
    refused(written("[]"), InputError, "holds no names")
    refused(
        written(index.replace("FluxFillPipeline", "MyPipeline")), JobError, "no family of models knows .*MyPipeline"
    )
    refused(written(index.replace('"diffusers",', '"os",')), InputError, "would run as code")
    (folder / "vae" / "weights.bin").write_bytes(b"x")
    refused(written(index), InputError, r"weights as \.bin are not taken")
    (folder / "vae" / "weights.bin").rename(folder / "vae" / "vae.py")
    refused(written(index), InputError, "is code")


def test_a_dry_run_says_what_it_takes(
    models: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "vfx_ai.steps.plan._seconds_of_flow_per_pixel", lambda: 1e-6
    )  # else it is measured anew each time
    plate = shot(tmp_path)
    there = {"model": "sdxl-inpaint", "models_dir": str(models("sdxl_inpaint").parent)}
    job = Job(plate, plate.replace("plate.", "matte."), str(tmp_path / "o.####.exr"), engine="diffusion_image", **there)
    told = plan(job)
    assert told.made.startswith(f"at most 3 key frames, 3 crops, {3 * STEPS} steps; about ")
    assert told.seconds > plan(replace(job, engine="auto", model="", models_dir="")).seconds
    assert plan(replace(job, engine="auto", model="", models_dir="")).made == ""
