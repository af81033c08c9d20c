"""Shots of a catalogue among the files that were read for a result, by what these hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vfx_ai.studio.catalogue_base import Catalogue
from vfx_ai.studio.contents import content_of_hashes
from vfx_ai.studio.descent import Known

NO_PIXELS = ("matte", "matte_objects", "mask", "camera")  # what is read, and lends none
Read = Iterable[tuple[str, Iterable[str]]]  # what files were asked for as, and their sha256 in order


def lenders(catalogue: Catalogue, says: Known, read: Read) -> list[tuple[str, dict[str, Any]]]:
    """The shots that files are of, each once.

    Files that are a whole shot are that one; others are of every shot that has one of them: a single frame, or a part
    of a sequence.

    Args:
        catalogue: whose shots.
        says: its ledger.
        read: what was read; what lends no pixels may be among it.

    Returns:
        What the files were asked for as, and what the ledger says of the shot.

    Raises:
        InputError, OutputError: the catalogue can't be read.
    """
    contents = {str(entry.what["content"]): entry.what for entry in says.shots.values()}
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    parts: dict[str, str] = {}
    for field, some in read:
        hashes = list(some)
        if field in NO_PIXELS or not hashes:
            continue
        what = contents.get(content_of_hashes(hashes))
        if what is not None:
            found.setdefault(str(what["shot"]), (field, what))
        else:
            parts |= {sha256: parts.get(sha256, field) for sha256 in hashes}
    for name, sha256 in _shots_with(catalogue, parts):
        if name in says.shots:
            found.setdefault(name, (parts[sha256], says.shots[name].what))
    return list(found.values())


def _shots_with(catalogue: Catalogue, hashes: dict[str, str]) -> Sequence[tuple[str, str]]:
    """Names of shots that have one of the files, with the first such file's hash; one listing at a time is held.

    All listings are looked through, as text: parsed, ten thousand shots of a hundred files would take many seconds.
    """
    if not hashes:
        return []
    rows = catalogue.base.execute(
        "SELECT shots.name, files.listing FROM files JOIN shots ON shots.id = files.shot_id ORDER BY shots.id"
    )
    found = ((name, next((one for one in listing.split('"') if one in hashes), "")) for name, listing in rows)
    return [(name, sha256) for name, sha256 in found if sha256]
