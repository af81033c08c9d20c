"""What families claim: that their pipelines are opened and asked, and that what is known stays as it is in latents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
from rendered import save, waves

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.fill import diffusion_image
from vfx_ai.fill.checkpoint import Checkpoint, checkpoint
from vfx_ai.fill.crops import scaled
from vfx_ai.fill.families import FAMILIES, family_of, steps_of
from vfx_ai.fill.families.asked import Call, ones, zeros
from vfx_ai.fill.families.videos import VideoCall, around
from vfx_ai.fill.makers import Ask, Wanted
from vfx_ai.fill.pipeline import opened, quietly, run
from vfx_ai.job import Job
from vfx_ai.studio.models import chosen

STEPS = 2
SIZE = (64, 64)
HOLE = (slice(16, 48), slice(16, 48))
ELSEWHERE = {  # what the tests of engines hold to the contract
    *("StableDiffusionXLInpaintPipeline", "StableDiffusionInpaintPipeline", "FluxFillPipeline"),
}
# What AutoPipelineForInpainting knows beside: it wants a picture that guides, another model first, or pictures of 64
# pixels; or it is one of the others, asked otherwise.
LEFT_OUT = ("ControlNet", "FluxControl", "Kandinsky", "IF", "PAG")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in FAMILIES.values():
        monkeypatch.setattr(import_module(row.module), "STEPS", STEPS)
    tiny_auto.small_squares(monkeypatch)


def written(folder: Path, name: str) -> Path:
    with quietly(), torch.random.fork_rng():
        torch.manual_seed(0)
        tiny_auto.PIPELINES[name]().save_pretrained(folder / name)
    return folder / name


def maker(folder: Path, name: str, **fields: Any) -> Any:
    model = name.lower()
    if not (folder / "registry" / f"{model}.json").exists():
        vfx_ai.add_model(written(folder, name), model, "Apache-2.0", models_dir=folder, link=True)
    job = Job("p", "m", "o.####.exr", engine="diffusion_image", model=model, models_dir=str(folder), **fields)
    shot: Any = SimpleNamespace(device=torch.device("cpu"), width=SIZE[1])
    ask: Any = Ask(job, shot, Path(), lambda _: None, lambda _: lambda *_: None, print, chosen(job))  # type: ignore
    return diffusion_image.maker(ask)


def wanted(light: float = 1.0) -> Wanted:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    scene = torch.from_numpy(light * waves(x, y, 3)).float().permute(2, 0, 1)
    region = torch.zeros(SIZE, dtype=torch.bool)
    region[HOLE] = True
    return Wanted(1001, torch.where(region, scene.mean(), scene), region, ~region, 7)


def test_every_pipeline_of_images_that_is_claimed_is_tried() -> None:
    claimed = {name for row in FAMILIES.values() if row.kind == "image" for name in row.pipelines}
    assert claimed == {*tiny_auto.PIPELINES, *ELSEWHERE}


def test_all_that_diffusers_opens_by_itself_for_inpainting_is_opened_or_left_out_for_a_reason() -> None:
    from diffusers.pipelines.auto_pipeline import AUTO_INPAINT_PIPELINES_MAPPING

    names = [kind.__name__ for kind in AUTO_INPAINT_PIPELINES_MAPPING.values()]
    left = [name for name in names if not family_of(name)]
    assert len(names) > len(left) and all(any(word in name for word in LEFT_OUT) for name in left), left


@pytest.mark.parametrize("name", tiny_auto.PIPELINES)
def test_a_pipeline_is_opened_and_fills(tmp_path: Path, name: str) -> None:
    made_by, want = maker(tmp_path, name), wanted()
    made = made_by.make(want, lambda *_: None)
    assert "Inpaint" in type(made_by._opened.pipe).__name__
    assert torch.equal(made[:, want.known], want.scene[:, want.known])
    assert bool(torch.isfinite(made).all()) and float((made - want.scene)[:, want.region].abs().max()) > 0.01


@contextmanager
def louder(network: Any, by: float) -> Iterator[None]:
    """Have a network say so many times what it says."""
    whole = network.forward

    def forward(*given: Any, **named: Any) -> Any:
        answer = whole(*given, **named)
        said, beside = answer[0], answer[1:]
        return ([by * one for one in said] if isinstance(said, list) else by * said, *beside)

    network.forward = forward
    try:
        yield
    finally:
        del network.forward


def last_latents(pipe: Any, arguments: dict[str, Any], output: str, more: Any, by: float) -> torch.Tensor:
    """What a pipeline's decoder is given in the end."""
    kept: list[torch.Tensor] = []
    decode = pipe.vae.decode
    pipe.vae.decode = lambda latents, *given, **named: kept.append(latents.clone()) or decode(latents, *given, **named)
    network = getattr(pipe, "unet", None) or pipe.transformer
    try:
        with louder(network, by):
            run(pipe, arguments, 3, lambda: None, output, *more)
    finally:
        del pipe.vae.decode
    return kept[-1]


PUT_BACK = [name for name in tiny_auto.PIPELINES if name.endswith("InpaintPipeline")]
PUT_BACK += ["StableDiffusionPipeline", "StableDiffusionXLPipeline", "ChromaPipeline"]


