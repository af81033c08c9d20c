"""The registry: what is taken in and refused, found and not found, verified and removed."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_models import lora, pipeline, weights

import vfx_ai
from vfx_ai.errors import InputError, Interrupted, JobError, OutputError
from vfx_ai.job import Job
from vfx_ai.studio.licences import LICENCES
from vfx_ai.studio.model import FAMILIES, TASKS, USES, Model, is_inside, model_from, row_of, uses_of
from vfx_ai.studio.models import chosen, find_model, list_models, registered
from vfx_ai.studio.models_add import add_model
from vfx_ai.studio.models_check import remove_model, verify_models
from vfx_ai.studio.models_known import KNOWN
from vfx_ai.studio.sniff import by_class, sniff


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models."""
    folder = tmp_path / "models"
    monkeypatch.setenv("VFX_AI_MODELS", str(folder))
    monkeypatch.delenv("VFX_AI_POLICY", raising=False)
    return folder


def test_a_folder_is_copied_with_what_belongs_to_it(home: Path, tmp_path: Path) -> None:
    source = pipeline(tmp_path / "theirs")
    model = add_model(source, "our-fill", "Apache-2.0", trained_on="our own plates")
    assert (model.family, model.task, model.pipeline) == ("sdxl", "inpaint", "StableDiffusionXLInpaintPipeline")
    assert (model.uses, model.path, model.linked) == (USES, home / "our-fill", False)
    names = {file.path for file in model.files}
    assert names == {"README.md", "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"}
    for name in names:
        assert (home / "our-fill" / name).read_bytes() == (source / name).read_bytes()
    assert find_model("our-fill") == model == registered()[0]
    assert not list(home.rglob("*.part"))


def test_a_linked_folder_stays_where_it_is(home: Path, tmp_path: Path) -> None:
    source = pipeline(tmp_path / "theirs")
    model = add_model(source, "our-fill", "MIT", link=True)
    assert model.path == source.resolve() and model.linked
    assert [path.name for path in home.iterdir()] == ["registry"]
    assert find_model(source) == find_model("our-fill") == model
    assert remove_model("our-fill") == model
    assert source.is_dir() and registered() == ()


def test_a_single_file_is_found_by_name_and_by_path(home: Path, tmp_path: Path) -> None:
    shapes = {"image_encoder.blocks.0.w": (4, 4), "mask_decoder.w": (2, 2)}
    model = add_model(weights(tmp_path / "x.safetensors", shapes), "sam_vit_b", "Apache-2.0")
    assert (model.family, model.task, model.path) == ("sam", "matte", home / "sam_vit_b.safetensors")
    assert find_model(home / "sam_vit_b.safetensors") == model
    assert verify_models("sam_vit_b")[0].passed
    from vfx_ai.matte.weights import find_sam

    assert find_sam("") == model.path, "mattes look in the same folder"


@pytest.mark.parametrize("suffix", [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".PT"])
def test_pickled_weights_are_refused_with_the_reason(suffix: str, home: Path, tmp_path: Path) -> None:
    alone = tmp_path / f"model{suffix}"
    alone.write_bytes(b"\x80\x04.")
    beside = pipeline(tmp_path / "theirs")
    (beside / "unet" / f"more{suffix}").write_bytes(b"\x80\x04.")
    for path in (alone, beside):
        with pytest.raises(InputError, match="can run any program") as told:
            add_model(path, "x", "MIT")
        assert str(told.value.file).endswith(suffix) and "safetensors" in told.value.remedy
    assert not home.exists()


def test_a_pickle_by_another_name_is_no_safetensors_file(home: Path, tmp_path: Path) -> None:
    for number, data in enumerate([b"PK\x03\x04" + b"x" * 99, b"\x80\x04.", b"", (2**62).to_bytes(8, "little"), b"{}"]):
        path = tmp_path / f"{number}.safetensors"
        path.write_bytes(data)
        with pytest.raises(InputError, match="no whole safetensors file"):
            add_model(path, "x", "MIT")


