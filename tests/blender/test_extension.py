"""The extension without any Blender: its manifest, its zip, what it imports, and its tables beside the worker's."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import MISSING, fields
from pathlib import Path

import blenders
import OpenEXR
import pytest

import vfx_ai
from blender_build import CLIENT, CLIENT_NAME, SOURCE, build, contents, manifest, stage
from vfx_ai.client import PATHS
from vfx_ai.install import install, remove
from vfx_ai.worker.kinds import KINDS, RUNNABLE

ROOT = blenders.ROOT
FILES = sorted(SOURCE.glob("*.py"))


def test_the_manifest_says_what_blender_asks_for():
    about = manifest()
    assert (about["id"], about["type"], about["version"]) == ("vfx_ai", "add-on", vfx_ai.__version__)
    assert about["license"] == ["SPDX:GPL-3.0-or-later"] and about["blender_version_min"] == "4.2.0"
    assert "GNU GENERAL PUBLIC LICENSE" in (SOURCE / "LICENSE").read_text(encoding="utf-8")
    assert set(about["permissions"]) == {"files", "network"}
    for text in (about["tagline"], *about["permissions"].values()):
        assert 10 < len(text) <= 64 and text[-1].isalnum(), text


def test_the_zip_holds_the_extension_and_the_client_and_nothing_else(tmp_path):
    with zipfile.ZipFile(build(tmp_path)) as made:
        assert made.testzip() is None
        assert {name: made.read(name) for name in made.namelist()} == contents()
        assert made.read(CLIENT_NAME) == CLIENT.read_bytes()
    names = set(contents())
    assert {"blender_manifest.toml", "__init__.py", "LICENSE"} <= names
    assert {path.name for path in FILES} <= names
    assert not [name for name in names if name.startswith(".") or "__pycache__" in name or name == "README.md"]


def test_the_same_files_make_the_same_zip(tmp_path):
    first, second = build(tmp_path / "a").read_bytes(), build(tmp_path / "b").read_bytes()
    assert first == second


def test_make_writes_it_to_dist():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^blender-extension:.*\n\t@\$\(BIN\)/python -m blender_build dist$", text, re.MULTILINE)
    done = subprocess.run([sys.executable, "-m", "blender_build", "--help-is-a-folder"], cwd=ROOT, capture_output=True)
    written = ROOT / "--help-is-a-folder" / "vfx_ai-0.1.0.zip"
    assert done.returncode == 0 and written.is_file()
    written.unlink()
    written.parent.rmdir()


def test_what_vfx_ai_installs_is_what_the_zip_holds(tmp_path):
    install("blender", str(tmp_path), ["here", "worker"])
    there = {path.relative_to(tmp_path / "vfx_ai").as_posix() for path in (tmp_path / "vfx_ai").rglob("*.*")}
    assert {name for name in contents() if "." in name} <= there
    assert there - set(contents()) == {"README.md", "worker.json", "installed.json"}
    remove("blender", str(tmp_path))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_only_blender_and_the_standard_library_are_imported(file):
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 11))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names or top in ("bpy", "gpu", "gpu_extras"), f"{file.name}: {name}"
    if file.stem in blenders.PLAIN:
        assert "bpy" not in file.read_text(encoding="utf-8").replace("bpy.ops", "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_name_that_is_imported_from_another_file_is_there(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            for alias in node.names:
                if node.module is None:
                    assert (SOURCE / f"{alias.name}.py").is_file(), alias.name
                else:
                    text = (SOURCE / f"{node.module}.py").read_text(encoding="utf-8")
                    assert re.search(rf"^(class|def) {alias.name}\b|^{alias.name}\b", text, re.MULTILINE), alias.name


def test_no_operator_calls_another():
    for file in FILES:
        assert "bpy.ops.vfx_ai" not in file.read_text(encoding="utf-8"), file.name


def test_only_fields_that_the_worker_knows_are_in_the_table(plain):
    offers = plain["offers"]
    for kind in set(offers.FIELDS) & set(RUNNABLE):
        known = {field.name: field for field in fields(KINDS[kind].made)}
        assert set(offers.FIELDS[kind]) <= set(known), kind
        for name in offers.FIELDS[kind]:
            defaults = {**offers.DEFAULTS, **offers.OF_KIND.get(kind, {})}
            if name in defaults and known[name].default is not MISSING:
                assert known[name].default == defaults[name], (kind, name)
        needed = {name for name, field in known.items() if field.default is MISSING}
        assert needed <= set(offers.FIELDS[kind]), kind
    assert set(offers.ALWAYS) <= set(KINDS)


def test_models_that_make_pixels_are_offered_with_their_licences(plain):
    rows = [
        {"name": "our-fill", "task": "inpaint", "licence": "MIT"},
        {"name": "sam_vit_b", "task": "matte", "licence": "Apache-2.0"},
        {"name": "our-look", "task": "lora", "licence": "own"},
    ]
    assert plain["offers"].models({"models": {"registered": rows}}) == [("our-fill", "inpaint, MIT")]
    assert plain["offers"].models({}) == []
    rows.append({"name": "our-film", "task": "video-inpaint", "licence": "MIT"})
    says = {"models": {"registered": rows}}
    engines = [plain["offers"].maker(says, name) for name in ("our-fill", "our-film", "other")]
    assert engines == ["diffusion_image", "diffusion_video", "diffusion_image"]


def test_a_field_is_sent_where_it_says_something_and_the_worker_lists_it(plain):
    offers = plain["offers"]
    wanted = {
        "plate": "p",
        "matte": "",
        "output": "o",
        "grain": "match",
        "effects": False,
        "matte_grow": "0",
        "layers": "",
    }
    assert offers.sent("inpaint", wanted, None) == {"plate": "p", "matte": "", "output": "o"}
    assert offers.sent("edit", {"strength": 1.0}, None) == {"strength": 1.0}  # its own default is another
    assert offers.sent("edit", {"strength": 0.4}, None) == {}
    assert offers.sent("inpaint", {**wanted, "grain": "keep"}, None)["grain"] == "keep"
    with pytest.raises(plain["errors"].Told, match="too old for grain"):
        offers.sent("inpaint", {**wanted, "grain": "keep"}, ["plate", "matte", "output"])


def test_what_the_worker_does_not_have_is_not_offered_and_says_why(plain):
    offers = plain["offers"]
    for offer in offers.OFFERS.values():
        assert ("Ask the Worker" in offers.why_not(offer, None)) == (offer.kind not in offers.ALWAYS)
        assert (offers.why_not(offer, ["inpaint"]) == "") == (offer.kind == "inpaint")


@pytest.mark.parametrize(
    ("file", "pattern", "number"),
    [
        ("/s/plate.1001.exr", "/s/plate.####.exr", 1001),
        ("/s/plate_v02.0007.exr", "/s/plate_v02.####.exr", 7),
        ("/s/sh010_cam2_00012.png", "/s/sh010_cam2_#####.png", 12),
        ("/s/0001.exr", "/s/####.exr", 1),
        ("/s 1/still.exr", "/s 1/still.exr", None),
    ],
)
def test_a_frames_file_tells_its_pattern(plain, file, pattern, number):
    assert plain["paths"].pattern_of(file) == (pattern, number)
    if number is not None:
        assert plain["paths"].frame_file(pattern, number) == file


def test_the_frames_of_a_pattern_are_those_on_disk(plain, tmp_path):
    for name in ("p.0009.exr", "p.0010.exr", "p.10001.exr", "p.010.exr", "q.0011.exr", "p.0012.exr.tmp"):
        (tmp_path / name).touch()
    paths = plain["paths"]
    assert paths.frames_of(f"{tmp_path}/p.####.exr") == [9, 10, 10001]
    assert paths.frames_of(f"{tmp_path}/gone/p.####.exr") == paths.frames_of(f"{tmp_path}/p.exr") == []
    for number, name in enumerate(("p.0009.exr", "p.0010.exr", "p.0012.exr", "p.10001.exr")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, number + 1))
    names = ("p.9-12####.exr", "p.####.exr", "p.0010.exr", "x.exr")
    assert [paths.newest(f"{tmp_path}/{name}") for name in names] == [3.0, 4.0, 2.0, 0.0]
    assert paths.with_range("/s/p.####.exr", 9, 12) == "/s/p.9-12####.exr"
    assert paths.still_of("/s #/p_v2.####.exr") == "/s #/p_v2.exr" and paths.still_of("/s/p.exr") == "/s/p.exr"
    assert paths.plain_stem("/s/plate v02.####.exr") == "plate_v02" and paths.plain_stem("/s/####.exr") == "shot"


def test_an_exrs_header_tells_size_and_channels(plain, make_exr, half_noise, tmp_path):
    head = plain["exr_head"].read
    one = make_exr(tmp_path / "one.exr", half_noise("RGBA"), window=(3, 2), display=(40, 30))
    assert head(str(one)) == (40, 30, ("A", "B", "G", "R"))
    several = make_exr(
        tmp_path / "several.exr",
        parts=[
            ({"name": "beauty", "display": (24, 20)}, half_noise("RGB")),
            ({"name": "depth", "display": (24, 20)}, half_noise("Z")),
        ],
    )
    assert set(head(str(several)).channels) == {"beauty.R", "beauty.G", "beauty.B", "depth.Z"}
    (tmp_path / "no.exr").write_bytes(OpenEXR.__name__.encode())
    assert head(str(tmp_path / "no.exr")) is head(str(tmp_path / "gone.exr")) is None
    for size in (9, 40, 90, 200):  # what breaks off is no header
        (tmp_path / "cut.exr").write_bytes(one.read_bytes()[:size])
        assert head(str(tmp_path / "cut.exr")) is None


def test_the_picture_of_a_render_is_its_combined_layer(plain):
    layer_of = plain["exr_head"].layer_of
    assert layer_of(("A", "B", "G", "R", "ViewLayer.Combined.R")) == ""
    layers = [f"ViewLayer.{name}.{c}" for name in ("Albedo", "Combined") for c in "RGBA"]
    assert layer_of((*layers, "ViewLayer.Depth.Z")) == "ViewLayer.Combined"
    assert layer_of(("Z",)) == ""


def test_progress_is_a_short_line(plain):
    told = plain["wording"].told
    assert (
        told({"stage": "fill", "done": 3, "total": 9, "text": "x", "seconds_left": 200})
        == "fill, 3 of 9, about 3 min left"
    )
    assert told({"stage": "", "state": "running", "done": 0, "total": 0, "text": "loading"}) == "running, loading"
    lines = plain["wording"].wrapped("word " * 200, 300, 3)
    assert len(lines) == 3 and lines[-1].endswith("…") and max(map(len, lines)) < 50


def test_a_message_says_options_in_the_panels_words(plain):
    wording = plain["wording"]
    labels = {"matte": "Matte", "keep-out": "Keep Out", "single": "One Still", "matte-grow": "Grow", "device": "Device"}
    text = "Give what has to go with --matte, without --single."
    assert wording.here(text, "clean_plate", labels) == "Give what has to go with Keep Out, without One Still."
    text = "Use --matte-grow 2, or --unknown; a--matte"
    assert wording.here(text, "inpaint", labels) == "Use Grow 2, or --unknown; a--matte"
    told = (
        "GPU: engines run on A unless --device says otherwise.",
        "Memory: 6 GB unless --memory says otherwise.",
        "Movie files: not read.",
    )
    there = ["GPU: engines run on A unless Device says otherwise.", "Memory: 6 GB."]
    assert wording.allows(told, labels) == there  # of movies Blender makes frames


def test_a_long_queue_shows_what_runs_and_what_is_chosen(plain):
    rows = plain["wording"].rows
    done = ["DONE"] * 6
    assert rows(done, 5, 4) == [2, 3, 4, 5]
    assert rows(done, 1, 4) == [1, 3, 4, 5]
    waits = ["RUNNING", *["PENDING"] * 6]
    assert rows(waits, 6, 4) == [0, 1, 5, 6]
    assert rows([*done, *waits], 12, 4) == [6, 7, 11, 12]
    assert rows(["RUNNING"], -1, 4) == [0] and rows([], -1, 4) == []


def test_the_files_of_a_job_are_those_that_the_client_takes_for_files(plain):
    sent = {name for names in plain["offers"].FIELDS.values() for name in names}
    assert set(plain["offers"].PATHS) == sent & set(PATHS)


def test_an_extension_that_is_staged_has_the_files_of_the_zip(tmp_path):
    folder = stage(tmp_path / "staged")
    there = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert there == contents()


def test_the_wheel_carries_the_extension():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert (
        project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"][SOURCE.name] == "vfx_ai/adapters/blender"
    )
    assert Path(SOURCE).is_dir()
