"""An object by clicks and boxes through Segment Anything, where its weights are on this machine.

Kirillov et al., "Segment Anything", ICCV 2023; the package segment_anything. The network's measures are read from the
weights themselves, so that any size of it loads, and no file is taken for another.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.errors import InputError, UnsupportedFileError
from vfx_ai.matte.weights import checked
from vfx_ai.media.curves import scene_to_srgb
from vfx_ai.media.frame import FloatArray

BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.uint8]

MEAN, DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of the pictures that it was trained on
MID_GREY = 0.18
DECODER_HEADS = 8  # of the decoder's attention, in all published sizes


def load_sam(path: Path, device: torch.device) -> Any:
    """The network, a segment_anything.modeling.Sam in evaluation mode, from a safetensors file.

    Raises:
        InputError: the file can't be read. UnsupportedFileError: it holds another network's weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        weights = load_file(checked(path))
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"the weights can't be read: {error}", file=path, remedy="Fetch them anew.") from None
    try:
        network = _built(weights)
        network.load_state_dict(weights)
    except (KeyError, ValueError, RuntimeError, ZeroDivisionError, IndexError) as error:
        raise UnsupportedFileError(
            f"these are not the weights of Segment Anything: {str(error).splitlines()[0][:200]}",
            file=path,
            remedy="Give sam_vit_b, _l or _h as .safetensors, with the names of its original parts.",
        ) from None
    return network.to(device).eval()


def _built(weights: dict[str, torch.Tensor]) -> Any:
    """The network with the measures that its weights have."""
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    size = {name: tuple(value.shape) for name, value in weights.items()}
    encoder, decoder = "image_encoder.", "mask_decoder."
    width, _, patch, _ = size[encoder + "patch_embed.proj.weight"]
    side = size[encoder + "pos_embed"][1]
    depth = _count(size, encoder + r"blocks\.(\d+)\.")
    spans = [size[f"{encoder}blocks.{i}.attn.rel_pos_h"] for i in range(depth)]
    windows = [(span[0] + 1) // 2 for span in spans]
    # A window as wide as the picture is no window.
    everywhere = [i for i, window in enumerate(windows) if window == side]
    inner = size[encoder + "neck.0.weight"][0]
    return Sam(
        image_encoder=ImageEncoderViT(
            depth=depth,
            embed_dim=width,
            img_size=side * patch,
            mlp_ratio=size[encoder + "blocks.0.mlp.lin1.weight"][0] / width,
            norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
            num_heads=width // spans[0][1],
            patch_size=patch,
            qkv_bias=True,
            use_rel_pos=True,
            global_attn_indexes=everywhere,
            window_size=min(windows) if len(everywhere) < depth else 0,
            out_chans=inner,
        ),
        prompt_encoder=PromptEncoder(
            embed_dim=inner,
            image_embedding_size=(side, side),
            input_image_size=(side * patch, side * patch),
            mask_in_chans=size["prompt_encoder.mask_downscaling.3.weight"][0],
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=size[decoder + "mask_tokens.weight"][0] - 1,
            transformer=TwoWayTransformer(
                depth=_count(size, decoder + r"transformer\.layers\.(\d+)\."),
                embedding_dim=inner,
                mlp_dim=size[decoder + "transformer.layers.0.mlp.lin1.weight"][0],
                num_heads=DECODER_HEADS,
            ),
            transformer_dim=inner,
            iou_head_depth=_count(size, decoder + r"iou_prediction_head\.layers\.(\d+)\."),
            iou_head_hidden_dim=size[decoder + "iou_prediction_head.layers.0.weight"][0],
        ),
        pixel_mean=list(MEAN),
        pixel_std=list(DEVIATION),
    )


def _count(size: dict[str, tuple[int, ...]], pattern: str) -> int:
    return 1 + max(int(found[1]) for name in size if (found := re.match(pattern, name)))


def shown(scene: FloatArray) -> ByteArray:
    """A frame as a display would show it, which is what the network knows: [h, w, 3] uint8 from scene-linear light.

    Exposed so that the median of its luminance is mid grey, and rolled off above, so that lamps keep their outlines.
    """
    light = np.maximum(scene, 0)
    middle = float(np.median(light @ np.array([0.2126, 0.7152, 0.0722], np.float32)))
    light = light * (MID_GREY / middle if middle > 0 else 1)
    # Reinhard et al., SIGGRAPH 2002, with white where light is 4.
    rolled = light * (1 + light / 16) / (1 + light)
    return np.asarray(np.clip(scene_to_srgb(rolled.astype(np.float32)) * 255 + 0.5, 0, 255), np.uint8)


def outline_by_sam(
    network: Any,
    picture: ByteArray,
    points: list[tuple[float, float, bool]],
    box: tuple[float, float, float, float] | None,
) -> BoolArray:
    """[h, w] bool: the object.

    Args:
        network: from `load_sam`.
        picture: [h, w, 3] uint8, from `shown`.
        points: x, y in pixels of `picture`, and whether it is the object.
        box: x0, y0, x1, y1, or None.
    """
    from segment_anything import SamPredictor

    predictor = SamPredictor(network)
    with torch.no_grad():
        predictor.set_image(picture)
        masks, scores, _ = predictor.predict(
            point_coords=np.array([at[:2] for at in points], np.float32) if points else None,
            point_labels=np.array([int(at[2]) for at in points]) if points else None,
            box=None if box is None else np.array(box, np.float32),
            # One click may mean a part, the whole, or more; with more said than that there is one answer.
            multimask_output=box is None and len(points) == 1,
        )
    return np.asarray(masks[int(np.argmax(scores))], bool)
