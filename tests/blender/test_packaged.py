"""Blender's own tools take the extension: validated, built, installed."""

from __future__ import annotations

import zipfile

import blenders

from blender_build import build, contents, stage


def test_blender_itself_validates_builds_and_installs_it(words, tmp_path):
    file, staged = build(tmp_path / "dist"), stage(tmp_path / "staged")
    if len(words) > 1:  # a whole Blender has the tool as a command
        for more in (
            ["validate", file],
            ["validate", staged],
            ["build", "--source-dir", staged, "--output-dir", tmp_path],
            ["install-file", "--repo", "user_default", "--enable", file],
        ):
            told = blenders.command(words, tmp_path / "user", "extension", *map(str, more))
            assert told.returncode == 0 and "FATAL" not in told.stdout, told.stdout + told.stderr
        there = tmp_path / "user" / "extensions" / "user_default" / "vfx_ai"
        assert {path.relative_to(there).as_posix() for path in there.rglob("*.*")} >= set(contents()) - {"LICENSE"}
    else:
        told = blenders.Blender(words, tmp_path / "user").run("packaged", file=file, staged=staged, out=tmp_path)
        for name in ("validate", "validate staged", "build"):
            assert told[name][0] == 0, told[name][1]
        assert told["installed"][:2] == [["FINISHED"], [True, True]]
    with zipfile.ZipFile(tmp_path / file.name) as its, zipfile.ZipFile(file) as ours:
        assert {name: its.read(name) for name in its.namelist()} == {name: ours.read(name) for name in ours.namelist()}
