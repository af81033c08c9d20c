"""The page on farms names every option and column, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from vfx_ai.cli import app
from vfx_ai.farm.shots import columns

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "farm.md").read_text(encoding="utf-8")
# How one starts a Ray that nobody else can reach.
OF_OTHERS = {"--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--head", "--port"} | {
    *("--node-ip-address", "--num-cpus", "--include-dashboard", "--disable-usage-stats")
}
WIDE = {"COLUMNS": "200"}


# Of Ray's own command, and of the one that keeps others away from it.
OTHERS = {
    *(
        "--head",
        "--port",
        "--node-ip-address",
        "--num-cpus",
        "--include-dashboard",
        "--disable-usage-stats",
        "--generate",
    ),
    *("--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
}


def options_of(command: str) -> set[str]:
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env=WIDE).output
    return set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help", "--quiet"}


def test_the_page_names_every_option_of_the_farms_commands():
    own = options_of("submit inpaint") - options_of("inpaint")
    assert {"--to", "--bundle", "--chunk"} <= own
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - OF_OTHERS
    for command, names in (("submit", own), ("task", options_of("task")), ("batch", options_of("batch"))):
        assert names - {"--output", "--matte"} <= told, command
    known = own | options_of("inpaint") | options_of("plate extend") | options_of("plate clean")
    assert told - OTHERS <= known | options_of("task") | options_of("batch")


def test_the_page_names_the_columns_of_paths_and_of_names():
    table = "\n".join(re.findall(r"^\| `.+$", PAGE, re.MULTILINE))
    for name in ("shot", "kind", "plate", "matte", "output", "camera", "painted", "matte_grow", "engine", "pad"):
        assert name in columns() and f"`{name}`" in table
