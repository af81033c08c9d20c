"""The worker's models: asked for, and one of them chosen."""

from typing import Any, Dict, List

import nuke

from vfx_ai_nuke import questions, ticking
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.nodes import is_gone

NONE = "none"
WHERE = "`vfx-ai models list` names those that could be fetched, `vfx-ai models add` takes one from a folder."


def choose(node: nuke.Node) -> None:
    """Ask the worker for its models, and have the user choose; the dialog comes when it has answered.

    Raises:
        NodeError: there is nobody to choose.
    """
    if not nuke.GUI:
        raise NodeError("Write the model's name; `vfx-ai models list` lists them.")
    questions.ask("describe", lambda event: _answered(node, event))
    ticking.keep_going()


def listed(models: List[Dict[str, Any]], before: str) -> "tuple[List[str], List[str]]":
    """Names and lines of a menu: none, what can make pixels, and what the knob says already."""
    made = [one for one in models if one.get("task") not in ("matte", "lora")]
    names = [NONE, *(str(one["name"]) for one in made)]
    lines = [NONE, *(_line(one) for one in made)]
    if before and before not in names:
        names.append(before)
        lines.append(f"{before} (not on the worker's machine)")
    return names, lines


def engine_of(task: str) -> str:
    """The engine that uses a model of some task."""
    return "diffusion_video" if task.startswith("video") else "diffusion_image"


def _take(node: nuke.Node, name: str, models: List[Dict[str, Any]]) -> None:
    """Write a model's name into its knob; an engine that would use none gives way to the one that uses it."""
    node["model"].setValue(name)
    if node.knob("engine") is None:  # the worker knows by the model
        return
    engine = node["engine"]
    task = next((str(one.get("task", "")) for one in models if one["name"] == name), None)
    if name and task is not None and not str(engine.value()).startswith("diffusion"):
        engine.setValue(engine_of(task))
    if not name and str(engine.value()).startswith("diffusion"):
        engine.setValue("auto")


def _line(model: Dict[str, Any]) -> str:
    uses = " and ".join(model.get("uses", ()))
    return f"{model['name']}  -  {model.get('task') or 'unknown'}, {model.get('licence', 'unknown')}: {uses}"


def _answered(node: nuke.Node, event: Any) -> None:
    if is_gone(node):
        return
    if event.kind == "failed":
        nuke.message(f"{node.name()}: {event.data['error'].get('text') or event.data['error'].get('message')}")
        return
    before = str(node["model"].value()).strip()
    models = event.data["result"].get("models", {}).get("registered", [])
    names, lines = listed(models, before)
    if len(names) == 1:
        nuke.message(f"{node.name()}: the worker has no models that make pixels. {WHERE}")
        return
    index = nuke.choice("Models", "model", lines, names.index(before or NONE))
    if index is not None and 0 <= index < len(names):
        _take(node, "" if names[index] == NONE else names[index], models)