def test_a_file_that_was_cut_off_is_refused(home: Path, tmp_path: Path) -> None:
    path = weights(tmp_path / "x.safetensors", {"a": (64, 64)})
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(InputError, match="no whole safetensors file"):
        add_model(path, "x", "MIT")


def test_what_is_put_beside_a_model_later_is_seen(home: Path, tmp_path: Path) -> None:
    add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT")
    (home / "our-fill" / "unet" / "weights.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(InputError, match="can run any program"):
        find_model("our-fill")
    assert verify_models()[0].added == ("unet/weights.bin",)


def test_verify_names_what_differs(home: Path, tmp_path: Path) -> None:
    add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT")
    assert [one.passed for one in verify_models()] == [True]
    place = home / "our-fill" / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(place.read_bytes())
    data[-1] ^= 1
    place.write_bytes(bytes(data))
    (home / "our-fill" / "README.md").unlink()
    (verdict,) = verify_models("our-fill")
    assert not verdict.passed
    assert (verdict.changed, verdict.missing) == (("unet/diffusion_pytorch_model.safetensors",), ("README.md",))


def test_a_model_with_a_missing_file_is_not_given_to_an_engine(home: Path, tmp_path: Path) -> None:
    add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT")
    place = home / "our-fill" / "unet" / "config.json"
    place.write_text("{}")
    with pytest.raises(InputError, match=r"has 2 bytes, not \d+"):
        find_model("our-fill")
    place.unlink()
    with pytest.raises(InputError, match="isn't there"):
        find_model("our-fill")


def test_what_is_not_there_is_named_with_what_is_near_or_how_to_get_it(home: Path, tmp_path: Path) -> None:
    add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT")
    with pytest.raises(JobError, match="no model 'our-fil'") as told:
        find_model("our-fil")
    assert "our-fill" in told.value.remedy
    with pytest.raises(JobError, match="isn't on this machine") as told:
        find_model("sdxl-inpaint")
    assert "models pull sdxl-inpaint" in told.value.remedy
    with pytest.raises(JobError, match="nobody has said what its licence is") as told:
        find_model(tmp_path / "theirs")
    assert "--link" in told.value.remedy


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Über", "X", "registry", "con", "-x", "x" * 65, "a b", "x."])
def test_a_name_that_could_harm_is_refused(name: str, home: Path, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="can't be called"):
        add_model(pipeline(tmp_path / "theirs"), name, "MIT")
    assert not home.exists()


def test_a_name_that_is_taken_is_refused(home: Path, tmp_path: Path) -> None:
    source = pipeline(tmp_path / "theirs")
    add_model(source, "our-fill", "MIT")
    with pytest.raises(JobError, match="already"):
        add_model(source, "our-fill", "MIT")


def test_a_lora_needs_its_base(home: Path, tmp_path: Path) -> None:
    path = lora(tmp_path / "look.safetensors", ss_base_model_version="sdxl_base_v1-0")
    with pytest.raises(JobError, match="--base") as told:
        add_model(path, "our-look", "MIT")
    assert "LoRA" in str(told.value)
    made = add_model(path, "our-look", "MIT", base="our-fill")
    assert (made.task, made.family, made.base) == ("lora", "sdxl", "our-fill")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("{", "can't be read"),
        ("[]", "another schema"),
        ('{"schema": 2}', "another schema"),
        ('{"schema": 1, "name": "other"}', "it is of 'other'"),
        ('{"schema": 1, "name": "x", "licence": 3}', "'licence' is 3"),
        ('{"schema": 1, "name": "x", "more": ""}', "unknown field 'more'"),
        ('{"schema": 1, "name": "x", "uses": ["fun"]}', "uses are fun"),
        (
            '{"schema": 1, "name": "x", "files": [{"path": "../../y", "bytes": 1, "sha256": "%s"}]}' % ("0" * 64),
            "files",
        ),
    ],
)
def test_a_record_that_was_tampered_with_is_one_error(record: str, words: str, home: Path) -> None:
    (home / "registry").mkdir(parents=True)
    (home / "registry" / "x.json").write_text(record)
    with pytest.raises(InputError, match=re.escape(words)) as told:
        find_model("x")
    assert "models remove x" in told.value.remedy
    remove_model("x")
    assert registered() == ()