@pytest.mark.parametrize("name", PUT_BACK)
def test_known_latents_are_the_pictures_whatever_the_network_says(tmp_path: Path, name: str) -> None:
    """The mask at latents' size: 1 where it is made; the other way round the hole would be what stays."""
    made = opened(checkpoint(written(tmp_path, name), "image"), torch.device("cpu"))
    light = wanted().scene.clamp(0, 1)
    mask = torch.zeros(1, 1, *SIZE)
    mask[(..., *HOLE)] = 1
    call = Call(light[None], mask, "", "", 1.0, STEPS)
    first, other = (
        last_latents(made.pipe, made.family.arguments(made.pipe, call), "images", (), by) for by in (1.0, 1.5)
    )
    while first.ndim > 4:
        first, other = first[:, :, 0], other[:, :, 0]
    off = (first - other).abs().amax(1)[0]
    scale = SIZE[0] // off.shape[0]
    inside = scaled(mask[0], tuple(off.shape))[0] > 0.5
    assert scale > 1 and bool((off[~inside] == 0).all()) and bool((off[inside] > 0).all())


@pytest.mark.parametrize("family", ["ltx_condition", "ltx2_condition"])
def test_known_latents_of_videos_are_the_pictures_as_well(tmp_path: Path, family: str) -> None:
    tiny_models.write(tmp_path, family)
    made = opened(checkpoint(tmp_path / family, "video"), torch.device("cpu"))
    video, mask = torch.rand(9, 3, 64, 96), torch.zeros(9, 1, 64, 96)
    mask[1:, :, :, 32:64] = 1
    call = VideoCall(video, mask, "", "", 1.0, STEPS)
    first, other = (
        last_latents(
            made.pipe,
            made.family.arguments(made.pipe, call),
            "frames",
            around(made.family, made.pipe, call),
            by,
        )
        for by in (1.0, 1.5)
    )
    off = (first - other).abs().amax(1)[0]  # [2, 2, 3]: one frame, then eight
    assert off.shape == (2, 2, 3) and bool((off[0] < 1e-5).all())
    assert bool((off[1, :, ::2] < 1e-5).all()) and bool((off[1, :, 1] > 1e-3).all())


def told(pipe: Any, arguments: dict[str, Any], output: str, more: Any = ()) -> dict[str, torch.Tensor]:
    """What a pipeline's network is told in its first step."""
    import inspect

    seen: list[dict[str, Any]] = []
    network = getattr(pipe, "unet", None) or pipe.transformer
    whole = network.forward

    def forward(*given: Any, **named: Any) -> Any:
        names = list(inspect.signature(type(network).forward).parameters)[1:]
        seen.append({**dict(zip(names, given, strict=False)), **named})
        return whole(*given, **named)

    network.forward = forward
    try:
        run(pipe, arguments, 3, lambda: None, output, *more)
    finally:
        del network.forward
    return seen[0]


@pytest.mark.parametrize("family", ["sdxl_inpaint", "auto_inpaint", "flux_fill"])
def test_networks_with_a_channel_for_it_are_told_the_mask(tmp_path: Path, family: str) -> None:
    tiny_models.write(tmp_path, family)
    made = opened(checkpoint(tmp_path / family, "image"), torch.device("cpu"))
    mask = torch.zeros(1, 1, *SIZE)
    mask[(..., *HOLE)] = 1
    pictures = [torch.full((1, 3, *SIZE), 0.3), torch.full((1, 3, *SIZE), 0.3)]
    pictures[1][(..., *HOLE)] = 0.9  # what is to go
    heard = [
        told(made.pipe, made.family.arguments(made.pipe, Call(one, mask, "", "", 1.0, STEPS)), "images")
        for one in pictures
    ]
    if family == "flux_fill":  # packed: noise of 8 channels, 8 of what is known, then the mask's 8 x 8 pixels' worth
        tokens = [one["hidden_states"] for one in heard]
        side = int(tokens[0].shape[1] ** 0.5)
        known, shown = tokens[0][0, :, 8:16], tokens[0][0, :, 16:]
        assert torch.equal(known, tokens[1][0, :, 8:16]), "what is to go isn't seen"
        inside = scaled(mask[0], (side, side))[0].flatten() > 0.5
    else:
        known, shown = heard[0]["sample"][0, 5:], heard[0]["sample"][0, 4].flatten()
        assert torch.equal(known, heard[1]["sample"][0, 5:]), "what is to go isn't seen"
        inside = scaled(mask[0], tuple(heard[0]["sample"].shape[-2:]))[0].flatten() > 0.5
    assert bool((shown[inside] == 1).all()) and bool((shown[~inside] == 0).all())


def video_call() -> VideoCall:
    video, mask = torch.full((9, 3, 32, 48), 0.3), torch.zeros(9, 1, 32, 48)
    mask[5:, :, 8:24, 16:32] = 1
    return VideoCall(torch.where(mask > 0, 0.9, video), mask, "", "", 1.0, STEPS)


