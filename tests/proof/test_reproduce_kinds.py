"""Every kind of result with a sidecar can be done again; those that need no model are, here, to the bit.

New plates and loops are in tests/plates, what models make in tests/test_edit.py, tests/plates/test_imagined.py and
tests/training/test_train.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rendered
from cryptomattes import IDS, planes, told
from exr_files import write_exr
from rendered import Rendered, render

import vfx_ai
from vfx_ai import again
from vfx_ai.errors import InputError
from vfx_ai.proof.sidecar import read_sidecar
from vfx_ai.steps.proof import READ, inputs_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(tmp_path_factory.mktemp("shot"), rendered.locked(), frames=4, size=(32, 48))


def test_every_kind_that_has_a_sidecar_can_be_done_again_and_stands_in_the_docs() -> None:
    assert again._KINDS.keys() == READ.keys()
    page = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) >= READ.keys()


@pytest.mark.parametrize("matte", [False, True], ids=["found", "given"])
def test_a_clean_plate(shot: Rendered, tmp_path: Path, matte: bool) -> None:
    made = vfx_ai.clean(shot.plate, tmp_path / "out" / "clean.####.exr", matte=shot.matte if matte else "")
    known = read_sidecar(tmp_path / "out" / "clean.vfxai.json")
    assert known.kind == "plate_clean" and [one.field for one in known.inputs] == ["plate", "matte"][: 1 + matte]
    done = vfx_ai.reproduce(tmp_path / "out" / "clean.vfxai.json", tmp_path / "again")
    assert done.passed and done.identical == tuple(frame.frame for frame in made.frames)


def test_a_wider_plate(shot: Rendered, tmp_path: Path) -> None:
    vfx_ai.extend(shot.plate, tmp_path / "out" / "wide.####.exr", pad="4,0,4,0", detail=0)
    assert read_sidecar(tmp_path / "out" / "wide.vfxai.json").kind == "plate_extend"
    done = vfx_ai.reproduce(tmp_path / "out" / "wide.vfxai.json", tmp_path / "again")
    assert done.passed and done.identical == shot.numbers


def test_the_file_that_names_a_cryptomattes_objects_is_an_input(tmp_path: Path) -> None:
    """A pattern means other objects when the names change, so they are hashed like the picture."""
    covered = {"bunny": np.zeros((20, 24), np.float32)}
    covered["bunny"][8:12, 8:12] = 1
    rng = np.random.default_rng(1)
    for number in (1001, 1002, 1003):
        picture = {name: rng.random((20, 24)).astype(np.float16) for name in "RGB"}
        write_exr(
            tmp_path / "shot" / f"a.{number}.exr",
            {**planes(covered), **picture},
            **told(names=None, manif_file="names.json"),
        )
    names = tmp_path / "shot" / "names.json"
    text = json.dumps({"bunny": f"{IDS['bunny']:08x}"})
    names.write_text(text)
    asked: dict[str, Any] = {"engine": "temporal", "matte_objects": "bun*", "device": "cpu", "grain": "none"}
    vfx_ai.inpaint(tmp_path / "shot" / "a.####.exr", "", tmp_path / "out" / "clean.####.exr", **asked)
    sidecar = tmp_path / "out" / "clean.vfxai.json"
    known = read_sidecar(sidecar)
    assert [Path(file.path).name for one in known.inputs for file in one.files].count("names.json") == 1
    assert [(one.field, len(one.files)) for one in known.inputs] == [("plate", 3), ("matte_objects", 1)]
    assert vfx_ai.reproduce(sidecar, tmp_path / "again").passed
    names.write_text(text + " ")
    with pytest.raises(InputError, match=r"1 of 4 inputs .*names\.json has"):
        vfx_ai.reproduce(sidecar, tmp_path / "other")
    (_, _, files), *_ = inputs_of("inpaint", {**known.asked, "matte_objects": ""})
    assert len(files) == 3
