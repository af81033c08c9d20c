"""Studios with a catalogue of two small shots, and models that are trained on it in a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rendered import waves, write_rgb
from studios import write_rights

import vfx_ai
from vfx_ai.job import Job
from vfx_ai.studio.models import chosen

SIZE = (36, 48)
QUICK = {"steps": 4, "width": 4, "device": "cpu"}


def stocked(folder: Path, under: tuple[slice, slice] | None = None) -> Path:
    """Two titles of one shot each; the second one's rights have no training among their uses; `under` is black."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for seed, (title, uses) in enumerate((("Harbour", "[training, generation]"), ("Island", "[publicity]"))):
        for number in (1, 2):
            picture = waves(x + number, y, seed, 6, 30).astype(np.float32)
            if under is not None:
                picture[under] = 0
            write_rgb(folder / title / f"{title.lower()}.{number:04d}.exr", picture, (0, 0), SIZE[::-1])
        rights = write_rights(folder, f"{title}.yaml", uses=uses)
        vfx_ai.catalogue_add(folder / "catalogue", folder / title, title=title, rights=rights)
    return folder / "catalogue"


def trained(catalogue: Path, name: str = "ours", **fields: object) -> vfx_ai.Trained:
    asked = {**QUICK, "catalogue": catalogue, "models_dir": catalogue.parent / "models", **fields}
    return vfx_ai.train(name, **asked)


def use(folder: Path, lora: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> tuple[str, ...]:
    """What a job that uses the models is told of their rights, by the catalogue in a folder."""
    if monkeypatch is not None:
        monkeypatch.setenv("VFX_AI_CATALOGUE", str(folder / "catalogue"))
    found = chosen(Job("p", "m", "o", engine="internal", model="ours", lora=lora, models_dir=str(folder / "models")))
    assert found is not None
    return found.doubts


def rights(folder: Path, **fields: str) -> None:
    said = {"uses": "[training, generation]", **fields}
    vfx_ai.catalogue_rights(folder / "catalogue", "Harbour", write_rights(folder, "later.yaml", **said))
