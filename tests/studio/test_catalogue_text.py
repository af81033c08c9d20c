"""Shots found by what they show: by a model of words and pictures, if one is registered; what it saw is kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tiny_words
from studios import put, stock, write_frames
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_find import find
from vfx_ai.studio.catalogue_text import directions
from vfx_ai.studio.text_model import TextModel, crops, search_model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    made = tiny_words.clip(tmp_path_factory.mktemp("tiny") / "clip")
    vfx_ai.add_model(made, "clip", "MIT", models_dir=folder, link=True)
    return folder


class ByColor:
    """Knows red from blue: what a model is to the catalogue."""

    identity, length = "colors", 2

    def __init__(self) -> None:
        self.seen = 0

    def of_text(self, text: str) -> np.ndarray:
        return np.array([1, 0] if "red" in text else [0, 1], np.float32)

    def of_pictures(self, pictures: list[np.ndarray]) -> np.ndarray:
        self.seen += len(pictures)
        means = np.stack([picture.reshape(-1, 3).mean(0)[[0, 2]] for picture in pictures])
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def library(tmp_path, make_exr):
    for name, color in (("rose", (0.6, 0.05, 0.05)), ("sea", (0.05, 0.05, 0.6))):
        write_frames(make_exr, tmp_path / "shots" / name, name, (1001, 1002), color)
    vfx_ai.catalogue_add(tmp_path / "lib", tmp_path / "shots", title="Garden")
    return tmp_path / "lib"


def test_the_shot_that_shows_it_comes_first_and_is_looked_at_once(library):
    model = ByColor()
    with opened(library) as catalogue:
        for text, first in (("a red rose", "Garden/rose/rose"), ("the blue sea", "Garden/sea/sea")):
            found = find(catalogue, text=text, model=model)
            assert found[0].shot.name == first and found[0].score > found[1].score
        assert model.seen == 2
        assert [match.shot.name for match in find(catalogue, "sea", text="red", model=model)] == ["Garden/sea/sea"]
        with pytest.raises(JobError, match="goes with words alone"):
            find(catalogue, text="red", color="red", model=model)


def test_a_shot_that_was_measured_anew_is_looked_at_anew(library, make_exr):
    model = ByColor()
    with opened(library) as catalogue:
        find(catalogue, text="red", model=model)
        write_frames(make_exr, library.parent / "shots" / "rose", "rose", (1001, 1002), (0.05, 0.05, 0.5))
        vfx_ai.catalogue_add(library, library.parent / "shots", title="Garden")
        scores = [match.score for match in find(catalogue, text="red", model=model)]
    assert model.seen == 3 and max(scores) < 0.7


def test_stopped_it_keeps_what_was_seen(tmp_path):
    with stock(tmp_path, rights=None) as catalogue:
        for number in range(20):
            put(catalogue, "More", f"shot{number}")
        with pytest.raises(Interrupted):
            find(catalogue, text="red", model=ByColor(), cancelled=lambda: True)
        assert (
            directions(catalogue, ByColor()).scores("red", ByColor()) == {}
        )  # thumbnails that can't be read are never found


def test_a_registered_clip_model_answers_from_the_command_line(library, models):
    asked = ["catalogue", "find", "--text", "a red rose", "--catalogue", str(library), "--models-dir", str(models)]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    names = {line["name"] for line in lines if line["event"] == "match"}
    assert {"Garden/rose/rose", "Garden/sea/sea"} == names
    found = vfx_ai.catalogue_find(library, text="a red rose", models_dir=str(models))
    assert len(found) == 2 and -1 <= found[1].score <= found[0].score <= 1
    assert found == vfx_ai.catalogue_find(library, text="a red rose", model="clip", models_dir=str(models))


def test_words_and_pictures_have_directions(models):
    model = TextModel(search_model(models_dir=str(models)))
    one, other = model.of_text("rose"), model.of_text("sea " * 50)
    assert one.shape == other.shape == (8,) and abs(float(np.linalg.norm(one)) - 1) < 1e-5
    wide = np.random.default_rng(1).integers(0, 255, (20, 70, 3), np.uint8)
    assert crops(wide, 16).shape == (4, 16, 16, 3) and crops(wide[:, :20], 16).shape == (1, 16, 16, 3)
    assert np.array_equal(model.of_pictures([wide]), model.of_pictures([wide]))


def test_without_a_model_it_is_said_what_to_do(library, tmp_path, models):
    with pytest.raises(JobError, match="no model of words and pictures is registered") as told:
        vfx_ai.catalogue_find(library, text="a rose", models_dir=str(tmp_path / "none"))
    assert "models add" in told.value.remedy
    done = CliRunner().invoke(app, ["catalogue", "find", "--model", "clip", "--catalogue", str(library)])
    assert done.exit_code == 2 and "no --text" in done.output
    (broken := tmp_path / "broken").mkdir()
    for file in (vfx_ai.find_model("clip", models_dir=models).path or Path()).iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    (broken / "vocab.json").write_text("[")
    vfx_ai.add_model(broken, "broken", "MIT", models_dir=tmp_path / "m", link=True)
    with pytest.raises(InputError, match="can't be opened"):
        vfx_ai.catalogue_find(library, text="a rose", models_dir=str(tmp_path / "m"))
