"""The site's own rules: which page stands where, and links that lead out of docs/, which the site doesn't have.

docs/README.md is the table of contents: its headings and links are the site's navigation, so that there is only one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_ENTRY = re.compile(r"^- \[([^\]]+)\]\(([^)\s#]+)\)")
START = "README.md"


def contents(text: str) -> list[Any]:
    """The navigation of a table of contents: pages in groups, as mkdocs takes them."""
    out: list[Any] = [{"Start": START}]
    for line in text.splitlines():
        entry = _ENTRY.match(line)
        if line.startswith("For ") or line.startswith("## "):
            out.append({line.strip("# :"): []})
        elif entry and not entry[2].startswith(".."):
            title, page = entry.groups()
            next(iter(out[-1].values())).append({title: page})
    return out


def on_config(config: Any) -> Any:
    """Called by mkdocs: set the navigation."""
    config["nav"] = contents((Path(config["docs_dir"]) / START).read_text(encoding="utf-8"))
    return config


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Called by mkdocs for each page: what leads out of docs/, or to a schema, becomes its own name."""
    folder = Path(page.file.src_uri).parent

    def kept(link: re.Match[str]) -> str:
        mark, text, target = link.groups()
        steps = [*folder.parts, *Path(target).parts]
        depth, outside = 0, "schema" in steps
        for step in steps:
            depth += -1 if step == ".." else 1
            outside |= depth < 0
        return text if outside and not mark and "://" not in target else link[0]

    return _LINK.sub(kept, markdown)
