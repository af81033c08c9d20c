"""What a worker would say of knobs, said before it is asked; and what it says, in a node's words.

Its remedies name options of the command, and a node has knobs.
"""

import re
from typing import Any, Dict

import nuke

from vfx_ai_nuke.errors import NodeError

ASK_MODELS = ("diffusion_image", "diffusion_video")  # engines that need a model
MAY_ASK = (*ASK_MODELS, "internal")  # and those that take one
CHOOSE = "Choose... on the tab Advanced sets both knobs."

_OPTION = re.compile(r"--([a-z][a-z-]*)")
# Options that are an input of the node.
_INPUTS = {"matte": "mask", "mask": "mask", "like": "Reference"}


def in_knobs(text: str, node: nuke.Node) -> str:
    """A text with options of the command replaced by the node's knobs, as far as it has them."""

    def replaced(found: "re.Match[str]") -> str:
        name = found.group(1).replace("-", "_")
        if name in _INPUTS:
            return f"the input {_INPUTS[name]}"
        knob = node.knob(name)
        return found.group() if knob is None else f"the knob {knob.label() or name}"

    return _OPTION.sub(replaced, text)


def check_model(node: nuke.Node, fields: Dict[str, Any]) -> None:
    """Refuse knobs of a model that don't fit together.

    Args:
        node: of ours, with these knobs.
        fields: of the job.

    Raises:
        NodeError: a model and no engine that asks it, an engine without its model, or words without a model.
    """
    engine, model = str(fields.get("engine", "auto")), fields.get("model", "")
    if model and engine not in MAY_ASK:
        raise NodeError(
            f"The knob model names {model!r}, and the engine {engine} asks no model. Set the knob engine to "
            f"{ASK_MODELS[0]} for a model of images or {ASK_MODELS[1]} for one of videos, or empty model. {CHOOSE}"
        )
    if engine in ASK_MODELS and not model:
        raise NodeError(f"The engine {engine} needs a model, and the knob model is empty. {CHOOSE}")
    for name in ("prompt", "negative", "lora"):
        if fields.get(name) and not model:
            label = node[name].label() or name
            raise NodeError(f"{label} is for a model, and the knob model is empty. Empty it, or name one. {CHOOSE}")
    if not 0 < float(fields.get("strength", 1.0)) <= 1:
        raise NodeError(f"strength is {fields['strength']:g}. Give more than 0, and at most 1.")
