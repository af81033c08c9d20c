"""What changed or vanished on disk since it was added, which rights end, and whether the ledger can be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from vfx_ai.errors import InputError, Interrupted, VerifyError
from vfx_ai.job import Event, Progress, silent
from vfx_ai.media.sequence import output_path
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import FROM_SHOTS, Shot, Title, shot_from, titles_of
from vfx_ai.studio.catalogue_base import Catalogue
from vfx_ai.studio.contents import Signed, from_text, sign
from vfx_ai.studio.descent import Known, known
from vfx_ai.studio.rights import concerns
from vfx_ai.studio.rights_file import read_rights

SOON_DAYS = 60


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        shots: how many were looked at.
        vanished: shots with files that are gone, and which.
        changed: shots with files that are other ones now, and which.
        rights: what is to be known of titles' rights: none, ended, ending soon, changed on disk, withdrawn.
        withdrawn: what came of withdrawn titles: models to be trained anew, and results.
        ledger: what is wrong with the ledger; empty: nothing.
        head: number and hash of its last entry; kept elsewhere they prove later that nothing before was changed.
    """

    shots: int
    vanished: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str], ...]
    rights: tuple[tuple[str, str], ...]
    withdrawn: tuple[str, ...]
    ledger: tuple[str, ...]
    head: tuple[int, str]

    @property
    def passed(self) -> bool:
        """Footage and ledger are as they were."""
        return not (self.vanished or self.changed or self.ledger)


def check(
    catalogue: Catalogue,
    *,
    contents: bool = False,
    on: date | None = None,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Checked:
    """Compare the catalogue with the disk, and go through its ledger.

    Args:
        catalogue: which.
        contents: read all files again; otherwise only those of another size or time are.
        on: the day by which rights are judged; None: today, UTC.
        progress, cancelled: as for a run.

    Raises:
        Interrupted: it was stopped.
    """
    rows = catalogue.base.execute(
        FROM_SHOTS.replace(" FROM shots", ", files.listing FROM shots JOIN files ON files.shot_id = shots.id")
    )
    vanished, changed, shots = [], [], []
    total = catalogue.base.execute("SELECT count(*) FROM shots").fetchone()[0]
    seen: dict[Path, str] = {}
    for done, row in enumerate(rows):
        if cancelled():
            raise Interrupted("stopped", file=catalogue.folder)
        progress(Event("step" if done else "stage", "analyse", row[1], done, total))
        shot = shot_from(row[:-1])
        shots.append(shot)
        gone, other = _compared(shot, from_text(row[-1]), seen, contents=contents)
        vanished += [(shot.name, gone)] if gone else []
        changed += [(shot.name, other)] if other else []
    day = on or datetime.now(UTC).date()
    findings = list(ledger.check(catalogue.folder))
    said, head = Known(), (0, "")
    if not findings:
        try:
            said, head = known(catalogue.folder), ledger.head(catalogue.folder)
        except VerifyError as error:  # it was changed in between
            findings.append(error.message)
    findings += _unknown(shots, said) if not findings else []
    return Checked(
        len(shots),
        tuple(vanished),
        tuple(changed),
        tuple(line for title in titles_of(catalogue) for line in _rights(title, shots, said, day)),
        tuple(line for title in sorted(said.withdrawn) for line in _came_of(title, said)),
        tuple(findings),
        head,
    )


def _compared(shot: Shot, files: tuple[Signed, ...], seen: dict[Path, str], *, contents: bool) -> tuple[str, str]:
    """Which files are gone, and which are other ones."""
    gone: list[str] = []
    other: list[str] = []
    for one in files:
        path = Path(shot.path) if shot.kind != "sequence" else output_path(shot.path, one.number)
        # All shots of a movie lie in one file, which is looked at once.
        state = seen.get(path) if shot.kind == "movie" else None
        if state is None:
            state = _state(path, one, contents=contents)
        if shot.kind == "movie":
            seen[path] = state
        if state:
            (gone if state == "gone" else other).append(path.name)
    return _listed(gone), _listed(other)


def _state(path: Path, was: Signed, *, contents: bool) -> str:
    try:
        now = path.stat()
    except OSError:
        return "gone"
    if now.st_size != was.size:
        return "other"
    if not contents and now.st_mtime_ns == was.mtime_ns:
        return ""
    # A copy has another time and the same contents.
    try:
        return "" if sign(path, was.number).sha256 == was.sha256 else "other"
    except InputError:
        return "gone"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _unknown(shots: list[Shot], said: Known) -> list[str]:
    lines = []
    for shot in shots:
        entry = said.shots.get(shot.name)
        if entry is None or (entry.what["content"], entry.what["title"]) != (shot.content, shot.title):
            lines.append(f"{shot.name} isn't in the ledger as it is in the catalogue: one of them was changed by hand")
    return lines


def _rights(title: Title, shots: list[Shot], said: Known, day: date) -> list[tuple[str, str]]:
    name, rights = title.title, title.rights
    if name in said.withdrawn:
        entry = said.withdrawn[name]
        return [(name, f"withdrawn on {entry.at[:10]} ({entry.what['why']})")]
    if rights is None:
        return [(name, "no rights file: nothing of it is cleared")]
    lines = []
    if said.rights.get(name, rights.identity) != rights.identity:
        lines.append((name, "its rights aren't those that the ledger knows: the catalogue was changed by hand"))
    if rights.until and rights.until < day:
        lines.append((name, f"expired on {rights.until}"))
    elif rights.until and rights.until - day < timedelta(SOON_DAYS):
        lines.append((name, f"expires on {rights.until}"))
    try:
        if read_rights(Path(rights.file)).identity != rights.identity:
            lines.append((name, f"{rights.file} was changed since: vfx-ai catalogue rights takes it over"))
    except InputError:
        lines.append((name, f"{rights.file} is gone or can't be read; the catalogue's copy counts"))
    own = [shot.name for shot in shots if shot.title == name]
    for what, patterns in [(p.name, p.shots) for p in rights.people] + [(e.what, e.shots) for e in rights.exclusions]:
        if patterns and not any(concerns(patterns, shot) for shot in own):
            lines.append((name, f"{what}: no shot is named {', '.join(patterns)}"))
    return lines


def _came_of(title: str, said: Known) -> list[str]:
    _, models, results = said.came_of(title)
    return [
        *(f"model {model['name']} was trained on {title}, which is withdrawn: train it anew" for model in models),
        *(f"{result} came of {title}, which is withdrawn" for result in results),
    ]
