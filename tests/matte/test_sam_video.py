"""SAM 2 with random weights of a tiny size: through a shot as the package itself does it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import Rendered, load, locked, render

import vfx_ai
from vfx_ai.errors import InputError, UnsupportedFileError
from vfx_ai.matte import sam_video
from vfx_ai.matte.prompts import Prompts, gather, parse_box, parse_click
from vfx_ai.matte.sam_video import _picture, _session, follow_by_sam, load_sam_video, seen
from vfx_ai.matte.stills import Stills
from vfx_ai.media.sequence import find_sequence

SIDE, FRAMES = 64, 8
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that looks at the last three frames, and at the pointers of the last four."""
    from transformers import Sam2HieraDetConfig, Sam2VideoConfig, Sam2VideoModel, Sam2VisionConfig

    torch.manual_seed(0)
    sizes = [16, 32, 64, 128]
    backbone = Sam2HieraDetConfig(
        hidden_size=16, num_attention_heads=1, image_size=[SIDE, SIDE], query_stride=[2, 2], num_query_pool_stages=3,
        window_positional_embedding_background_size=[4, 4], blocks_per_stage=[1, 1, 2, 1], embed_dim_per_stage=sizes,
        num_attention_heads_per_stage=[1, 2, 4, 8], window_size_per_stage=[8, 4, 8, 4], global_attention_blocks=[3],
    )  # fmt: skip
    vision = Sam2VisionConfig(
        backbone_config=backbone, backbone_channel_list=sizes[::-1], fpn_hidden_size=128, fpn_top_down_levels=[2, 3],
        backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]], num_feature_levels=3,
    )  # fmt: skip
    config = Sam2VideoConfig(
        vision_config=vision, image_size=SIDE, num_maskmem=3, max_object_pointers_in_encoder=4,
        prompt_encoder_config={"hidden_size": 128, "image_size": SIDE, "patch_size": 16, "mask_input_channels": 8},
        mask_decoder_config={"hidden_size": 128, "mlp_dim": 64, "iou_head_hidden_dim": 32, "num_attention_heads": 2},
        memory_attention_hidden_size=128, memory_attention_num_layers=1, memory_attention_num_attention_heads=1,
        memory_attention_feed_forward_hidden_size=64, memory_attention_rope_feat_sizes=[4, 4],
        memory_encoder_hidden_size=128, memory_encoder_output_channels=64, mask_downsampler_embed_dim=128,
        memory_fuser_embed_dim=128, memory_fuser_intermediate_dim=64,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("models") / "sam2-tiny"
    network = Sam2VideoModel(config)
    # By chance it would say that the object isn't seen in any frame.
    network.mask_decoder.pred_obj_score_head.proj_out.bias.data += 5
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(tmp_path_factory.mktemp("shot"), locked(), frames=FRAMES, size=(48, 80))


def followed(
    monkeypatch: pytest.MonkeyPatch, network: object, stills: Stills, said: dict[int, Prompts], numbers: tuple[int, ...]
) -> dict[int, torch.Tensor]:
    """What the network found in each frame, last."""
    kept = {}

    def listening(network: object, session: object, number: int, *rest: object) -> tuple[torch.Tensor, float]:
        found = seen(network, session, number, *rest)
        kept[number] = found[0]
        return found

    monkeypatch.setattr(sam_video, "seen", listening)
    masks = {f.number: f.mask for f in follow_by_sam(network, stills, said, {}, numbers, lambda: None)}
    monkeypatch.undo()
    for number, mask in masks.items():
        whole = torch.nn.functional.interpolate(kept[number], stills.size, mode="bilinear")
        assert np.array_equal(mask, (whole[0, 0] > 0).numpy())
    assert set(masks) == set(numbers)
    return kept


def test_frames_are_followed_as_the_package_itself_follows_a_video(
    weights: Path, made: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = load_sam_video(weights, CPU)
    stills = Stills(find_sequence(made.plate), "RGB")
    said = gather([parse_click("20,24@1001"), parse_click("-60,10@1001")], [parse_box("8,8,40,40@1001")], made.numbers)
    ours = followed(monkeypatch, network, stills, said[""], made.numbers)
    session = _session(network, stills, said[""], {})
    for number in made.numbers:  # with nothing forgotten
        theirs, _ = seen(network, session, number, _picture(network, stills, number), False)
        assert torch.equal(ours[number], theirs), number
    assert len(session.output_dict_per_obj[0]["non_cond_frame_outputs"]) == FRAMES - 1


def test_a_matte_by_sam_2_does_not_depend_on_the_frames_that_were_asked_for(
    weights: Path, made: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_AI_MODELS", str(weights.parent))
    said = {"points": ["20,24@1003", "other:60,30@1003"], "edge": "hard", "device": "cpu"}
    every = vfx_ai.make_matte(made.plate, tmp_path / "m.####.exr", **said)
    assert every.method == "sam2" and not every.notes and every.objects == ("", "other")
    for number in (1001, 1006):
        vfx_ai.make_matte(made.plate, tmp_path / "one.####.exr", frames=str(number), **said)
        ours, alone = (load(tmp_path / f"{name}.{number}.exr") for name in ("m", "one"))
        assert set(ours) == {"A", "other.A"}
        assert all(np.array_equal(ours[channel], alone[channel]) for channel in ours)


def test_every_click_counts(weights: Path, made: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    network, stills = load_sam_video(weights, CPU), Stills(find_sequence(made.plate), "RGB")
    found = []
    for points in (["20,24@1002"], ["70,40@1002"], ["20,24@1002", "-70,40@1002"], ["20,24@1002", "70,40@1007"]):
        said = gather([parse_click(point) for point in points], [], made.numbers)[""]
        kept = followed(monkeypatch, network, stills, said, (1001, 1006))
        found.append(kept[1006])
    assert all(not torch.equal(found[0], other) for other in found[1:])


def test_memory_is_that_of_a_few_frames(weights: Path, made: Rendered) -> None:
    from vfx_ai.matte.sam_video import _looked_at

    network, stills = load_sam_video(weights, CPU), Stills(find_sequence(made.plate), "RGB")
    session = _session(network, stills, gather([parse_click("20,24@1001")], [], made.numbers)[""], {})
    for number in made.numbers:
        _looked_at(network, session, stills, number, reverse=False)
    outputs = session.output_dict_per_obj[0]
    assert len(outputs["non_cond_frame_outputs"]) <= 6 < FRAMES - 1 and not session.processed_frames


def test_what_is_not_sam_2_is_refused(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such weights"):
        load_sam_video(tmp_path, CPU)
    (tmp_path / "model.safetensors").write_bytes(b"\x10" * 50)
    (tmp_path / "config.json").write_bytes((weights / "config.json").read_bytes())
    with pytest.raises(InputError, match="can't be read"):
        load_sam_video(tmp_path, CPU)
    from safetensors.torch import load_file, save_file

    kept = load_file(weights / "model.safetensors")
    save_file({name: kept[name] for name in list(kept)[: len(kept) // 2]}, tmp_path / "model.safetensors")
    with pytest.raises(UnsupportedFileError, match="they lack"):
        load_sam_video(tmp_path, CPU)
    config = json.loads((weights / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "bert"}))
    with pytest.raises((InputError, UnsupportedFileError)):
        load_sam_video(tmp_path, CPU)
