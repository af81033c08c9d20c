"""What the commands of the catalogue print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vfx_ai.proof.wording import counted, duration
from vfx_ai.terminal.console import print_json, print_table

if TYPE_CHECKING:
    from vfx_ai.studio.catalogue import Shot, Title
    from vfx_ai.studio.catalogue_add import Added
    from vfx_ai.studio.catalogue_change import Withdrawal
    from vfx_ai.studio.catalogue_check import Checked
    from vfx_ai.studio.catalogue_find import Match
    from vfx_ai.studio.rights import Clearance
    from vfx_ai.studio.rights_terms import Rights
    from vfx_ai.studio.trace import Lent, Trace, TracedModel

MOST_TOLD = 12


def show_added(added: Added, *, as_json: bool, quiet: bool) -> None:
    """How many shots came in, and what was left out."""
    if as_json:
        print_json({"event": "added", **asdict(added)})
    elif not quiet:
        print_table(
            [
                ("title", added.title),
                ("added", counted(len(added.shots), "shot")),
                *([("measured anew", _some(added.changed))] if added.changed else []),
                *([("there already", counted(added.known, "shot"))] if added.known else []),
                *(("left out", f"{path}: {why}") for path, why in added.skipped),
                ("time", duration(added.seconds)),
            ]
        )


def show_shots(shots: Iterable[Shot], *, as_json: bool) -> None:
    """A line for each shot."""
    rows = []
    for shot in shots:
        if as_json:
            print_json({"event": "shot", **asdict(shot)})
        else:
            rows.append((shot.name, _line(shot)))
    if not as_json:
        print_table(rows or [("no shot", "")])


def show_titles(titles: Iterable[Title], *, as_json: bool) -> None:
    """A line for each title."""
    rows = []
    for title in titles:
        rights = title.rights
        if as_json:
            told = {"title": title.title, "shots": title.shots, "withdrawn": title.withdrawn, "why": title.why}
            print_json({"event": "title", **told, "rights": _plain(rights) if rights else None})
        else:
            withdrawn = f", withdrawn on {title.withdrawn[:10]}" if title.withdrawn else ""
            words = f"cleared: {', '.join(rights.uses) or 'nothing'}" if rights else "no rights file"
            rows.append((title.title, f"{counted(title.shots, 'shot')}, {words}{withdrawn}"))
    if not as_json:
        print_table(rows or [("no title", "")])


def show_shot(shot: Shot, title: Title, *, as_json: bool) -> None:
    """All that is known of a shot, and its rights."""
    rights = title.rights
    if as_json:
        print_json({"event": "shot", **asdict(shot), "rights": _plain(rights) if rights else None})
        return
    light = shot.light
    rows = [
        ("shot", f"{shot.name} (#{shot.id})"),
        ("title", shot.title),
        ("footage", shot.path),
        ("frames", f"{shot.first}-{shot.last}, {shot.count} of them" + (f", {shot.fps:g} a second" * bool(shot.fps))),
        ("size", f"{shot.width}x{shot.height}, {shot.bytes / 1e6:,.1f} MB"),
        ("light", f"middle {light['middle']:.2f} of log light, from {light['low']:.2f} to {light['high']:.2f}"),
        ("brightest", f"{light['brightest']:.3g}"),
        ("motion", f"{100 * shot.motion:.2f}% of the width from frame to frame"),
        ("tags", ", ".join(shot.tags) or "none"),
        *([("notes", shot.notes)] if shot.notes else []),
        ("content", shot.content),
        ("added", shot.added),
        *([("withdrawn", f"{title.withdrawn[:10]} ({title.why})")] if title.withdrawn else []),
    ]
    print_table([*rows, *(rights_rows(rights) if rights else [("rights", "no rights file: nothing is cleared")])])


def rights_rows(rights: Rights) -> list[tuple[str, str]]:
    """What a rights file says, for people."""
    return [
        ("owner", rights.owner),
        ("cleared", ", ".join(rights.uses) or "nothing"),
        ("territory", ", ".join(rights.territory)),
        ("until", str(rights.until or "without end")),
        *(("person", _person(p.name, p.consents, p.shots)) for p in rights.people),
        *([] if rights.people else [("people", "nobody can be recognised")]),
        *(("excluded", f"{e.what} from {', '.join(e.uses)}{_in(e.shots)}") for e in rights.exclusions),
        *([("clause", rights.clause)] if rights.clause else []),
        ("signed off", f"by {rights.signed_by} on {rights.signed_on}"),
    ]


def show_rights(rights: Rights, title: str, *, as_json: bool) -> None:
    """What a rights file says, and which title it counts for now."""
    if as_json:
        print_json({"event": "rights", "title": title, **_plain(rights)})
    else:
        print_table([*([("title", title)] if title else []), *rights_rows(rights)])


def show_matches(matches: Iterable[Match], *, as_json: bool) -> None:
    """A line for each shot that was found, the best first."""
    found = list(matches)
    for match in found if as_json else ():
        print_json({"event": "match", "score": match.score, **asdict(match.shot)})
    if not as_json:
        print_table([(m.shot.name, f"{m.score:.2f}  {_line(m.shot)}") for m in found] or [("nothing was found", "")])


def show_removed(names: tuple[str, ...], *, as_json: bool) -> None:
    """What was taken out."""
    if as_json:
        print_json({"event": "removed", "shots": names})
    else:
        print_table([("removed", _some(names) or "a title without shots")])


def show_clearance(found: Clearance, use: str, *, as_json: bool) -> None:
    """What may be used, and why the rest may not."""
    if as_json:
        refused = [asdict(one) for one in found.refused]
        print_json({"event": "clearance", "use": use, "allowed": [s.name for s in found.allowed], "refused": refused})
        return
    rows = [("cleared", shot.name) for shot in found.allowed]
    rows += [("refused", f"{one.shot}: {one.missing}. {one.remedy}") for one in found.refused]
    print_table(rows or [("no shot", "")])


def show_checked(checked: Checked, *, as_json: bool) -> None:
    """What changed, vanished, ends, was withdrawn; and whether the ledger can be believed."""
    if as_json:
        print_json({"event": "checked", **asdict(checked), "passed": checked.passed})
        return
    rows = [
        *((f"vanished: {name}", files) for name, files in checked.vanished),
        *((f"changed: {name}", files) for name, files in checked.changed),
        *((f"rights: {name}", words) for name, words in checked.rights),
        *(("withdrawn", words) for words in checked.withdrawn),
        *(("ledger", words) for words in checked.ledger),
    ]
    number, last = checked.head
    whole = f"the footage of {counted(checked.shots, 'shot')} is as it was"
    rows += [("shots", whole)] if not (checked.vanished or checked.changed) else []
    rows += [("ledger", f"{number:,} entries, unbroken; the last is {last}")] * (not checked.ledger)
    print_table(rows)


def show_withdrawal(made: Withdrawal, *, as_json: bool) -> None:
    """What a withdrawal reaches."""
    if as_json:
        print_json({"event": "withdrawal", **asdict(made)})
        return
    print_table(
        [
            ("withdrawn", f"{made.title}, {counted(len(made.shots), 'shot')}: nothing of it is cleared from now on"),
            *(("train anew", f"{model['name']} ({model['sha256'][:12]})") for model in made.models),
            *(("came of it", result) for result in made.results),
            *([] if made.models or made.results else [("reaches", "no model and no result that the ledger knows")]),
        ]
    )


def show_entered(entered: Mapping[str, Any], *, as_json: bool) -> None:
    """A result that was entered in the ledger."""
    if as_json:
        print_json({"event": "entered", **entered})
        return
    print_table([("entered", f"{counted(entered['files'], 'file')}, entry {entered['entry']} of the ledger")])


def show_trace(traced: Trace, *, as_json: bool) -> None:
    """What a result came of."""
    if as_json:
        print_json({"event": "trace", **asdict(traced)})
        return
    total = sum(traced.pixels.values())
    rows = [
        ("result", traced.result),
        ("told by", ", ".join(traced.told_by) or "nothing"),
        *(("engine", name) for name in traced.engines),
        *(("pixels", f"{count:,} ({100 * count / total:.1f}%): {name}") for name, count in traced.pixels.items()),
        *([("frames", _frames(traced.frames))] if traced.frames else []),
        *(row for model in traced.models for row in _model_rows(model)),
        *(row for lent in traced.references for row in _lent_rows("reference", lent)),
        *(("withdrawn", f"{title}: it must be made anew without it") for title in traced.withdrawn),
        *(("note", note) for note in traced.notes),
    ]
    print_table(rows)


def _model_rows(model: TracedModel) -> list[tuple[str, str]]:
    begun = f", began with {', '.join(model.base)}" if model.base else ""
    licence = f", licence {model.licence}" if model.licence else ""
    rows = [("model", f"{model.name} ({model.sha256[:12] or 'its hash is not known'}){begun}{licence}")]
    rows += [row for lent in model.trained_on[:MOST_TOLD] for row in _lent_rows("trained on", lent)]
    if len(model.trained_on) > MOST_TOLD:
        rows.append(("trained on", f"{len(model.trained_on) - MOST_TOLD} more; --json has them all"))
    if not model.trained_on:
        rows.append(("trained on", model.told or "the ledger doesn't know"))
    return rows + [("train anew", f"{model.name}: {title} was withdrawn") for title in model.withdrawn]


def _lent_rows(name: str, lent: Lent) -> list[tuple[str, str]]:
    terms = lent.terms or (f"rights {lent.rights[:12]}" if lent.rights else "no rights file")
    withdrawn = f"; withdrawn on {lent.withdrawn}" if lent.withdrawn else ""
    how = f" ({lent.known_as})" if lent.known_as else ""
    return [(name, f"{lent.shot}{how}: {terms}{withdrawn}")]


def _frames(frames: dict[int, int]) -> str:
    from vfx_ai.media.pattern import ranges

    return f"{ranges(frames)}; most from {max(frames, key=lambda n: frames[n])}"


def _line(shot: Shot) -> str:
    tags = f"  [{', '.join(shot.tags)}]" if shot.tags else ""
    withdrawn = "  WITHDRAWN" if shot.withdrawn else ""
    return f"{shot.kind}, {shot.first}-{shot.last}, {shot.width}x{shot.height}{tags}{withdrawn}"


def _person(name: str, consents: tuple[str, ...], shots: tuple[str, ...]) -> str:
    return f"{name} consented to {', '.join(consents) or 'nothing'}{_in(shots)}"


def _in(shots: tuple[str, ...]) -> str:
    return f" in {', '.join(shots)}" if shots else ""


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:MOST_TOLD]) + (f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else "")


def _plain(rights: Rights) -> dict[str, Any]:
    return {**asdict(rights), "sha256": rights.identity}
