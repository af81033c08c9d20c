"""Segment Anything with random weights of a tiny size: from clicks to a matte, and what is refused."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import load, locked, render
from safetensors.torch import save_file

import vfx_ai
from vfx_ai.errors import InputError, UnsupportedFileError
from vfx_ai.matte.sam import load_sam, outline_by_sam, shown


def tiny_sam() -> torch.nn.Module:
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    torch.manual_seed(0)
    side, patch, inner = 128, 16, 64
    grid = (side // patch, side // patch)
    encoder = ImageEncoderViT(
        depth=2, embed_dim=32, img_size=side, mlp_ratio=2, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
        num_heads=2, patch_size=patch, qkv_bias=True, use_rel_pos=True, global_attn_indexes=[1], window_size=4,
        out_chans=inner,
    )  # fmt: skip
    prompts = PromptEncoder(embed_dim=inner, image_embedding_size=grid, input_image_size=(side, side), mask_in_chans=16)
    decoder = MaskDecoder(
        num_multimask_outputs=3, transformer=TwoWayTransformer(depth=1, embedding_dim=inner, mlp_dim=64, num_heads=8),
        transformer_dim=inner, iou_head_depth=2, iou_head_hidden_dim=32,
    )  # fmt: skip
    return Sam(encoder, prompts, decoder).eval()


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "sam_vit_b_tiny.safetensors"
    save_file(tiny_sam().state_dict(), path)
    return path


def test_a_network_of_any_size_is_built_from_its_weights(weights: Path) -> None:
    light = np.random.default_rng(1).gamma(1, 0.3, (60, 90, 3)).astype(np.float32)
    asked = (shown(light), [(40.0, 30.0, True), (5.0, 5.0, False)], (20.0, 10.0, 70.0, 50.0))
    same = [outline_by_sam(network, *asked) for network in (tiny_sam(), load_sam(weights, torch.device("cpu")))]
    assert same[0].shape == (60, 90) and np.array_equal(*same)


def test_a_matte_from_clicks_uses_weights_in_the_folder_of_models(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = render(tmp_path, locked(), frames=2, size=(64, 96))
    monkeypatch.setenv("VFX_AI_MODELS", str(weights.parent))
    done = vfx_ai.make_matte(made.plate, tmp_path / "m.####.exr", points=["20,32@1001"], edge="hard", device="cpu")
    assert done.method == "sam" and not done.notes
    assert load(tmp_path / "m.1001.exr")["A"].shape == (64, 96)


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    other, broken = tmp_path / "other.safetensors", tmp_path / "broken.safetensors"
    save_file({"layer.weight": torch.zeros(3)}, other)
    broken.write_bytes(b"\x10" * 50)
    with pytest.raises(UnsupportedFileError, match="not the weights of Segment Anything"):
        load_sam(other, torch.device("cpu"))
    with pytest.raises(InputError, match="can't be read"):
        load_sam(broken, torch.device("cpu"))


def test_what_the_network_is_shown_does_not_depend_on_exposure() -> None:
    light = np.random.default_rng(1).gamma(1, 0.3, (20, 30, 3)).astype(np.float32)
    light[0, 0] = 60
    assert np.abs(shown(light).astype(int) - shown(light * 8).astype(int)).max() <= 1
    assert shown(light).max() == 255 and shown(np.zeros((4, 4, 3), np.float32)).max() == 0
