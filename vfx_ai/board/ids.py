"""A shot's id: made of its content once, and kept while the script around it and its own words change."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from vfx_ai.board.shots import Shot

SHAPE = re.compile(r"[a-z0-9]{1,12}(?:-[a-z0-9]{1,12}){1,6}")
# Words that two versions of a shot share, twice over the words of both: more is the same shot, edited.
ALIKE = 0.5
_COMMON = 200  # a word of so many shots tells nothing of one


@dataclass(frozen=True)
class Known:
    """A shot of the board as it was: its id, and what it is known by (see `Shot`)."""

    id: str
    text: str
    code: str = ""


def ids_for(shots: Sequence[Shot], known: Sequence[Known]) -> list[str]:
    """An id for each shot: that of the known shot that it is, or a new one.

    A shot is known by the name that its source gave it; else by the same text, in the order of the script; else by most
    of the same words. The same shots and known ones give the same ids.
    """
    found: dict[int, str] = {}
    left = dict(enumerate(known))
    for step in (_by_code, _by_text, _by_words):
        for index, at in step({i: shot for i, shot in enumerate(shots) if i not in found}, left).items():
            found[index] = left.pop(at).id
    taken = set(found.values()) | {one.id for one in left.values()}
    made, alike = [], Counter[str]()  # how many shots of one text have been named
    for index, shot in enumerate(shots):
        if index not in found:
            found[index] = _new(shot, taken, alike)
            taken.add(found[index])
        made.append(found[index])
    return made


def fingerprint(text: str) -> str:
    """A text's, where spaces and case don't count."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode("utf-8", "replace")).hexdigest()


def _new(shot: Shot, taken: set[str], alike: Counter[str]) -> str:
    words = re.findall(r"[a-z0-9]+", (shot.action or " ".join(s.words for s in shot.dialogue) or shot.slug).lower())
    start = "-".join(word[:12] for word in words[:3]) or "shot"
    text = f"{shot.text}\n{shot.code}"
    while True:
        tail = fingerprint(f"{text}\n{alike[text] or ''}")[:6]
        alike[text] += 1
        if (made := f"{start}-{tail}") not in taken:
            return made


def _by_code(shots: dict[int, Shot], left: dict[int, Known]) -> dict[int, int]:
    codes = {one.code: at for at, one in left.items() if one.code}
    return {index: codes[shot.code] for index, shot in shots.items() if shot.code in codes}


def _by_text(shots: dict[int, Shot], left: dict[int, Known]) -> dict[int, int]:
    """The same text: first in order, then what was moved elsewhere."""
    new = [(index, fingerprint(shot.text)) for index, shot in shots.items()]
    old = [(at, fingerprint(one.text)) for at, one in left.items() if not one.code]
    found: dict[int, int] = {}
    same = SequenceMatcher(None, [mark for _, mark in old], [mark for _, mark in new], autojunk=False)
    for block in same.get_matching_blocks():
        for step in range(block.size):
            found[new[block.b + step][0]] = old[block.a + step][0]
    used = set(found.values())
    spare: dict[str, list[int]] = defaultdict(list)
    for at, mark in old:
        if at not in used:
            spare[mark].append(at)
    for index, mark in new:
        if index not in found and not shots[index].code and spare[mark]:
            found[index] = spare[mark].pop(0)
    return {index: at for index, at in found.items() if not shots[index].code}


def _by_words(shots: dict[int, Shot], left: dict[int, Known]) -> dict[int, int]:
    """Most of the same words; the most alike pairs first, and of equals those nearest in order."""
    old = {at: Counter(_words(one.text)) for at, one in left.items() if not one.code}
    where: dict[str, list[int]] = defaultdict(list)
    for at, words in old.items():
        for word in words:
            where[word].append(at)
    sizes = {at: words.total() for at, words in old.items()}
    pairs: list[tuple[float, int, int, int]] = []
    for index, shot in shots.items():
        if shot.code:
            continue
        words = Counter(_words(shot.text))
        shared: Counter[int] = Counter()
        for word, count in words.items():
            if len(where[word]) <= _COMMON:
                for at in where[word]:
                    shared[at] += min(count, old[at][word])
        for at, count in shared.items():
            share = 2 * count / (words.total() + sizes[at])
            if share >= ALIKE:
                pairs.append((-share, abs(index - at), index, at))
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, _, index, at in sorted(pairs):
        if index not in found and at not in used:
            found[index] = at
            used.add(at)
    return found


def _words(text: str) -> list[str]:
    """The words of a shot but for its heading, which all shots of a scene share."""
    heading, _, rest = text.partition("\n")
    return re.findall(r"\w+", (rest if rest.strip() else heading).casefold())
