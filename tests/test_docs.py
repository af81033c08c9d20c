"""What the documents say is so: links lead somewhere, commands and options are there, and the tables match the code."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from vfx_ai.cli import app
from vfx_ai.client import PATHS
from vfx_ai.errors import VfxAiError
from vfx_ai.fill import SOURCES
from vfx_ai.job import Job
from vfx_ai.worker.kinds import KINDS, RUNNABLE

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (".", "docs", "docs/decisions", "samples", "bench", "blender_addon", "nuke_plugin")
PAGES = sorted(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The names by which headings of a page are linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: Path) -> list[list[str]]:
    """Command lines of `vfx-ai` that stand as indented blocks on a page, each as the arguments after the name."""
    text = re.sub(r"\\\n\s*", " ", page.read_text(encoding="utf-8"))
    lines = re.findall(r"^    vfx-ai (.+)$", text, re.MULTILINE)
    return [shlex.split(line.split("  #")[0]) for line in lines]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} in {name_of(page)}"
        assert not anchor or anchor in anchors(target), f"{link} in {name_of(page)}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_on_a_page_can_be_typed(page: Path) -> None:
    made = typer.main.get_command(app)
    for words in commands(page):
        with made.make_context("vfx-ai", words[:], resilient_parsing=False) as context:
            name, command, rest = made.resolve_command(context, words)
            assert name is not None and command is not None
            with command.make_context(name, rest[:], parent=context) as inner:
                if name in ("matte", "plate", "catalogue"):
                    name, command, rest = command.resolve_command(inner, rest)
                    with command.make_context(name, rest, parent=inner):
                        pass


def test_the_guide_names_every_option_and_no_other() -> None:
    runner = CliRunner()
    there = {
        option
        for command in (
            *("inpaint", "verify", "camera", "doctor", "matte names", "matte pick", "matte click"),
            *("plate clean", "plate extend", "plate generate", "plate loop"),
        )
        for option in re.findall(
            r"--[a-z][a-z-]+", runner.invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"}).output
        )
    }
    guide = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", guide))
    assert there - {"--help", "--aovs"} <= told
    assert told - {"--help", "--version"} <= there


def test_the_page_of_the_worker_names_every_option_method_and_kind() -> None:
    page = (ROOT / "docs" / "worker.md").read_text(encoding="utf-8")
    runner = CliRunner()
    for command in ("worker", "install"):
        shown = runner.invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        assert set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help"} <= set(re.findall(r"--[a-z][a-z-]+", page))
    methods = {name for name, kind in KINDS.items() if kind.how in ("job", "ask")}
    for name in (*RUNNABLE, *methods, "describe", "run", "cancel", "status", "shutdown"):
        assert re.search(rf"^\| `{name}` \|", page, re.MULTILINE), name
    for name in PATHS:
        assert f"`{name}`" in page, name


def test_the_page_of_proof_names_every_option() -> None:
    page, runner = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8"), CliRunner()
    there = {
        option
        for command in ("reproduce", "sign", "verify-signature", "disclose")
        for option in re.findall(
            r"--[a-z][a-z-]+", runner.invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        )
    }
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page))
    assert there - {"--help", "--check", "--quiet"} <= told
    assert told <= there


def test_the_guide_tells_every_exit_code() -> None:
    classes, told = [VfxAiError], {}
    for row in re.findall(
        r"^\| (\d+) \| (.+?) \|", (ROOT / "docs" / "using.md").read_text(encoding="utf-8"), re.MULTILINE
    ):
        told[int(row[0])] = row[1]
    while classes:
        one = classes.pop()
        classes += one.__subclasses__()
        if one is not VfxAiError:
            assert one.exit_code in told, one.__name__
    assert 0 in told


def test_the_readme_tells_what_each_value_of_fill_source_means() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = {int(number): words for number, words in re.findall(r"^\| (\d) \| ([^|]+?) \|", readme, re.MULTILINE)}
    for number, words in SOURCES.items():
        if number in (0, 1, 6):
            assert words in rows[number]


def asked_for() -> set[str]:
    """The names of all dependencies, of extras as well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return {re.split(r"[<>=\[]", line)[0] for line in lines} - {project["name"]}


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "decisions" / "001-dependencies.md").read_text(encoding="utf-8")
    for name in asked_for():
        assert re.search(rf"\b{re.escape(name)}\b", reasons), name


def test_every_dependency_is_pinned() -> None:
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    pinned = {re.sub(r"[-_.]+", "-", name).lower() for name in pins}
    for name in asked_for():
        assert re.sub(r"[-_.]+", "-", name).lower() in pinned, name


def test_the_readme_names_fields_that_a_job_has() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    call = re.search(r"vfx_ai\.inpaint\((.*?)\n\)", readme, re.DOTALL)
    assert call is not None
    named = set(re.findall(r"^    (\w+)=", call[1], re.MULTILINE))
    assert named - {"progress", "cancelled"} <= set(Job.__dataclass_fields__)


def test_no_page_names_a_path_of_one_machine() -> None:
    for page in PAGES:
        assert not re.search(r"(?<![\w.])/(?:work|home|root|tmp)/", page.read_text(encoding="utf-8")), name_of(page)


def test_what_the_checks_run_is_executable() -> None:
    listed = subprocess.run(["git", "ls-files", "-s", ".ci/run"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert not listed.stdout or listed.stdout.startswith("100755")


def test_every_part_of_a_page_that_a_benchmark_owns_has_its_command_and_an_end() -> None:
    owned = 0
    for page in sorted((ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for owner in re.findall(r"<!-- bench/(\S+) begins -->", text):
            begin, end = (f"<!-- bench/{owner} {word} -->" for word in ("begins", "ends"))
            assert text.count(begin) == text.count(end) == 1 and text.index(begin) < text.index(end), owner
            inner = text[text.index(begin) + len(begin) : text.index(end)]
            assert inner.strip().startswith(f"python bench/{owner}"), f"{page.name}: {owner} names its command"
            assert "Page(" in (ROOT / "bench" / owner).read_text(encoding="utf-8")
            owned += 1
    assert owned >= 6
