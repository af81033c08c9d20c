"""What came of what, as the ledger tells it: shots, their rights, models, results, and what was withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from vfx_ai.errors import VerifyError
from vfx_ai.studio import ledger as ledgers
from vfx_ai.studio.contents import content_of_hashes, footage
from vfx_ai.studio.ledger_chain import Entry


@dataclass(frozen=True)
class Known:
    """All that a ledger says, looked up by name.

    Attributes:
        shots: the last entry of each shot that is in the catalogue, by its name.
        rights: the last rights of each title: sha256 of the text.
        withdrawn: titles that are withdrawn, and the entry that says so.
        contents: titles by the footage (see `contents.footage`) that ever was theirs.
        trainings: by the hash of their entry.
        models: by the sha256 of their file.
        results: all, in order.
    """

    shots: dict[str, Entry] = field(default_factory=dict)
    rights: dict[str, str] = field(default_factory=dict)
    withdrawn: dict[str, Entry] = field(default_factory=dict)
    contents: dict[str, set[str]] = field(default_factory=dict)
    trainings: dict[str, Entry] = field(default_factory=dict)
    models: dict[str, Entry] = field(default_factory=dict)
    results: list[Entry] = field(default_factory=list)

    def titles_of(self, fact: dict[str, Any]) -> set[str]:
        """The titles that a shot belongs to, also those that hold the same footage."""
        return {str(fact.get("title", "")), *self.contents.get(footage(str(fact.get("content", ""))), ())}

    def facts_of_model(self, sha256: str) -> tuple[dict[str, Any], ...]:
        """The shots that a model was trained on, also by way of the models that it began with."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        open_, seen = [sha256], set()
        while open_:
            one = open_.pop()
            entry = self.models.get(one)
            if entry is None or one in seen:
                continue
            seen.add(one)
            training = self.trainings.get(str(entry.what.get("training", "")))
            for fact in _dicts(training.what.get("shots")) if training else ():
                key = str(fact.get("shot")), str(fact.get("content"))
                found[key] = _both(found[key], fact) if key in found else fact
            open_ += [str(base.get("sha256", "")) for base in _dicts(entry.what.get("base"))]
        return tuple(found.values())

    def facts_of_result(self, entry: Entry) -> tuple[dict[str, Any], ...]:
        """The shots that went into a result: its references, and what its models were trained on."""
        models = [str(model.get("sha256", "")) for model in _dicts(entry.what.get("models"))]
        return (
            *_dicts(entry.what.get("references")),
            *(fact for model in models for fact in self.facts_of_model(model)),
        )

    def withdrawn_among(self, facts: Iterable[dict[str, Any]]) -> tuple[str, ...]:
        """The withdrawn titles that shots belong to."""
        return tuple(sorted({title for fact in facts for title in self.titles_of(fact)} & self.withdrawn.keys()))

    def came_of(self, title: str) -> tuple[tuple[str, ...], tuple[dict[str, str], ...], tuple[str, ...]]:
        """Names of a title's shots, models ({name, sha256}) and results that came of them."""
        shots = sorted(name for name, entry in self.shots.items() if title in self.titles_of(entry.what))
        models = [
            {"name": str(entry.what["name"]), "sha256": sha}
            for sha, entry in self.models.items()
            if any(title in self.titles_of(fact) for fact in self.facts_of_model(sha))
        ]
        results = {
            str(entry.what["result"]): None
            for entry in self.results
            if any(title in self.titles_of(fact) for fact in self.facts_of_result(entry))
        }
        return tuple(shots), tuple(models), tuple(results)


def known(ledger: Path) -> Known:
    """What a ledger says.

    Args:
        ledger: its file, or the catalogue's folder.

    Raises:
        VerifyError: the ledger was changed. InputError: it can't be read.
    """
    path = ledgers.file_of(ledger)
    try:
        stat = path.stat()
        state: tuple[int, int, int] = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    except OSError:
        state = (0, 0, 0)
    return _known(path, state)


@lru_cache(maxsize=4)
def _known(path: Path, _state: tuple[int, int, int]) -> Known:
    made = Known()
    for entry in ledgers.read(path):
        try:
            _TAKEN[entry.kind](made, entry, entry.what)
        except (KeyError, TypeError, AttributeError):
            raise VerifyError(
                f"entry {entry.n} says what isn't understood ({entry.kind})",
                file=path,
                remedy="Install the version that wrote it, or bring the ledger back from a backup.",
            ) from None
    return made


def _shot(made: Known, entry: Entry, what: dict[str, Any]) -> None:
    made.shots[str(what["shot"])] = entry
    made.contents.setdefault(footage(str(what["content"])), set()).add(str(what["title"]))


def _rights(made: Known, _entry: Entry, what: dict[str, Any]) -> None:
    made.rights[str(what["title"])] = str(what["rights"])
    if what.get("lifts"):
        made.withdrawn.pop(str(what["title"]), None)


def _removal(made: Known, _entry: Entry, what: dict[str, Any]) -> None:
    for shot in what["shots"]:
        made.shots.pop(str(shot), None)


def _training(made: Known, entry: Entry, _what: dict[str, Any]) -> None:
    made.trainings[entry.hash] = entry


def _model(made: Known, entry: Entry, what: dict[str, Any]) -> None:
    made.models[str(what["sha256"])] = entry


def _result(made: Known, entry: Entry, what: dict[str, Any]) -> None:
    made.results.append(entry)
    # A result that is added as footage is still part of what it came of.
    files = what["files"] if isinstance(what["files"], dict) else {}
    hashes = [str(files[number]) for number in sorted(files, key=lambda text: (len(text), text))]
    titles = {title for fact in made.facts_of_result(entry) for title in made.titles_of(fact)}
    if hashes and titles:
        made.contents.setdefault(content_of_hashes(hashes), set()).update(titles)


def _withdrawal(made: Known, entry: Entry, what: dict[str, Any]) -> None:
    made.withdrawn[str(what["title"])] = entry


_TAKEN = {
    "shot": _shot,
    "rights": _rights,
    "removal": _removal,
    "training": _training,
    "model": _model,
    "result": _result,
    "withdrawal": _withdrawal,
}


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A shot that was learned from twice: it was masked if both times it was."""
    twice = [word for word in one.get("masked") or [] if word in (other.get("masked") or [])]
    return {
        **{name: value for name, value in other.items() if name != "masked"},
        **({"masked": twice} if twice else {}),
    }


def _dicts(value: Any) -> tuple[dict[str, Any], ...]:
    return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()
