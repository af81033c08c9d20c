"""The section More from the Plate: what else can be made of a source, and what each of these is told."""

from collections.abc import Callable
from typing import Any

import bpy

from . import offers, settings, starting
from .lines import lines
from .offers import OFFERS


def draw(layout: Any, context: bpy.types.Context) -> None:
    """Draw it."""
    asked, kinds = settings.of(context), starting.says().get("kinds")
    layout.prop(asked, "keep_out")
    for name, fields in _OTHERS.items():
        column = layout.box().column(align=True)
        fault = offers.why_not(OFFERS[name], kinds)
        if not fault:
            fields(column, asked)
        column.operator(f"vfx_ai.{name}", icon=OFFERS[name].icon)
        if fault:
            column.active = False
    if any(offers.why_not(OFFERS[name], kinds) for name in _OTHERS):
        text = "Greyed: this vfx-ai can't do it yet." if kinds else "Not every vfx-ai has these."
        lines(layout, context, text, "INFO")
        if not kinds:
            layout.operator("vfx_ai.ask_worker", icon="QUESTION")


def _extend(layout: Any, asked: Any) -> None:
    layout.prop(asked, "side")
    if asked.side == "OVERSCAN":
        layout.prop(asked, "overscan")
    else:
        _numbers(layout, asked, "pad" if asked.side == "PAD" else "format")


def _generate(layout: Any, asked: Any) -> None:
    layout.prop(asked, "make")
    layout.prop(asked, "same_size")
    if not asked.same_size:
        _numbers(layout, asked, "size")
    layout.prop(asked, "make_seed")
    layout.prop(asked, "like")


def _numbers(layout: Any, asked: Any, name: str) -> None:
    """A field for each number; they are named by the name of all: "Width, Height"."""
    for index, label in enumerate(asked.bl_rna.properties[name].name.split(", ")):
        layout.prop(asked, name, index=index, text=label)


def _loop(layout: Any, asked: Any) -> None:
    layout.prop(asked, "shortest")
    layout.prop(asked, "longest")


def _edit(layout: Any, asked: Any) -> None:
    by_model(layout, asked.edit)
    layout.prop(asked.edit, "within")


def _imagine(layout: Any, asked: Any) -> None:
    told = asked.imagine
    by_model(layout, told)
    for name in ("make", "go_on"):
        layout.prop(told, name)
    if told.go_on:
        layout.prop(told, "same_size")
    if not (told.go_on and told.same_size):
        _numbers(layout, told, "size")


def by_model(layout: Any, told: Any) -> None:
    """A model, and if one is named, what it is told."""
    layout.prop(told, "model")
    for name in _TOLD if told.model else ():
        if name in told.bl_rna.properties:
            layout.prop(told, name)


_TOLD = ("prompt", "negative", "strength", "seed", "lora", "reference", "use")
_OTHERS: dict[str, Callable[[Any, Any], None]] = {
    "clean_plate": lambda layout, asked: layout.prop(asked, "single"),
    "extend": _extend,
    "generate_plate": _generate,
    "loop": _loop,
    "edit": _edit,
    "imagine": _imagine,
}