def test_a_record_comes_back_as_it_was_written(home: Path, tmp_path: Path) -> None:
    model = add_model(pipeline(tmp_path / "theirs"), "our-fill", "our own", uses="research", conditions="ünder terms")
    again = model_from(json.loads(json.dumps(row_of(model))), model.path)
    assert again == model and model.uses == ("research",) and model.told()["installed"]


def test_stopping_in_the_middle_leaves_nothing(home: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT", cancelled=lambda: True)
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_without_room_nothing_is_copied(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: type("U", (), {"free": 5}))
    with pytest.raises(OutputError, match="no room") as told:
        add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT")
    assert "--link" in told.value.remedy and registered() == ()


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_the_hubs_own_cache_of_links_can_be_taken(home: Path, tmp_path: Path) -> None:
    blobs = pipeline(tmp_path / "blobs")
    snapshot = tmp_path / "snapshot"
    for path in blobs.rglob("*"):
        if path.is_file():
            link = snapshot / path.relative_to(blobs)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
    model = add_model(snapshot, "our-fill", "MIT")
    assert model.path is not None and not any(path.is_symlink() for path in model.path.rglob("*"))


def test_another_folder_of_models_can_be_named(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT", folder=other)
    assert registered() == () and [model.name for model in registered(other)] == ["our-fill"]
    assert find_model("our-fill", folder=other).path == other / "our-fill"


@pytest.mark.parametrize(
    ("name", "family", "task"),
    [
        ("StableDiffusionXLInpaintPipeline", "sdxl", "inpaint"),
        ("StableDiffusionInpaintPipeline", "sd", "inpaint"),
        ("FluxFillPipeline", "flux", "inpaint"),
        ("FluxKontextPipeline", "flux", "edit"),
        ("Flux2KleinPipeline", "flux2", "edit"),
        ("QwenImageEditPipeline", "qwen-image", "edit"),
        ("QwenImageInpaintPipeline", "qwen-image", "inpaint"),
        ("ZImagePipeline", "z-image", "image"),
        ("WanVACEPipeline", "wan-vace", "video-inpaint"),
        ("WanPipeline", "wan", "video"),
        ("LTXConditionPipeline", "ltx", "video-edit"),
        ("EasyAnimateInpaintPipeline", "easyanimate", "video-inpaint"),
        ("LTX2Pipeline", "ltx2", "video"),
        ("SomebodysPipeline", "", ""),
    ],
)
def test_a_class_of_diffusers_tells_family_and_task(name: str, family: str, task: str) -> None:
    assert by_class(name) == (family, task)


@pytest.mark.parametrize(
    ("shapes", "told"),
    [
        ({"double_blocks.0.w": (2, 2), "single_blocks.0.w": (2, 2), "img_in.weight": (8, 384)}, ("flux", "inpaint")),
        ({"double_blocks.0.w": (2, 2), "single_blocks.0.w": (2, 2), "img_in.weight": (8, 64)}, ("flux", "image")),
        ({"conditioner.embedders.1.w": (2, 2), "model.diffusion_model.x": (2, 2)}, ("sdxl", "image")),
        ({"vace_blocks.0.w": (2, 2), "patch_embedding.weight": (2, 2)}, ("wan-vace", "video-inpaint")),
        ({"something": (2, 2)}, ("", "")),
    ],
)
def test_single_files_tell_family_and_task_by_their_tensors(shapes: Any, told: Any, tmp_path: Path) -> None:
    found = sniff(weights(tmp_path / "x.safetensors", shapes))
    assert (found.family, found.task) == told


def test_our_own_models_say_what_they_are(tmp_path: Path) -> None:
    said = {"vfx_ai.family": "internal", "vfx_ai.task": "inpaint"}
    found = sniff(weights(tmp_path / "x.safetensors", {"w": (2, 2)}, 1, **said))
    assert (found.family, found.task) == ("internal", "inpaint")


def test_the_table_that_ships_is_sound(home: Path) -> None:
    for name, row in KNOWN.items():
        assert row.name == name and row.family in FAMILIES and row.task in TASKS and row.source and row.licence
        assert row.path is None and not row.files and not re.search(r"\s", name)
        assert not row.revision or re.fullmatch(r"[0-9a-f]{40}", row.revision)
        if row.uses:
            assert row.read, f"where was the licence of {name} read?"
            assert row.uses == LICENCES[row.licence.lower()], name
        else:
            assert row.conditions, f"{name}: nobody knows what it may be used for, and nothing says why"
    assert {model.name for model in list_models()} == set(KNOWN)


def test_uses_are_words(home: Path) -> None:
    assert uses_of("research, commercial") == USES and uses_of("unknown") == ()
    with pytest.raises(JobError, match="uses is 'fun'"):
        uses_of("fun")


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "", "C:x", "a\\b"])
def test_paths_of_files_stay_inside(path: str) -> None:
    assert not is_inside(path)
    assert is_inside("unet/x.safetensors")


