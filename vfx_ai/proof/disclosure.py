"""The disclosure sheet: what of a shot was generated, by what, trained on what, with whose consent.

Every statement names the file that says so. What files can't say is asked of a person, and left open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfx_ai.proof.sidecar import SUFFIX, Sidecar
from vfx_ai.proof.source_type import EDITS
from vfx_ai.proof.wording import counted, percent, ranges

DONE = {
    "inpaint": "Something was taken out of a shot, and the place filled",
    "plate_clean": "What moves by itself was taken out of a shot, and the places filled",
    "plate_extend": "The picture was made wider, and what lies beyond its old edge filled",
    "edit": "What a shot shows was changed by a model",
    "plate_generate": "A new plate was made from references",
    "plate_by_model": "A new plate was made by a model",
    "plate_loop": "A shot was made a loop",
}
KIND_WORDS = {
    "real": "from other frames of the shot",
    "patch": "texture of the shot itself or its references",
    "painted": "painted by a person",
    "generated": "made by a trained model",
    "smooth": "a smooth surface, computed",
}
# What guidelines of streamers and guilds ask, and no file of a result can answer; docs/proof.md says who asks it.
OPEN = (
    "Is a recognisable person, or their voice, in a generated area? If so: whose written consent is there?",
    "Was a performance changed, beyond what is done for cosmetics, continuity or effects?",
    "Does a generated area show a character, place or object that matters to the story?",
    "Does it resemble somebody else's protected work?",
    "Is this material temporary, or in the final delivery? If final: who approved it in writing, and when?",
)


@dataclass(frozen=True)
class Line:
    """One statement: what about, what is so, and the file that says so."""

    about: str
    says: str
    told_by: str


@dataclass(frozen=True)
class Part:
    """A question, and the lines that answer it."""

    question: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """One shot.

    Attributes:
        name: of the result.
        level: "generated" (a trained model made pixels), "made" (pixels are computed or moved, by no trained model),
            "real" (all pixels are of the shot itself), "none" (nothing was changed) or "unread" (nothing is known).
        headline: that in a sentence.
        parts: questions and answers.
        sidecar: the file, from the root of its disk.
        sha256: of the sidecar.
        pixels: that were made, by kind.
        changed: how many frames aren't what the sidecar says, so that nothing said here holds for them.
    """

    name: str
    level: str
    headline: str
    parts: tuple[Part, ...]
    sidecar: str
    sha256: str
    pixels: dict[str, int]
    changed: int = 0


@dataclass(frozen=True)
class Beside:
    """What else is known of a shot than its sidecar says.

    Attributes:
        frames: whether its files are what the sidecar says, with the file that told.
        signature: what its signature is worth, likewise.
        models, consent: lines from the studio's ledger; empty: it wasn't asked.
        ledger: whether it was asked.
        changed: how many frames aren't what the sidecar says.
    """

    frames: Line
    signature: Line
    models: tuple[Line, ...] = ()
    consent: tuple[Line, ...] = ()
    ledger: bool = False
    changed: int = 0


def sheet_of(known: Sidecar, sidecar: Path, sha256: str, beside: Beside) -> Sheet:
    """The sheet of one shot.

    Args:
        known, sidecar: what is known of it, and the file that says so.
        sha256: of that file.
        beside: what other files say.
    """
    made, name = known.made, sidecar.name
    total = sum(made.values())
    level, headline = _level(known)
    if beside.changed:
        headline = f"{counted(beside.changed, 'frame')} not as told: nothing below holds for them. {headline}"
    generated = made["generated"]
    what = [
        Line("What was done", DONE.get(known.kind, known.kind), name),
        Line("Frames", f"{len(known.frames):,}: {ranges(frame.frame for frame in known.frames)}", name),
        Line("Pixels that were made", f"{total:,} in all frames; all others are the plate's", name),
        *(
            Line(f"– {KIND_WORDS[kind]}", f"{count:,}, {percent(count, total)}", name)
            for kind, count in made.items()
            if count or kind == "generated"
        ),
    ]
    if generated:
        hit = [f.frame for f in known.frames if f.by_source.get("3") or f.by_source.get("4")]
        what.append(Line("Frames with pixels of a trained model", f"{len(hit):,}: {ranges(hit)}", name))
        own, foundation = (sum(f.by_source.get(source, 0) for f in known.frames) for source in ("3", "4"))
        what.append(Line("– by a model of the shot or the studio", f"{own:,}, {percent(own, total)}", name))
        what.append(Line("– by a foundation model", f"{foundation:,}, {percent(foundation, total)}", name))
    by = [
        Line(
            "Program", f"vfx-ai {known.versions.get('vfx-ai', '')}, engine {known.engine.get('name', 'not told')}", name
        ),
        Line("Where", f"on {known.device or 'a device that is not told'}, {known.machine or 'system not told'}", name),
        *_models(known, name),
    ]
    check = (
        beside.frames,
        beside.signature,
        Line("By hand", f"SHA-256 of the sidecar: {sha256}", name),
        Line("Done again", f"vfx-ai reproduce {name} makes the same frames and compares their bits", name),
    )
    parts = (
        Part("What was generated?", tuple(what)),
        Part("By what?", tuple(by)),
        Part("Trained on what?", _trained(known, beside, name)),
        Part("With whose consent?", _consent(known, beside, name)),
        Part("How to check it?", check),
    )
    return Sheet(
        name.removesuffix(SUFFIX), level, headline, parts, str(sidecar.absolute()), sha256, made, beside.changed
    )


def _level(known: Sidecar) -> tuple[str, str]:
    made, total = known.made, sum(known.made.values())
    if made["generated"]:
        share = percent(made["generated"], total)
        return "generated", f"A trained model made pixels of this shot: {share} of those that were changed."
    if not total:
        return "none", "Nothing was changed in these frames."
    if made["patch"] or made["smooth"]:
        share = percent(made["patch"] + made["smooth"], total)
        return "made", f"No trained model made a pixel. {share} of the changed ones are computed from the shot itself."
    return "real", "No trained model made a pixel. All changed ones are the shot's own, or painted."


def _models(known: Sidecar, name: str) -> Iterable[Line]:
    if not known.models:
        words = "the sidecar names none" if known.made["generated"] else "none"
        return [Line("Models", words, name)]
    return [Line("Model", _model_words(model), name) for model in known.models]


def _model_words(model: dict[str, Any]) -> str:
    words = [str(model.get("name") or "without a name")]
    for key, label in (("version", "version"), ("licence", "licence"), ("sha256", "SHA-256"), ("source", "from")):
        if model.get(key):
            words.append(f"{label} {model[key]}")
    return ", ".join(words)


def _trained(known: Sidecar, beside: Beside, name: str) -> tuple[Line, ...]:
    if beside.models:
        return beside.models
    told = [
        Line(str(model.get("name", "model")), str(model["trained_on"]), name)
        for model in known.models
        if model.get("trained_on")
    ]
    if told:
        return tuple(told)
    if known.models or known.made["generated"]:
        return (Line("Not known", "no file here says what the model was trained on", name),)
    return (Line("Nothing", "no trained model made a pixel", name),)


def _consent(known: Sidecar, beside: Beside, name: str) -> tuple[Line, ...]:
    read = [
        Line(f"Footage read as {one.field}", f"{counted(len(one.files), 'file')}, {_place(one.spec)}", name)
        for one in known.inputs
    ]
    if beside.consent:
        return (*read, *beside.consent)
    if known.rights:
        return (*read, *(Line(str(key), str(value), name) for key, value in sorted(known.rights.items())))
    asked = "the ledger has no entry for it" if beside.ledger else "no catalogue was asked (--catalogue)"
    return (*read, Line("Rights", f"not known: {asked}", name))


def _place(spec: str) -> str:
    """The last two names of a path: enough to know it by, and not the whole of a studio's disk."""
    return "/".join(Path(spec.replace("\\", "/")).parts[-2:])


