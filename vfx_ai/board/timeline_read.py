"""A timeline (OpenTimelineIO) read as a script: a shot for each clip of its first picture track."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vfx_ai.board.camera import is_camera_note
from vfx_ai.board.extras import timeline_package
from vfx_ai.board.shots import Script, Shot, Speech, check_shots
from vfx_ai.errors import InputError

DEEPEST = 60  # brackets within brackets; a timeline has a dozen
OURS = "vfx_ai"  # under which a clip's metadata holds what a board wrote


def read_timeline(path: Path, text: str) -> Script:
    """The shots of a timeline.

    Raises:
        InputError: it is no timeline, or has no clip of picture.
        VfxAiError: OpenTimelineIO isn't installed.
    """
    otio = timeline_package()
    if _depth(text) > DEEPEST:
        raise _unreadable(path, "brackets lie too deep within each other")
    try:
        made = otio.adapters.read_from_string(text, "otio_json")
        tracks = _tracks(otio, made)
        # Within the try: children and ranges are worked out when they are asked for, and damaged ones fail then.
        found = list(_shots(otio, path, tracks[0])) if tracks else []
    except InputError:
        raise
    except Exception as error:  # the adapter raises what its parser and its plugins raise
        raise _unreadable(path, str(error).strip().split("\n")[0] or type(error).__name__) from None
    if not tracks:
        raise InputError(
            "the timeline has no picture track with clips", file=path, remedy="Export it with its picture."
        )
    warnings = (f"{len(tracks)} picture tracks: the first with clips is read",) if len(tracks) > 1 else ()
    shots = check_shots(_unlike(found), path)
    return Script(str(made.name or path.stem), "", shots, warnings)


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(f"the timeline can't be read: {why}", file=path, remedy="Export it again, as .otio.")


def _depth(text: str) -> int:
    """How deep brackets lie within each other, texts left out."""
    depth = deepest = at = 0
    while at < len(text):
        letter = text[at]
        if letter == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
        at += 1
    return deepest


def _tracks(otio: Any, made: Any) -> list[Any]:
    if isinstance(made, otio.schema.Track):
        return [made]
    if isinstance(made, otio.schema.Timeline):
        return [track for track in made.video_tracks() if any(isinstance(one, otio.schema.Clip) for one in track)]
    return []


def _shots(otio: Any, path: Path, track: Any) -> Iterator[Shot]:
    for index, clip in enumerate(track, 1):
        if not isinstance(clip, otio.schema.Clip | otio.schema.Stack | otio.schema.Track):
            continue  # gaps and transitions show nothing of their own
        seconds = float(clip.trimmed_range().duration.to_seconds())
        if not (math.isfinite(seconds) and seconds > 0):
            raise InputError(
                f"clip {index}, {clip.name!r}: its duration is no time", file=path, remedy="Give it a source range."
            )
        yield _shot(clip, index, seconds)


def _shot(clip: Any, index: int, seconds: float) -> Shot:
    own = clip.metadata.get(OURS)
    own = own if hasattr(own, "get") else {}
    said = [one for one in own.get("dialogue", ()) if hasattr(one, "get")]
    dialogue = tuple(Speech(*(_text(one, name) for name in ("who", "words", "how"))) for one in said)
    notes = [words for marker in clip.markers for words in (_marked(marker),) if words]
    if own:
        notes = [str(words) for words in own.get("notes", ())]
    camera = _text(own, "camera") or "; ".join(words for words in notes if is_camera_note(words))
    return Shot(
        slug=_text(own, "slug"),
        scene=_text(own, "scene"),
        number=_text(own, "number") or clip.name or str(index),
        action=_text(own, "action") if own else "",
        dialogue=dialogue,
        camera=camera,
        notes=tuple(words for words in notes if own or not is_camera_note(words)),
        transition=_text(own, "transition"),
        seconds=seconds,
        estimated=False,
        code=_text(own, "code") if own else str(clip.name or ""),
        line=index,
    )


def _text(own: Any, name: str) -> str:
    value = own.get(name, "")
    return value if isinstance(value, str) else ""


def _marked(marker: Any) -> str:
    comment = str(getattr(marker, "comment", "") or "").strip()
    name = str(marker.name or "").strip()
    return f"{name}: {comment}" if name and comment and name != comment else (comment or name)


def _unlike(shots: list[Shot]) -> list[Shot]:
    """Shots without a name of their own where two clips have the same."""
    from collections import Counter
    from dataclasses import replace

    counts = Counter(shot.code for shot in shots)
    return [replace(shot, code="") if counts[shot.code] > 1 else shot for shot in shots]