def job(model: str, **fields: Any) -> Job:
    return Job("p.####.exr", "m.exr", "o.####.exr", model=model, **fields)


def test_a_job_gets_its_model_and_loras(home: Path, tmp_path: Path) -> None:
    add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT")
    add_model(lora(tmp_path / "a.safetensors", base_model="sdxl"), "our-look", "MIT", base="our-fill")
    add_model(lora(tmp_path / "b.safetensors", base_model="sdxl"), "any-xl", "MIT", base="sdxl")
    found = chosen(job("our-fill", lora="our-look:0.8,any-xl"))
    assert found is not None
    assert [(one.name, weight) for one, weight in found.loras] == [("our-look", 0.8), ("any-xl", 1.0)]
    assert found.told() == "our-fill (MIT), LoRA our-look:0.8 (MIT), LoRA any-xl:1 (MIT)"
    other = chosen(job("our-fill", lora="our-look:0.7,any-xl"))
    assert other is not None and other.identity != found.identity
    assert chosen(Job("p", "m", "o")) is None


def test_a_lora_for_another_model_names_both(home: Path, tmp_path: Path) -> None:
    add_model(pipeline(tmp_path / "theirs"), "our-fill", "MIT")
    add_model(lora(tmp_path / "a.safetensors"), "our-look", "MIT", base="wan2.1-vace-14b")
    add_model(lora(tmp_path / "b.safetensors", base_model="flux"), "a-look", "MIT", base="our-fill")
    for name in ("our-look", "a-look"):
        with pytest.raises(JobError, match=rf"{name}.*(wan2.1-vace-14b|our-fill).*not on 'our-fill'"):
            chosen(job("our-fill", lora=name))
    with pytest.raises(JobError, match="no LoRA"):
        chosen(job("our-fill", lora="our-fill"))
    with pytest.raises(JobError, match="is a LoRA, which is laid on"):
        chosen(job("our-look"))


def test_other_contents_are_another_identity() -> None:
    one = Model("x", files=())
    from vfx_ai.studio.model import ModelFile

    files = (ModelFile("a.json", 1, "0" * 64), ModelFile("b.safetensors", 1, "1" * 64))
    assert replace(one, files=files).identity == replace(one, files=files[::-1], name="y").identity
    assert replace(one, files=files).identity != replace(one, files=files[:1]).identity


def test_python_has_what_the_commands_have(home: Path, tmp_path: Path) -> None:
    source = pipeline(tmp_path / "theirs")
    made = vfx_ai.add_model(source, "our-fill", "MIT", link=True, models_dir=home)
    assert vfx_ai.find_model("our-fill") == made and vfx_ai.models()[0] == made
    assert [one.passed for one in vfx_ai.verify_models()] == [True]
    assert vfx_ai.remove_model("our-fill").name == "our-fill"
    with pytest.raises(vfx_ai.JobError, match="none of the well-known"):
        vfx_ai.pull_model("our-fill")