@pytest.mark.parametrize(
    ("family", "name"), [("wan_vace", "control_hidden_states"), ("easy_animate", "inpaint_latents")]
)
def test_networks_of_videos_are_told_the_mask_and_not_what_is_to_go(tmp_path: Path, family: str, name: str) -> None:
    tiny_models.write(tmp_path, family)
    made = opened(checkpoint(tmp_path / family, "video"), torch.device("cpu"))
    call = video_call()
    heard = []
    for one in (call, replace(call, video=torch.where(call.mask > 0, 0.1, call.video))):
        more = around(made.family, made.pipe, one)
        heard.append(told(made.pipe, made.family.arguments(made.pipe, one), "frames", more)[name][0])
    assert torch.equal(*heard), "what is to go isn't seen"
    # Wan VACE: latents of what is known and of what is to be made, then 8 x 8 pixels of mask; EasyAnimate: 0 is made.
    shown = heard[0][32:].mean(0) if family == "wan_vace" else 1 - heard[0][0] / made.pipe.vae.config.scaling_factor
    small = scaled(call.mask[-1], tuple(shown.shape[-2:]))[0] > 0.99
    assert len(shown) == 3 and bool((shown[:2] < 0.01).all()), "the first frames are known as a whole"
    assert bool((shown[2][small] > 0.99).all()) and float(shown[2][0].max()) < 0.01


@pytest.mark.parametrize("name", ["FluxKontextPipeline", "Flux2KleinPipeline"])
def test_a_reference_is_shown_to_images_that_take_one(tmp_path: Path, name: str) -> None:
    y, x = np.mgrid[:40, :56].astype(np.float64)
    for file, planes in (("a", waves(x, y, 3)), ("b", waves(y, x, 3)[::-1])):
        save(tmp_path / f"{file}.exr", {c: planes[..., i].astype(np.float32) for i, c in enumerate("RGB")})
    shown = [maker(tmp_path, name, reference=path and str(tmp_path / path)) for path in ("", "a.exr", "b.exr")]
    made = [one.make(wanted(), lambda *_: None)[:, HOLE[0], HOLE[1]] for one in shown]
    assert not torch.equal(made[0], made[1]) and not torch.equal(made[1], made[2])
    assert all(bool(torch.isfinite(one).all()) for one in made)
    assert all(side % shown[1]._sides.multiple == 0 for side in shown[1]._reference.shape[-2:])


def test_what_was_distilled_takes_few_steps_and_a_plan_counts_them(tmp_path: Path) -> None:
    folder = written(tmp_path, "Flux2KleinPipeline")
    klein = import_module(FAMILIES["flux2_klein"].module)
    assert steps_of(klein, distilled=checkpoint(folder, "image").distilled) == STEPS
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"is_distilled": false', '"is_distilled": true'))
    assert checkpoint(folder, "image").distilled and steps_of(klein, distilled=True) == klein.DISTILLED_STEPS == 4
    assert steps_of(import_module(FAMILIES["chroma"].module), distilled=True) == STEPS


def test_guidance_of_flux_is_its_own_and_no_second_pass_is_asked_for_without_words_to_keep_away_from() -> None:
    flux, call = (
        import_module(FAMILIES["flux_inpaint"].module),
        Call(torch.zeros(1, 3, 8, 8), torch.zeros(1, 1, 8, 8), "a", "", 1.0, 2),
    )
    pipe = tiny_auto.flux("FluxInpaintPipeline")
    pipe.__dict__ |= {"text_encoder": 1, "tokenizer": 1}
    plain, away = (flux.arguments(pipe, one) for one in (call, replace(call, negative="b")))
    assert plain["guidance_scale"] == away["guidance_scale"] == 3.5
    assert "true_cfg_scale" not in plain and away["true_cfg_scale"] > 1 and away["negative_prompt"] == "b"


def test_what_stands_for_no_words_lies_where_the_model_works() -> None:
    pipe = SimpleNamespace(unet=SimpleNamespace(dtype=torch.float16), _execution_device=torch.device("meta"))
    assert (zeros(pipe, 1, 4).dtype, zeros(pipe, 1, 4).device.type) == (torch.float16, "meta")
    assert ones(pipe, 1, 4).device.type == "meta"


def test_a_diffusers_without_the_pipeline_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "chroma", replace(FAMILIES["chroma"], opens="NoSuchPipeline"))
    with pytest.raises(JobError, match="has no NoSuchPipeline"):
        opened(Checkpoint(tmp_path, "ChromaPipeline", "chroma", {}), torch.device("cpu"))


@pytest.mark.parametrize("name", FAMILIES["ltx2_condition"].pipelines)
def test_a_folder_for_another_pipeline_of_the_same_model_is_opened_too(tmp_path: Path, name: str) -> None:
    tiny_models.write(tmp_path, "ltx2_condition")
    index = tmp_path / "ltx2_condition" / "model_index.json"
    index.write_text(index.read_text().replace('"LTX2ConditionPipeline"', f'"{name}"'))
    made = opened(checkpoint(tmp_path / "ltx2_condition", "video"), torch.device("cpu"))
    assert type(made.pipe).__name__ == "LTX2ConditionPipeline"
