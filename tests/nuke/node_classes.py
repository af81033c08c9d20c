"""What Nuke's own nodes have, as far as gizmos and the plugin touch it: inputs, knobs, and each knob's class."""

from __future__ import annotations

FILE, TEXT, INT, BOOL, DOUBLE = "File_Knob", "String_Knob", "Int_Knob", "Boolean_Knob", "Double_Knob"
CHANNEL = "Channel_Knob"
Choices = tuple[str, ...]  # of an Enumeration_Knob, the first is the default; no choices: a studio's config has them

EVERY_NODE: dict[str, str | Choices] = {
    **{"xpos": INT, "ypos": INT, "disable": BOOL, "help": TEXT, "label": TEXT, "tile_color": INT},
}
EXPRESSION = {f"expr{index}": TEXT for index in range(4)} | {f"channel{index}": CHANNEL for index in range(4)}
OUTSIDE = ("hold", "loop", "bounce", "black")

# Class: how many inputs it can have, and its knobs.
CLASSES: dict[str, tuple[int, dict[str, str | Choices]]] = {
    "Group": (9, {}),
    "Input": (0, {"number": INT}),
    "Output": (1, {}),
    "Dot": (1, {}),
    "Grade": (1, {"gain": DOUBLE}),
    "Read": (
        0,
        {
            **{"file": FILE, "first": INT, "last": INT, "origfirst": INT, "origlast": INT, "origset": BOOL},
            **{"before": OUTSIDE, "after": OUTSIDE, "frame": TEXT, "raw": BOOL, "reload": "PyScript_Knob"},
            "frame_mode": ("expression", "start at", "offset"),
            "on_error": ("error", "black", "checkerboard", "nearest frame"),
            "colorspace": ("default (linear)", "linear", "sRGB", "Cineon", "AlexaV3LogC", "ACES - ACEScg"),
        },
    ),
    "Write": (
        1,
        {
            **{"file": FILE, "raw": BOOL, "create_directories": BOOL, "channels": CHANNEL},
            "file_type": ("", "exr", "dpx", "png"),
            "datatype": ("16 bit half", "32 bit float"),
            "compression": ("none", "Zip (1 scanline)", "Zip (16 scanlines)"),
            "metadata": ("no metadata", "default metadata", "all metadata"),
            "beforeRender": TEXT,
        },
    ),
    "Expression": (1, EXPRESSION),
    "Keymix": (3, {"channels": CHANNEL, "maskChannel": CHANNEL, "mix": DOUBLE}),
    "Copy": (3, {"from0": CHANNEL, "to0": CHANNEL}),
    "Merge2": (3, {"operation": ("over", "difference", "plus")}),
    "Reformat": (
        1,
        {
            **{"box_width": INT, "box_height": INT, "box_fixed": BOOL, "filter": TEXT, "center": BOOL, "pbb": BOOL},
            "type": ("to format", "to box", "scale"),
            "resize": ("width", "height", "fit", "fill", "distort", "none"),
        },
    ),
    "Position": (1, {"translate": "XY_Knob"}),
    "Switch": (9, {"which": INT}),
}
# Numbers of addUserKnob, and the class that comes of each.
USER_KNOBS = {
    "1": "String_Knob",
    "2": "File_Knob",
    "3": "Int_Knob",
    "4": "Enumeration_Knob",
    "6": "Boolean_Knob",
    "7": "Double_Knob",
    "12": "XY_Knob",
    "15": "BBox_Knob",
    "20": "Tab_Knob",
    "22": "PyScript_Knob",
    "26": "Text_Knob",
    "43": "Multiline_Eval_String_Knob",
}
# A Group's own knobs, which a user's must not be called by.
TAKEN = frozenset(
    [
        *("name", "help", "onCreate", "onDestroy", "knobChanged", "updateUI", "autolabel", "panel", "tile_color"),
        *("gl_color", "label", "note_font", "note_font_size", "note_font_color", "selected", "xpos", "ypos", "icon"),
        *("indicators", "hide_input", "cached", "disable", "dope_sheet", "bookmark", "postage_stamp", "lifetimeStart"),
        *("postage_stamp_frame", "lifetimeEnd", "useLifetime", "lock_connections", "mapsize", "window"),
    ]
)
