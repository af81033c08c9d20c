"""board.json: what a board holds, and what the next making of it must know."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vfx_ai.board.ids import SHAPE, Known
from vfx_ai.board.shots import Shot
from vfx_ai.errors import InputError

SCHEMA = 1
FILE, FOLDER = "board.json", "panels"
BY_HAND = "by hand"
_LARGEST = 128 * 1024 * 1024


@dataclass(frozen=True)
class Panel:
    """A shot's panel.

    Attributes:
        file: within the board's folder, with slashes.
        sha256: of its bytes.
        source: where its picture is from: BY_HAND, or a name of `sources.SOURCES`.
        title: what the picture is called there; may be empty.
        key: changes when the program would draw another panel; empty for one by hand.
        drawn_for: fingerprint of the shot's text when a panel by hand was first seen; else empty.
        changed: the shot's text is another since then.
    """

    file: str
    sha256: str
    source: str
    title: str = ""
    key: str = ""
    drawn_for: str = ""
    changed: bool = False

    @property
    def by_hand(self) -> bool:
        """Somebody drew it."""
        return self.source == BY_HAND


@dataclass(frozen=True)
class Entry:
    """A shot of the board: what stays with it whatever happens to the script, the shot, and its panel."""

    id: str
    shot: Shot
    panel: Panel


@dataclass(frozen=True)
class Past:
    """What is known of the board as it was made before.

    Attributes:
        known: all shots, also those whose panels are kept though they left the script.
        panels: by their ids.
    """

    known: tuple[Known, ...] = ()
    panels: dict[str, Panel] | None = None

    def panel(self, one: str) -> Panel | None:
        """The panel of a shot."""
        return (self.panels or {}).get(one)


def as_json(entries: list[Entry], kept: list[tuple[Known, Panel]], **about: Any) -> bytes:
    """The record; the same for the same board.

    Args:
        entries: the shots, in order.
        kept: panels drawn by hand whose shots left the script.
        about: what else it says, e.g. title and aspect.
    """
    shots = [{"id": one.id, **asdict(one.shot), "text": one.shot.text, "panel": asdict(one.panel)} for one in entries]
    left = [{"id": known.id, "text": known.text, "code": known.code, "panel": asdict(panel)} for known, panel in kept]
    whole = {"schema": SCHEMA, **about, "shots": shots, "kept": left}
    return (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def read_past(folder: Path) -> Past:
    """What a board's folder says of its last making; nothing if there is no record.

    Raises:
        InputError: the record is damaged, or of a newer version.
    """
    path = folder / FILE
    try:
        if path.stat().st_size > _LARGEST:
            raise _damaged(path, "it is too large")
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Past()
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from None
    if isinstance(data, dict) and isinstance(data.get("schema"), int) and data["schema"] > SCHEMA:
        raise InputError(f"the board is of version {data['schema']}", file=path, remedy="Update vfx-ai.")
    try:
        rows = [_row(one) for one in (*data["shots"], *data["kept"])]
    except (TypeError, KeyError, ValueError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from None
    return Past(tuple(known for known, _ in rows), {known.id: panel for known, panel in rows})


def _row(data: dict[str, Any]) -> tuple[Known, Panel]:
    panel = data["panel"]
    parts = {name: panel[name] for name in ("file", "sha256", "source", "title", "key", "drawn_for")}
    for value in (data["id"], data["text"], data["code"], *parts.values()):
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text")
    if not SHAPE.fullmatch(data["id"]):
        raise ValueError(f"{data['id']!r} is no id")
    return Known(data["id"], data["text"], data["code"]), Panel(**parts, changed=bool(panel["changed"]))


def _damaged(path: Path, why: str) -> InputError:
    return InputError(
        f"the board's record can't be read: {why}",
        file=path,
        remedy="Put it back from a copy, or make the board in another folder; nothing was written.",
    )
