"""Files that nobody means well with, by kind: the row of the campaign, who reads it, and where they come from."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from strangers_edits import changed, changed_json, nested
from strangers_exr import built_exr, manifest
from strangers_good import CAMERAS, JOB, good_cineon, good_exrs, good_pictures, good_psd

CAMERA = json.loads(CAMERAS[".json"])
RUBBISH = (nested(100000), nested(100000, '{"a":', ""), b"1" * 10000, b"NaN", b"1e999", b"", b"\xff\xfe{")
# Name of the campaign's row: the file's name, who reads it, and the strategy.
KINDS: dict[str, tuple[str, str, Any]] = {
    "EXR, bytes changed": ("a.exr", "plate", changed(good_exrs)),
    "EXR, built": ("a.exr", "plate", built_exr()),
    "EXR as a matte": ("a.exr", "matte", st.one_of(changed(good_exrs), built_exr())),
    "Cryptomatte": ("a.exr", "crypto", manifest()),
    "DPX": ("a.dpx", "plate", changed(lambda: good_pictures(".dpx"))),
    "Cineon": ("a.cin", "plate", changed(lambda: (good_cineon(),))),
    "PNG": ("a.png", "plate", changed(lambda: good_pictures(".png"))),
    "TIFF": ("a.tif", "plate", changed(lambda: good_pictures(".tif"))),
    "JPEG": ("a.jpg", "plate", changed(lambda: good_pictures(".jpg"))),
    **{
        f"{suffix[1:].upper()}": (f"a{suffix}", "plate", changed(lambda suffix=suffix: good_pictures(suffix)))
        for suffix in (".hdr", ".tga", ".bmp", ".sgi", ".jp2", ".webp", ".ppm", ".pfm", ".iff", ".gif", ".rla", ".fits")
    },
    "PSD": ("a.psd", "plate", changed(lambda: (good_psd(),))),
    "camera .chan": ("a.chan", "camera", changed(lambda: (CAMERAS[".chan"],))),
    "camera .json": ("a.json", "camera", st.one_of(changed(lambda: (CAMERAS[".json"],)), changed_json(CAMERA))),
    "camera .usda": ("a.usda", "camera", changed(lambda: (CAMERAS[".usda"],))),
    "job": (
        "a.json",
        "job",
        st.one_of(changed_json(JOB), changed_json(JOB["params"]["job"]), st.sampled_from(RUBBISH)),
    ),
}
