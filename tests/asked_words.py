"""The command line, asked by words."""

from __future__ import annotations

from typer.testing import CliRunner

from vfx_ai.cli import app


def call(*words, **others):
    return CliRunner().invoke(app, list(words), **others)
