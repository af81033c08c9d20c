"""Catalogues for tests: rows without footage behind them, rights files, and small sequences."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np

from vfx_ai.studio.catalogue_add import Asked
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_change import set_rights
from vfx_ai.studio.catalogue_keep import keep
from vfx_ai.studio.contents import Signed, content_of
from vfx_ai.studio.found import Found
from vfx_ai.studio.looks import CELLS, LAYOUT, Looks
from vfx_ai.studio.measure import Measured

TODAY = date(2026, 11, 26)
LIGHT = {"mean": [3.0, 3.0, 3.0], "spread": [1.0, 1.0, 1.0], "low": 1.0, "middle": 3.0, "high": 5.0, "brightest": 2.0}


def lib(folder):
    """Where a test's catalogue lies."""
    return folder / "lib"


def rights_text(**fields):
    """A rights file that clears everything everywhere, with some fields otherwise; None leaves one out."""
    whole = {
        "owner": "Harbour Films",
        "uses": "[reference, training, generation, publicity]",
        "territory": "world",
        "until": "unlimited",
        "people": "none",
        "signed_off": "{by: Lena Legal, on: 2026-01-10}",
        **fields,
    }
    return "".join(f"{name}: {value}\n" for name, value in whole.items() if value is not None)


def write_rights(folder, name="rights.yaml", **fields):
    path = Path(folder) / name
    path.write_text(rights_text(**fields), encoding="utf-8")
    return path


def measured(path, *, value=0.0, frames=(1001, 1010), seed="", motion=0.01):
    """A shot as it is measured, all of one palette cell."""
    palette, layout = np.zeros(CELLS, np.float16), np.full((LAYOUT, LAYOUT, 3), value, np.float16)
    palette[int(value) % CELLS] = 1
    files = (Signed(frames[0], 10, 1, (seed or path).encode().hex().ljust(64, "0")[-64:]),)
    looks = Looks(b"jpeg", palette, layout, LIGHT, motion)
    count = frames[1] - frames[0] + 1
    return Measured("sequence", str(path), frames, count, 64, 36, 24.0, 10, content_of(files), files, looks)


def put(catalogue, title, name, *, tags=(), notes="", **others):
    """A shot without footage behind it; gives its name in the catalogue."""
    path = f"/footage/{title}/{name}.####.exr"
    found = Found(object(), Path(path), name)
    asked = Asked(title, None, tuple(tags), notes, "", True)
    new, changed = keep(catalogue, asked, found, (measured(path, **others),))
    return (*new, *changed, f"{title}/{name}")[0]


@contextmanager
def stock(folder, titles=("Harbour",), shots=("sc010", "sc020"), **rights):
    """A catalogue with titles that each have the shots and the rights; rights=None: they have none."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder / "lib", make=True) as catalogue:
        for title in titles:
            for shot in shots:
                put(catalogue, title, shot)
            if rights != {"rights": None}:
                set_rights(catalogue, title, write_rights(folder, f"{title}.yaml", **rights))
        yield catalogue


def write_frames(make_exr, folder, name="plate", numbers=(1001, 1002, 1003), color=(0.2, 0.2, 0.2), size=(36, 48)):
    """A small EXR sequence of one color with a little texture that moves by two pixels a frame."""
    rng = np.random.default_rng(5)
    texture = rng.uniform(0.7, 1.3, (size[0], size[1] * 2)).astype(np.float32)
    for index, number in enumerate(numbers):
        part = texture[:, 2 * index : 2 * index + size[1]]
        channels = {c: (part * v).astype(np.float16) for c, v in zip("RGB", color, strict=True)}
        make_exr(Path(folder) / f"{name}.{number}.exr", channels)
    return Path(folder) / f"{name}.####.exr"
