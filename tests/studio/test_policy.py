"""Who may use which model for what: licences, and the studio's policy. Refused before anything is loaded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from vfx_ai.errors import InputError, JobError
from vfx_ai.studio.model import Model
from vfx_ai.studio.policy import Policy, check_use, policy_of, read_policy

FREE = Model("free", licence="Apache-2.0", uses=("commercial", "research"))
BOUND = Model("bound", licence="FLUX-1-dev-Non-Commercial", uses=("research",))
UNREAD = Model("unread", licence="LTX-2-Community", conditions="Ask its makers.")
MODELS = {model.name: model for model in (FREE, BOUND, UNREAD)}

EMPTY = ""
BOUND_ALLOWED = "allow:\n- {model: bound, use: commercial, reason: contract 14}\n"
FREE_FORBIDDEN = "forbid:\n- {model: free, reason: quality}\n"
BY_LICENCE = "allow:\n- licence: ltx-*\nforbid:\n- licence: '*non-commercial*'\n"
NAME_BEFORE_LICENCE = "allow:\n- model: bound\nforbid:\n- licence: '*non-commercial*'\n"
FORBID_BEFORE_ALLOW = "allow:\n- model: free\nforbid:\n- {model: fr*, use: [commercial]}\n"
STRICT = "default: forbid\nallow:\n- model: free\n"


@pytest.mark.parametrize(
    ("policy", "model", "commercial", "research"),
    [
        (EMPTY, "free", True, True),
        (EMPTY, "bound", False, True),
        (EMPTY, "unread", False, False),
        (BOUND_ALLOWED, "bound", True, True),
        (BOUND_ALLOWED, "unread", False, False),
        (FREE_FORBIDDEN, "free", False, False),
        (FREE_FORBIDDEN, "bound", False, True),
        (BY_LICENCE, "unread", True, True),
        (BY_LICENCE, "bound", False, False),
        (BY_LICENCE, "free", True, True),
        (NAME_BEFORE_LICENCE, "bound", True, True),
        (FORBID_BEFORE_ALLOW, "free", False, True),
        (STRICT, "free", True, True),
        (STRICT, "bound", False, False),
    ],
)
def test_the_matrix(policy: str, model: str, commercial: bool, research: bool, tmp_path: Path) -> None:
    said = Policy()
    if policy:
        (tmp_path / "policy.yaml").write_text(policy)
        said = read_policy(tmp_path / "policy.yaml")
    for use, allowed in (("commercial", commercial), ("research", research)):
        if allowed:
            check_use(MODELS[model], use, said)
            continue
        with pytest.raises(JobError) as told:
            check_use(MODELS[model], use, said)
        assert MODELS[model].licence in told.value.message and model in told.value.message
        assert told.value.remedy


def test_a_refusal_says_what_would_allow_it() -> None:
    with pytest.raises(JobError, match=r"bound.*doesn't allow commercial use") as told:
        check_use(BOUND, "commercial", Policy())
    assert "--use research" in told.value.remedy and "--policy" in told.value.remedy
    with pytest.raises(JobError, match=r"it isn't known.*LTX-2-Community.*Ask its makers") as told:
        check_use(UNREAD, "commercial", Policy())
    assert "--policy" in told.value.remedy and "--uses" in told.value.remedy


def test_a_rule_that_forbids_says_its_reason_and_its_file(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(FREE_FORBIDDEN)
    with pytest.raises(JobError, match="by model 'free': quality") as told:
        check_use(FREE, "research", read_policy(tmp_path / "p.yaml"))
    assert told.value.file == str(tmp_path / "p.yaml")


def test_another_use_is_refused() -> None:
    with pytest.raises(JobError, match="use is 'fun'"):
        check_use(FREE, "fun", Policy())


def test_the_file_that_is_named_goes_before_the_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("a", STRICT), ("b", FREE_FORBIDDEN)):
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("VFX_AI_POLICY", str(tmp_path / "a"))
    assert policy_of("").strict and not policy_of(str(tmp_path / "b")).strict
    monkeypatch.delenv("VFX_AI_POLICY")
    assert policy_of("") == Policy()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "allow and forbid"),
        ("- x", "allow and forbid"),
        ("allowed: []", "no field 'allowed'"),
        ("version: 2", "version is 2"),
        ("default: maybe", "default is 'maybe'"),
        ("allow: free", "allow is no list"),
        ("allow: [free]", "another field than"),
        ("allow: [{model: a, licence: b}]", "one of model and licence"),
        ("allow: [{use: research}]", "one of model and licence"),
        ("allow: [{model: a, use: fun}]", "use is 'fun'"),
        ("allow: [{model: 3}]", "isn't made of texts"),
        ("allow: [", "expected"),
        ("allow: &a [*a]", "has an alias"),
        ("allow: []\nforbid: []\nallow: []", "line 3: allow is said twice"),
        ("allow: [{licence: MIT, use: research, use: commercial}]", "line 1: use is said twice"),
        ("<<: {default: forbid}", "merged by <<"),
        ("allow: [[[[[[[[x]]]]]]]]", "too deep"),
        ("allow: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
    ],
)
def test_a_policy_without_sense_is_one_error(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(InputError, match=re.escape(words)) as told:
        read_policy(tmp_path / "p.yaml")
    assert told.value.file == str(tmp_path / "p.yaml")


@pytest.mark.parametrize("data", [b"\xff\xfe\xff", b"#" * 300_000, None])
def test_a_policy_that_cannot_be_read_is_one_error(data: bytes | None, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / "p.yaml").write_bytes(data)
    with pytest.raises(InputError, match="policy"):
        read_policy(tmp_path / "p.yaml")


def test_nothing_is_loaded_before_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from small_models import pipeline

    from vfx_ai.job import Job
    from vfx_ai.studio.models import chosen
    from vfx_ai.studio.models_add import add_model

    monkeypatch.setenv("VFX_AI_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("VFX_AI_POLICY", raising=False)
    add_model(pipeline(tmp_path / "theirs"), "bound", "CC-BY-NC-4.0")
    for name in ("diffusers", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it would fail
    fields: dict[str, Any] = {"plate": "p", "matte": "m", "output": "o", "model": "bound"}
    with pytest.raises(JobError, match=r"CC-BY-NC-4\.0"):
        chosen(Job(**fields))
    (tmp_path / "p.yaml").write_text("allow: [{model: bound}]")
    for more in ({"use": "research"}, {"policy": str(tmp_path / "p.yaml")}):
        assert chosen(Job(**fields, **more)) is not None


@pytest.mark.parametrize(
    "words",
    [
        "inpaint plate.####.exr --matte m.exr -o out/c.####.exr --engine diffusion_image",
        "inpaint plate.####.exr --matte m.exr -o out/c.####.exr --engine diffusion_image --dry-run",
        "edit plate.####.exr -o out/e.####.exr --prompt storm",
        "plate extend plate.####.exr -o out/x.####.exr --pad 8,8,8,8 --engine diffusion_image",
        "plate generate -o out/g.####.exr --prompt fog",
    ],
)
def test_a_command_that_is_refused_has_imported_nothing_that_opens_a_model(words: str, tmp_path: Path) -> None:
    import subprocess
    import sys

    from small_models import pipeline

    from vfx_ai.studio.models_add import add_model

    add_model(pipeline(tmp_path / "theirs"), "bound", "CC-BY-NC-4.0", folder=tmp_path / "models")
    code = (
        "import sys; from vfx_ai.cli import app; code = app(sys.argv[1:], standalone_mode=False);"
        "print('rc', code, *sorted({'torch', 'diffusers', 'transformers', 'safetensors'} & set(sys.modules)))"
    )
    asked = [*words.split(), "--model", "bound", "--models-dir", str(tmp_path / "models")]
    done = subprocess.run(
        [sys.executable, "-c", code, *asked], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "CC-BY-NC-4.0" in done.stderr, done.stderr
    assert done.stdout.splitlines()[-1:] == ["rc 2"], done.stdout + done.stderr