def totals(sheets: Sequence[Sheet]) -> tuple[Line, ...]:
    """What holds for a whole show, each with the files that it is summed from."""
    made = {kind: sum(sheet.pixels[kind] for sheet in sheets) for kind in EDITS}
    total, count = sum(made.values()), len(sheets)
    hit = [sheet.name for sheet in sheets if sheet.level == "generated"]
    told = f"the {counted(count, 'sidecar')} below"
    unread = sum(sheet.level == "unread" for sheet in sheets)
    named = f": {', '.join(hit[:12])}{' ...' if len(hit) > 12 else ''}" if hit else ""
    return (
        Line(
            "Results",
            f"{count:,}" + (f", {unread:,} of them with a sidecar that can't be read" if unread else ""),
            told,
        ),
        Line("With pixels of a trained model", f"{len(hit):,}{named}", told),
        *(
            Line(KIND_WORDS[kind], f"{pixels:,} pixels, {percent(pixels, total)} of those that were made", told)
            for kind, pixels in made.items()
        ),
    )


def page_html(title: str, sheets: Sequence[Sheet], written: str) -> str:
    """All sheets as one page that asks nothing of the network; every word from a file is escaped.

    Args:
        title: of the show or shot.
        sheets: a sheet each.
        written: when, as text.
    """
    from vfx_ai.proof.pages import rendered

    values = {"title": title, "sheets": sheets, "totals": totals(sheets), "open": OPEN, "written": written}
    return rendered("vfx_ai.proof", "disclosure.html.j2", values)
