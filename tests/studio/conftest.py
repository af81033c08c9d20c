"""Footage of a few frames, and a studio with titles, models of them and a result."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from studio_results import result_file, weights
from studios import stock, write_frames

from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.facts import record_model, record_training


@pytest.fixture
def footage(tmp_path, make_exr):
    """Two sequences, one with a gap, and a still, in folders with spaces and letters of the world."""
    root = tmp_path / "Über den Häfen"
    for folder in (root / "sc 010", root / "名 020"):
        folder.mkdir(parents=True)
    write_frames(make_exr, root / "sc 010", "plate", (1001, 1002, 1004), (0.5, 0.1, 0.05))
    write_frames(make_exr, root / "名 020", "plate", (1, 2), (0.05, 0.2, 0.6))
    write_frames(make_exr, root, "still", (7,), (0.2, 0.2, 0.2))
    make_exr(root / "matte.1001.exr", {"A": np.ones((36, 48), np.float16)})
    (root / "notes.txt").write_text("no footage")
    return root


@pytest.fixture
def studio(tmp_path, make_exr):
    """Two titles, a model of each, one that began with the first's, and a result of that one."""
    with stock(tmp_path, titles=("Harbour", "Desert")) as catalogue:
        harbour = [shot for shot in shots_of(catalogue) if shot.title == "Harbour"]
        desert = [shot for shot in shots_of(catalogue) if shot.title == "Desert"]
        first = record_training(catalogue, "base", harbour, steps=100)
        base = record_model(catalogue, "base", weights(tmp_path / "base.safetensors"), first, licence="own")
        then = record_training(catalogue, "look", desert)
        began = [{"name": "base", "sha256": base.what["sha256"]}]
        look = record_model(
            catalogue, "look", weights(tmp_path / "look.safetensors", b"look"), then, base=began, licence="own"
        )
        alone = record_training(catalogue, "dry", desert)
        record_model(catalogue, "dry", weights(tmp_path / "dry.safetensors", b"dry"), alone)
        made = result_file(make_exr, tmp_path / "out" / "clean.1001.exr")
        ledger.record(
            catalogue.folder,
            "result",
            result=str(tmp_path / "out" / "clean.####.exr"),
            files={"1001": hashlib.sha256(made.read_bytes()).hexdigest()},
            engines=["temporal", "internal"],
            models=[{"name": "look", "sha256": look.what["sha256"]}],
            references=[],
        )
        yield catalogue, made
