"""An object through a shot by SAM 2, where its weights are on this machine.

Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024; the package transformers. The network remembers the
frames that were clicked and the last few before each frame. It goes forwards from the first frame with clicks to the
end and backwards to the beginning, so what it finds in a frame doesn't depend on which frames were asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.errors import InputError, UnsupportedFileError
from vfx_ai.matte.follow import Found
from vfx_ai.matte.prompts import Prompts
from vfx_ai.matte.sam import DEVIATION, MEAN, BoolArray, shown
from vfx_ai.matte.stills import Stills
from vfx_ai.matte.weights import checked

IS_IT, IS_NOT, CORNERS = 1, 0, (2, 3)  # labels of points, as the network was trained with
OBJECT = 0  # objects are followed one by one


def load_sam_video(folder: Path, device: torch.device) -> Any:
    """The network, a transformers Sam2VideoModel in evaluation mode, from a folder: config.json, model.safetensors.

    Raises:
        InputError: a file is missing or can't be read. UnsupportedFileError: it is another network.
    """
    checked(folder / "model.safetensors")
    from transformers import Sam2VideoConfig, Sam2VideoModel
    from transformers.utils import logging

    told: Any = logging
    told.disable_progress_bar()
    told.set_verbosity_error()
    try:
        config = Sam2VideoConfig.from_pretrained(folder, local_files_only=True)
        load: Any = Sam2VideoModel.from_pretrained
        network, report = load(
            folder, config=config, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except Exception as error:  # the package raises whatever its parts do
        raise InputError(
            f"SAM 2 can't be read: {str(error).splitlines()[0][:200]}", file=folder, remedy="Fetch its folder anew."
        ) from None
    lacking = sorted(report["missing_keys"]) or sorted(str(key) for key in report["mismatched_keys"])
    if lacking:
        raise UnsupportedFileError(
            f"these are not the weights of SAM 2: they lack {lacking[0]}",
            file=folder,
            remedy="Give a folder of the form that transformers reads, of sam2 or sam2.1, with config.json.",
        )
    return network.to(device).eval()


def follow_by_sam(
    network: Any,
    stills: Stills,
    said: Mapping[int, Prompts],
    others: Mapping[int, tuple[tuple[float, float], ...]],
    numbers: tuple[int, ...],
    step: Callable[[], None],
) -> Iterator[Found]:
    """One object in the frames `numbers`.

    Args:
        network: from `load_sam_video`.
        said: by frame, in order, what is said of the object.
        others: by frame, clicks on other objects.
        step: is called for each frame that was looked at.
    """
    wanted, clicked = set(numbers), tuple(said)
    frames = stills.plate.frames
    ends = min(numbers, default=clicked[0]), max(numbers, default=clicked[0])
    for way, goal in ((1, ends[1]), (-1, ends[0])):
        start = clicked[0] if way > 0 else clicked[0] - 1
        ahead = [n for n in frames if (n - start) * way >= 0 and (goal - n) * way >= 0]
        if not any(n in wanted for n in ahead):
            continue
        session = _session(network, stills, said, others)
        before: Found | None = None
        for number in sorted(ahead, reverse=way < 0):
            step()
            if number in stills.plate.missing:
                nothing = np.zeros(stills.size, bool)
                held = before.mask if before and not stills.plate.is_black(number) else nothing
                found = Found(number, held, "the plate has no such frame; the matte of the one before stands in")
            else:
                found = _looked_at(network, session, stills, number, way < 0)
            before = found
            if number in wanted:
                yield found


def _session(
    network: Any,
    stills: Stills,
    said: Mapping[int, Prompts],
    others: Mapping[int, tuple[tuple[float, float], ...]],
) -> Any:
    """The network's memory, with all frames that were clicked in it."""
    from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

    device = network.device
    session = Sam2VideoInferenceSession(inference_device=device, inference_state_device=device, dtype=network.dtype)
    side = float(network.config.image_size)
    for number, prompts in said.items():
        points = [(click.x, click.y, IS_IT if click.yes else IS_NOT) for click in prompts.clicks]
        points += [(x, y, IS_NOT) for x, y in others.get(number, ())]
        at = [stills.on_canvas(x, y, number) for x, y, _ in points]
        labels = [label for *_, label in points]
        if prompts.box is not None:
            x0, y0 = stills.canvas.x0, stills.canvas.y0
            box = prompts.box  # comes before points, as in training
            at = [(box.x0 - x0 - 0.5, box.y0 - y0 - 0.5), (box.x1 - x0 - 0.5, box.y1 - y0 - 0.5), *at]
            labels = [*CORNERS, *labels]
        size = torch.tensor([side / stills.canvas.width, side / stills.canvas.height])
        inputs = {
            "point_coords": ((torch.tensor(at) + 0.5) * size)[None, None],
            "point_labels": torch.tensor(labels, dtype=torch.int32)[None, None],
        }
        session.add_point_inputs(session.obj_id_to_idx(OBJECT), number, inputs)
        session.obj_with_new_inputs = [OBJECT]
        _looked_at(network, session, stills, number, reverse=False)
    return session


def _looked_at(network: Any, session: Any, stills: Stills, number: int, reverse: bool) -> Found:
    logits, there = seen(network, session, number, _picture(network, stills, number), reverse)
    _forget(network, session, number)
    mask: BoolArray = (F.interpolate(logits, stills.size, mode="bilinear")[0, 0] > 0).cpu().numpy()
    return Found(number, mask, "" if there > 0 else "the network says that it isn't seen")


def seen(
    network: Any, session: Any, number: int, picture: torch.Tensor | None, reverse: bool
) -> tuple[torch.Tensor, float]:
    """What the network finds in a frame: logits of the object [1, 1, h, w], and of its being in sight at all."""
    with torch.inference_mode():
        found = network(session, frame_idx=number, frame=picture, reverse=reverse)
    return found.pred_masks.float().reshape(1, 1, *found.pred_masks.shape[-2:]), float(found.object_score_logits.max())


def _picture(network: Any, stills: Stills, number: int) -> torch.Tensor:
    """The frame on its canvas, as the network wants it: [1, 3, side, side]."""
    frame, side = stills.frame(number), int(network.config.image_size)
    whole = np.zeros((stills.canvas.height, stills.canvas.width, 3), np.uint8)
    whole[frame.data_window.slices(stills.canvas)] = shown(frame.pixels)
    small = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA if side < whole.shape[1] else cv2.INTER_LINEAR)
    normal = (small.astype(np.float32) - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return torch.from_numpy(np.moveaxis(normal, -1, 0).copy())[None].to(network.device, network.dtype)


def _forget(network: Any, session: Any, number: int) -> None:
    """Drop what no later frame will ask for: memory is that of a few frames, however long the shot."""
    session.processed_frames.clear()
    kept = max(network.config.num_maskmem, network.config.max_object_pointers_in_encoder) + 1
    outputs = session.output_dict_per_obj[session.obj_id_to_idx(OBJECT)]["non_cond_frame_outputs"]
    for old in [n for n in outputs if abs(n - number) > kept]:
        del outputs[old]
