"""What is installed is pinned by hash, can be listed without a network, and an audit that looks nothing up fails."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("farm", "sign", "studio")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    text = (ROOT / file).read_text(encoding="utf-8")
    return {plain(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)}


def recipe(target: str) -> str:
    """The lines of a target of the Makefile, as one."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert found is not None
    return found[1].replace("\\\n", " ")


def test_every_pin_with_a_hash_is_that_of_the_other_list() -> None:
    hashed, pinned = pins("constraints-hashed.txt"), pins("constraints.txt")
    assert {name: version for name, version in hashed.items() if pinned.get(name, version) != version} == {}


def test_all_that_runs_is_pinned_by_a_hash() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in EXTRAS for line in project["optional-dependencies"][extra])]
    assert {plain(re.split(r"[<>=\[; ]", line)[0]) for line in lines} <= pins("constraints-hashed.txt").keys()


def test_every_requirement_has_a_sha256() -> None:
    text = (ROOT / "constraints-hashed.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        assert line.startswith("#") or re.search(r"--hash=sha256:[0-9a-f]{64}(\s|$)", line), line[:60]


def test_an_audit_that_can_not_look_a_package_up_fails() -> None:
    assert "--strict" in recipe("audit") and "constraints-hashed.txt" in recipe("audit")


@pytest.mark.skipif(shutil.which("make") is None or sys.platform == "win32", reason="there is no make")
@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ("No known vulnerabilities found", 0, "no known holes"),
        ("Found 2 known vulnerabilities in 1 package", 1, "KNOWN HOLES"),
        ("ERROR:pip_audit._cli:torch: Dependency not found on PyPI and could not be audited", 1, "NOT DONE"),
    ],
)
def test_an_audit_says_what_it_found_or_that_it_could_not_be_done(
    tmp_path: Path, said: str, code: int, told: str
) -> None:
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin" / "pip-audit"
    stub.write_text(f"#!/bin/sh\necho '{said}'\nexit {code}\n")
    stub.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    words = ["make", "-s", "-o", ".venv/.installed", "audit", f"BIN={tmp_path / 'bin'}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert bool(done.returncode) == bool(code) and said in done.stdout + done.stderr
    assert told in (done.stdout + done.stderr).splitlines()[1]


def test_the_list_of_what_is_installed_needs_no_network(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py", reason="the extra `audit` isn't installed")
    words = recipe("sbom").split("cyclonedx_py ")[1].split()
    # An environment with one package, so that it takes no time.
    venv.create(tmp_path / "env", with_pip=False, symlinks=sys.platform != "win32")
    site = next((tmp_path / "env").rglob("site-packages"))
    info = site / "one-1.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: one\nVersion: 1.5\nLicense: MIT\n")
    python = tmp_path / "env" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    where = {"$(BIN)/python": str(python), "dist/vfx-ai.cdx.json": "sbom.json"}
    asked = [str(ROOT / "pyproject.toml") if word == "pyproject.toml" else where.get(word, word) for word in words]
    offline = {"PATH": "", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    subprocess.run([sys.executable, "-m", "cyclonedx_py", *asked], cwd=tmp_path, env=offline, check=True, timeout=120)
    made = json.loads((tmp_path / "sbom.json").read_text())
    assert made["bomFormat"] == "CycloneDX" and made["metadata"]["component"]["name"] == "vfx-ai"
    assert {one["name"]: one["version"] for one in made["components"]} == {"one": "1.5"}
