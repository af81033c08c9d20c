"""A large picture through a network that was made for small ones: tiles of latents, blended in every step.

A pipeline is asked once for the whole picture. Each time it asks its network, that is asked tile by tile instead, and
what it says of the tiles is blended where they overlap, before the step is taken. So there is one picture from the
first step on, and no seam that could be blended away afterwards. (MultiDiffusion; here around the network, so that
every pipeline keeps its own steps.)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from vfx_ai.fill.crops import tile_weight, tiles
from vfx_ai.media.frame import Window


@dataclass(frozen=True)
class _Form:
    """What of a network's call lies over the picture.

    Attributes:
        planes: tensors whose last two dimensions are rows and columns.
        tokens: tensors [B, N, C] or [B, N] whose N is frames, rows and columns, one after the other.
        places: (tensor, dimension) of N places; each tile is told those of the first one, as if it were a picture.
    """

    planes: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    places: tuple[tuple[str, int], ...] = ()


FORMS: dict[str, _Form] = {
    "UNet2DConditionModel": _Form(planes=("sample",)),
    "SD3Transformer2DModel": _Form(planes=("hidden_states",)),
    "WanVACETransformer3DModel": _Form(planes=("hidden_states", "control_hidden_states")),
    "EasyAnimateTransformer3DModel": _Form(planes=("hidden_states", "inpaint_latents")),
    "FluxTransformer2DModel": _Form(tokens=("hidden_states",), places=(("img_ids", 0),)),
    "LTXVideoTransformer3DModel": _Form(tokens=("hidden_states",), places=(("video_coords", 2),)),
    "LTX2VideoTransformer3DModel": _Form(tokens=("hidden_states", "timestep"), places=(("video_coords", 2),)),
}
_NETWORKS = ("unet", "transformer", "transformer_2")


@dataclass(frozen=True)
class Cut:
    """How a picture is cut.

    Attributes:
        size: of the picture (height, width), in pixels.
        side: of a tile, in pixels.
        cell: pixels along the side of what is one token.
        between: called before each tile; what it raises ends the run.
    """

    size: tuple[int, int]
    side: int
    cell: int
    between: Callable[[], None]


def can_cut(pipe: Any) -> bool:
    """Whether a pipeline's networks can be asked tile by tile."""
    networks = _networks(pipe)
    return bool(networks) and all(type(network).__name__ in FORMS for network in networks)


@contextmanager
def in_tiles(pipe: Any, cut: Cut) -> Iterator[None]:
    """Have a pipeline's networks work tile by tile; `can_cut` must say that they can."""
    before = [(network, network.__dict__.get("forward")) for network in _networks(pipe)]
    try:
        for network, _ in before:
            network.forward = _tiled(network, cut)
        yield
    finally:
        for network, own in before:
            if own is not None:
                network.forward = own  # a hook that brings weights to the device
            elif "forward" in network.__dict__:
                del network.forward


def _networks(pipe: Any) -> list[Any]:
    return [network for name in _NETWORKS if (network := getattr(pipe, name, None)) is not None]


def _tiled(network: Any, cut: Cut) -> Callable[..., tuple[torch.Tensor, ...]]:
    """What stands for a network's forward; what else than a picture it gives is the first tile's."""
    whole, form = network.forward, FORMS[type(network).__name__]
    names = list(inspect.signature(type(network).forward).parameters)[1:]
    shape = _of_planes if form.planes else _of_tokens

    def forward(*given: Any, **named: Any) -> tuple[torch.Tensor, ...]:
        call = {**dict(zip(names, given, strict=False)), **named}
        grid, side = shape(call, form, cut)
        boxes = tiles(grid, side)
        if len(boxes) == 1:
            out: tuple[torch.Tensor, ...] = whole(**call)
            return out
        total: torch.Tensor | None = None
        beside: tuple[torch.Tensor, ...] | None = None
        weights = torch.zeros(grid)
        for box in boxes:
            cut.between()
            made = whole(**{**call, **_part(call, form, grid, box)})
            beside = made[1:] if beside is None else beside
            weight = tile_weight(box, grid)
            weights[box.y0 : box.y1, box.x0 : box.x1] += weight
            total = _added(total, made[0], weight, form, grid, box)
        assert total is not None
        dtype = call[(form.planes or form.tokens)[0]].dtype
        return (_whole(total, weights, form).to(dtype), *(beside or ()))

    return forward


def _of_planes(call: dict[str, Any], form: _Form, cut: Cut) -> tuple[tuple[int, int], int]:
    """Rows and columns of latents, and how many a tile has along its side."""
    rows, columns = call[form.planes[0]].shape[-2:]
    return (rows, columns), max(1, cut.side * rows // cut.size[0])


def _of_tokens(_call: dict[str, Any], _form: _Form, cut: Cut) -> tuple[tuple[int, int], int]:
    return (cut.size[0] // cut.cell, cut.size[1] // cut.cell), max(1, cut.side // cut.cell)


def _part(call: dict[str, Any], form: _Form, grid: tuple[int, int], box: Window) -> dict[str, Any]:
    """What of a call is another one for a tile."""
    rows, columns = slice(box.y0, box.y1), slice(box.x0, box.x1)
    part = {name: call[name][..., rows, columns] for name in form.planes if call.get(name) is not None}
    part |= {name: _tokens(call[name], 1, grid, rows, columns) for name in form.tokens}
    first = slice(0, box.height), slice(0, box.width)
    return part | {name: _tokens(call[name], where, grid, *first) for name, where in form.places}


def _tokens(tensor: torch.Tensor, where: int, grid: tuple[int, int], rows: slice, columns: slice) -> torch.Tensor:
    """Of the tokens along dimension `where` those of a tile, in all frames."""
    laid = tensor.reshape(*tensor.shape[:where], -1, *grid, *tensor.shape[where + 1 :])
    index: list[Any] = [slice(None)] * laid.ndim
    index[where + 1], index[where + 2] = rows, columns
    part: torch.Tensor = laid[tuple(index)].flatten(where, where + 2)
    return part


def _added(
    total: torch.Tensor | None,
    made: torch.Tensor,
    weight: torch.Tensor,
    form: _Form,
    grid: tuple[int, int],
    box: Window,
) -> torch.Tensor:
    """The sum of tiles with one more; of tokens as [B, T, rows, columns, C]."""
    rows, columns = slice(box.y0, box.y1), slice(box.x0, box.x1)
    made, weight = made.float(), weight.to(made.device)
    if form.planes:
        if total is None:
            total = made.new_zeros((*made.shape[:-2], *grid))
        total[..., rows, columns] += weight * made
        return total
    laid = made.reshape(made.shape[0], -1, box.height, box.width, made.shape[-1])
    if total is None:
        total = made.new_zeros((laid.shape[0], laid.shape[1], *grid, laid.shape[-1]))
    total[:, :, rows, columns] += weight[..., None] * laid
    return total


def _whole(total: torch.Tensor, weights: torch.Tensor, form: _Form) -> torch.Tensor:
    weights = weights.to(total.device)
    return total / weights if form.planes else (total / weights[..., None]).flatten(1, 3)
