"""The documentation is a site that builds without a warning, has every page, and fetches nothing."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def rules():
    spec = importlib.util.spec_from_file_location("site_rules", DOCS / "site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages_in(navigation) -> list[str]:
    if isinstance(navigation, str):
        return [navigation]
    values = navigation.values() if isinstance(navigation, dict) else navigation
    return [page for value in values for page in pages_in(value)]


def test_every_page_stands_once_in_the_table_of_contents() -> None:
    there = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))
    assert sorted(pages_in(rules().contents((DOCS / "README.md").read_text(encoding="utf-8")))) == there


def test_links_that_lead_out_of_the_site_become_words() -> None:
    class File:
        src_uri = "decisions/001.md"

    class Page:
        file = File()

    text = "[a](../using.md#b) [c](../../vfx_ai/x.py) [d](../schema/job-1.json) ![e](../images/e.png) [f](https://g.example)"
    said = rules().on_page_markdown(text, Page())
    assert said == "[a](../using.md#b) c d ![e](../images/e.png) [f](https://g.example)"


def test_the_site_builds_without_a_warning_and_fetches_nothing(tmp_path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs isn't installed (the extra docs)")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(list(DOCS.glob("*.md")))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r'<(script|img|link)[^>]+(src|href)="?(https?:)?//', text), page.name
