"""Fetching from the hub, with another hub in its place; and what is said where there is none."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from small_models import pipeline

from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.studio.models import find_model, registered
from vfx_ai.studio.models_check import verify_models
from vfx_ai.studio.models_known import KNOWN
from vfx_ai.studio.models_pull import UNWANTED, WANTED, pull_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VFX_AI_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


class Hub:
    """A hub that has one model, or an error."""

    def __init__(self, error: Exception | None = None, newest: str = COMMIT) -> None:
        self.asked: list[Any] = []
        self._error, self._newest = error, newest

    def newest(self, source: str) -> str:
        self.asked.append(source)
        return self._newest

    def snapshot(self, source: str, revision: str, into: Path) -> None:
        self.asked.append((source, revision))
        if self._error:
            raise self._error
        pipeline(into, KNOWN["sdxl-inpaint"].pipeline)
        (into / ".cache").mkdir(exist_ok=True)
        (into / ".cache" / "notes").write_text("the hub's own")


def test_the_tables_commit_is_fetched_and_written_down(home: Path) -> None:
    hub = Hub()
    model = pull_model("sdxl-inpaint", hub=hub)
    row = KNOWN["sdxl-inpaint"]
    assert hub.asked == [(row.source, row.revision)]
    assert (model.revision, model.licence, model.uses) == (row.revision, row.licence, row.uses)
    assert find_model("sdxl-inpaint") == model and model.path == home / "sdxl-inpaint"
    assert {path.name for path in home.iterdir()} == {"registry", "sdxl-inpaint"}


def test_without_one_in_the_table_the_newest_commit_is_pinned(home: Path) -> None:
    hub = Hub()
    assert pull_model("qwen-image", hub=hub).revision == COMMIT
    assert hub.asked == [KNOWN["qwen-image"].source, (KNOWN["qwen-image"].source, COMMIT)]
    other = "f" * 40
    assert pull_model("z-image", revision=other, hub=hub).revision == other


def test_a_branch_is_no_revision(home: Path) -> None:
    with pytest.raises(JobError, match="revision is 'main'"):
        pull_model("qwen-image", revision="main", hub=Hub())
    with pytest.raises(InputError, match="names 'main'"):
        pull_model("qwen-image", hub=Hub(newest="main"))


def test_what_is_here_already_or_unknown_is_not_fetched(home: Path) -> None:
    hub = Hub()
    pull_model("qwen-image", hub=hub)
    hub.asked.clear()
    for name, words in (
        ("qwen-image", "here already"),
        ("someones", "none of the well-known"),
        ("sam_vit_h", "as safe"),
    ):
        with pytest.raises(JobError, match=words):
            pull_model(name, hub=hub)
    assert not hub.asked


def test_a_fetch_that_broke_off_goes_on_and_nothing_is_registered(home: Path) -> None:
    with pytest.raises(InputError, match="can't be reached"):
        pull_model("qwen-image", hub=Hub(ConnectionError("no route")))
    assert registered() == ()
    assert (home / ".qwen-image.pulled").is_dir()
    pull_model("qwen-image", hub=Hub())
    assert not (home / ".qwen-image.pulled").exists() and verify_models("qwen-image")[0].passed


def named(name: str, parent: type[Exception] = Exception) -> Exception:
    """An error of a class of that name, as the hub's library has it."""
    made: type[Exception] = type(name, (parent,), {})
    return made("its own words")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ConnectionError("Name or service not known"), InputError, "can't be reached: Name or service"),
        (TimeoutError("timed out"), InputError, "can't be reached: timed out"),
        (named("OfflineModeIsEnabled", ConnectionError), InputError, "HF_HUB_OFFLINE"),
        (named("GatedRepoError"), InputError, "accepted their terms"),
        (named("RepositoryNotFoundError"), InputError, "no such model"),
        (named("RevisionNotFoundError"), InputError, "no such commit"),
        (OSError(28, "No space left on device"), OutputError, "No space left"),
        (RuntimeError("proxy"), InputError, "can't be reached: proxy"),
    ],
)
def test_every_way_to_fail_is_one_clear_error(error: Exception, kind: Any, words: str, home: Path) -> None:
    with pytest.raises(kind, match=words) as told:
        pull_model("qwen-image", hub=Hub(error))
    assert told.value.remedy


def test_the_real_hub_is_asked_for_no_pickles_and_offline_it_says_so(home: Path, monkeypatch: Any) -> None:
    import huggingface_hub

    asked: list[Any] = []
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *names, **more: asked.append((names, more)))
    with pytest.raises(InputError):  # nothing came
        pull_model("sdxl-inpaint")
    ((names, more),) = asked
    row = KNOWN["sdxl-inpaint"]
    assert (names, more["revision"]) == ((row.source,), row.revision)
    assert (more["allow_patterns"], more["ignore_patterns"]) == (list(WANTED), list(UNWANTED))

    def taken(name: str) -> bool:
        return any(fnmatch(name, one) for one in WANTED) and not any(fnmatch(name, one) for one in UNWANTED)

    for name in ("pytorch_model.bin", "unet/x.pt", "x.ckpt", "pipeline.py", "a.pkl", "a.onnx", "sample.png"):
        assert not taken(name), name
    for name in (
        "unet/diffusion_pytorch_model.safetensors",
        "model_index.json",
        "LICENSE.md",
        "tokenizer/spiece.model",
    ):
        assert taken(name), name
    monkeypatch.undo()
    monkeypatch.setenv("VFX_AI_MODELS", str(home))


def test_without_a_network_the_error_says_how_else_to_get_it(home: Path) -> None:
    with pytest.raises(InputError) as told:  # the tests' own guard stands for a cable that is out
        pull_model("qwen-image")
    assert "models add PATH --name qwen-image --licence Apache-2.0" in told.value.remedy
    assert registered() == ()
