"""Lists of shots as files: CSV from production tracking, and edits as OpenTimelineIO."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from vfx_ai.errors import InputError, JobError, ResourceError, VfxAiError
from vfx_ai.farm.shots import Row, columns
from vfx_ai.media.in_folder import MOST_DIGITS
from vfx_ai.media.plain_file import open_plain

MOST_BYTES, MOST_ROWS, DEEPEST = 20_000_000, 10_000, 100
OURS = "vfx_ai"  # where a clip's metadata say what is asked
# A text without an end swallows the rest, so that no place is looked at twice.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def read_list(path: Path) -> list[Row]:
    """The rows of a list.

    Raises:
        InputError: it can't be read.
        JobError: it is of another kind, or has a column that nothing is known of; with row and column.
        ResourceError: it is an edit, and OpenTimelineIO isn't installed.
    """
    kind = path.suffix.lower()
    if kind not in (".csv", ".otio"):
        raise JobError(f"a list of shots is no {kind or 'file without an extension'}", file=path, remedy=_REMEDY)
    try:
        with open_plain(path) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"the list can't be read: {error.strerror or error}", file=path, remedy=_REMEDY) from None
    if len(data) > MOST_BYTES:
        raise InputError(f"the list is larger than {MOST_BYTES:,} bytes", file=path, remedy=_REMEDY)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the list is no UTF-8: {error}", file=path, remedy="Save it as UTF-8.") from None
    rows = _csv(text, path) if kind == ".csv" else _otio(text, path)
    if len(rows) > MOST_ROWS:
        raise JobError(f"the list has {len(rows):,} shots", file=path, remedy=f"Give at most {MOST_ROWS:,} at once.")
    return rows


_REMEDY = "Give a .csv with a row for each shot, or an .otio."


def _csv(text: str, path: Path) -> list[Row]:
    try:
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise InputError(f"the list can't be read: {error}", file=path, remedy=_REMEDY) from None
    if not lines:
        raise InputError("the list is empty", file=path, remedy=_REMEDY)
    names = [name.strip().lower().replace("-", "_").replace(" ", "_") for name in lines[0]]
    known = columns()
    for at, name in enumerate(names, 1):
        if name not in known:
            told = f"{lines[0][at - 1]!r}" if name else f"number {at}, without a name"
            raise JobError(
                f"row 1, column {told}: nothing is known of it",
                file=path,
                remedy=f"Use among: {', '.join(known)}.",
            )
        if name in names[: at - 1]:
            raise JobError(f"row 1, column {name}: it is there twice", file=path, remedy="Give it once.")
    if "shot" not in names:
        raise JobError("row 1, column shot: it isn't there", file=path, remedy="Give each shot a name.")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) > len(names):
            raise JobError(
                f"row {number}, column {len(names) + 1}: there are more values than columns",
                file=path,
                remedy='Put a value that holds a comma in double quotes, e.g. "1001,1010-1020".',
            )
        rows.append(Row(f"row {number}", dict(zip(names, line, strict=False)), path))
    return rows


def _otio(text: str, path: Path) -> list[Row]:
    depth = most = 0
    for found in _BRACKETS.finditer(text):
        depth += (found[0] in "[{") - (found[0] in "]}")
        most = max(most, depth)
    if most > DEEPEST:
        raise InputError(f"the edit is nested {most} deep", file=path, remedy=f"At most {DEEPEST} are read.")
    try:
        import opentimelineio as otio
    except ImportError:
        raise ResourceError(
            "OpenTimelineIO isn't installed", file=path, remedy="Install it: pip install 'vfx-ai[farm]'."
        ) from None
    try:
        edit = otio.adapters.read_from_string(text, "otio_json")
        clips = list(edit.find_clips())
    except VfxAiError:
        raise
    except Exception as error:  # of many classes, by what is wrong
        raise InputError(f"the edit can't be read: {error}", file=path, remedy="Export it anew as .otio.") from None
    marked = [clip for clip in clips if isinstance(clip.metadata.get(OURS), Mapping)]
    return [_row(otio, clip, path) for clip in marked or clips]


def _row(otio: Any, clip: Any, path: Path) -> Row:
    values: dict[str, str] = {"shot": clip.name or ""}
    media = clip.media_reference
    row = Row(f"clip {clip.name or '(without a name)'}", values, path)
    try:
        values["plate"] = _plate(otio, media)
        values["frames"] = _frames(otio, clip, media)
    except (ValueError, OverflowError) as error:  # an address or a time that is none
        raise row.wrong("plate", f"its media make no sense: {error}", "Export the edit anew.") from None
    for name, value in dict(clip.metadata.get(OURS, {})).items():
        if name not in columns():
            raise row.wrong(str(name), "nothing is known of it", f"Use among: {', '.join(columns())}.")
        if not isinstance(value, str | int | float):
            raise row.wrong(name, "it is no text, number, true or false", "Write it as one of these.")
        values[name] = str(value)
    return row


def _plate(otio: Any, media: Any) -> str:
    if isinstance(media, otio.schema.ImageSequenceReference):
        if media.frame_zero_padding > MOST_DIGITS:
            raise ValueError(f"frame numbers of {media.frame_zero_padding:,} digits")
        hashes = "#" * max(1, media.frame_zero_padding)
        base = _as_path(media.target_url_base)
        return f"{base}{'' if not base or base.endswith('/') else '/'}{media.name_prefix}{hashes}{media.name_suffix}"
    return _as_path(media.target_url) if isinstance(media, otio.schema.ExternalReference) else ""


def _as_path(url: str) -> str:
    """The path that a URL stands for; what isn't one of a file stays as it is, and is found missing."""
    parts = urlparse(url)
    if parts.scheme != "file":
        return url
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost"):  # a share of another machine
        return f"//{parts.netloc}{path}"
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path


def _frames(otio: Any, clip: Any, media: Any) -> str:
    """The frames that the cut shows, by the numbers of the plate's files."""
    shown = clip.source_range
    if shown is None:
        return ""
    first, count = shown.start_time.to_frames(), shown.duration.to_frames()
    if isinstance(media, otio.schema.ImageSequenceReference):
        begin = media.available_range.start_time.to_frames() if media.available_range else 0
        first += media.start_frame - begin
    return f"{first}-{first + count - 1}" if count > 1 else str(first)
