"""What the commands about proof say at their end."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from vfx_ai.errors import VerifyError
from vfx_ai.proof.wording import counted, ranges
from vfx_ai.terminal.console import print_json, print_table

if TYPE_CHECKING:
    from vfx_ai.again import Again
    from vfx_ai.disclosing import Disclosed
    from vfx_ai.proof.signing import SignatureVerdict, Signed


_NAMED = 8  # of a list, on a terminal


def show_again(again: Again, *, as_json: bool, quiet: bool) -> None:
    """What came of doing a result again."""
    if as_json:
        print_json({"event": "reproduce", "passed": again.passed, **asdict(again)})
        return
    if quiet:
        return
    lost = [frame for frame, off in again.differing.items() if off is None]
    off = {frame: pixels for frame, pixels in again.differing.items() if pixels is not None}
    rows = [
        *([("identical", _frames(again.identical, "byte for byte"))] if again.identical else []),
        *([("same pixels", _frames(again.same_pixels, "the files differ otherwise"))] if again.same_pixels else []),
        *([("differing", _frames(tuple(off), f"{max(off.values()):,} pixels at most"))] if off else []),
        *([("differing", _frames(tuple(lost), "the first result isn't there to be compared"))] if lost else []),
        *(("note", one) for one in again.told),
        ("result", again.output),
        ("sidecar", again.sidecar),
    ]
    print_table(rows, title="The same pixels" if again.passed else "Not the same pixels")


def refuse_unless_same(again: Again) -> None:
    """End with what differs, if anything does.

    Raises:
        VerifyError: a pixel differs.
    """
    if not again.passed:
        frames = tuple(again.differing)
        remedy = "What is told of versions and devices may be why." if again.told else "Report this as a fault."
        raise VerifyError(
            f"{counted(len(frames), 'frame')} came out otherwise", file=again.output, frame=frames[0], remedy=remedy
        )


def show_signed(signed: Signed, *, as_json: bool, quiet: bool) -> None:
    """What was signed, and where the signature lies."""
    if as_json:
        print_json({"event": "signed", **asdict(signed)})
    elif not quiet:
        print_table(
            [
                ("covers", f"{counted(signed.frames, 'frame')}, by {signed.sidecar}"),
                ("pixels", signed.source_type),
                *([("preview", signed.preview)] if signed.preview else []),
                ("signature", signed.manifest),
            ],
            title="Signed",
        )


# What each state of a signature means, to be shown, and what to do about it.
_STATES = {
    "trusted": ("The signature is right, and its signer is trusted", ""),
    "unsure": ("The signature is right; who signed wasn't checked", "Give --trust FILE to have that checked."),
    "unknown": ("The signature is right, but nobody vouches for its signer", "Ask who it is, or give another --trust."),
    "expired": (
        "The signer's certificate is over or was called back",
        "Ask for a new signature, or one with a time stamp.",
    ),
    "broken": ("The signature is broken: what was signed was changed", "Ask for the files anew."),
}


def show_signature(verdict: SignatureVerdict, *, as_json: bool, quiet: bool) -> None:
    """What a signature is worth, and which frames aren't what was signed."""
    if as_json:
        print_json({"event": "signature", "passed": verdict.passed, **asdict(verdict)})
        return
    if quiet:
        return
    kinds: dict[str, list[int]] = {}
    for frame, why in verdict.changed.items():
        kinds.setdefault(why, []).append(frame)
    same = verdict.frames - sum(why != "isn't signed" for why in verdict.changed.values())
    rows = [
        ("signer", f"{verdict.signer or 'not named'}, certificate {verdict.serial or 'without a number'}"),
        ("pixels", verdict.source_type or "not told"),
        ("same", f"{counted(same, 'frame')} of {verdict.frames:,}"),
        *((why.removeprefix("was "), ranges(frames)) for why, frames in kinds.items()),
        *((name, why) for name, why in verdict.others.items()),
        *([("C2PA", ", ".join(verdict.why))] if verdict.why else []),
    ]
    print_table(rows, title=_STATES[verdict.state][0])


def refuse_unless_signed(verdict: SignatureVerdict, result: str) -> None:
    """End with what is wrong with a signature, if anything is.

    Raises:
        VerifyError: it is broken, expired or of an unknown signer, or a file isn't what was signed.
    """
    if verdict.state not in ("trusted", "unsure"):
        words, remedy = _STATES[verdict.state]
        raise VerifyError(words[0].lower() + words[1:], file=result, remedy=remedy)
    if verdict.changed:
        frame, why = next(iter(verdict.changed.items()))
        count = counted(len(verdict.changed), "frame")
        raise VerifyError(f"{count} not as signed; this one {why}", file=result, frame=frame, remedy="Ask for it anew.")
    if verdict.others:
        name, why = next(iter(verdict.others.items()))
        raise VerifyError(f"{name} {why}", file=result, remedy="Ask for it anew.")


def show_disclosed(made: Disclosed, *, as_json: bool, quiet: bool) -> None:
    """What a sheet says in short, and where it lies."""
    if as_json:
        shots = [{"name": s.name, "level": s.level, "pixels": s.pixels, "sidecar": s.sidecar} for s in made.sheets]
        print_json(
            {
                "event": "disclosure",
                "output": made.output,
                "generated": made.generated,
                "changed": made.changed,
                "results": shots,
                "unread": made.unread,
            }
        )
    elif not quiet:
        few = ", ".join(made.generated[:_NAMED]) + (" ..." if len(made.generated) > _NAMED else "")
        print_table(
            [
                ("results", f"{len(made.sheets):,}"),
                ("with pixels of a trained model", f"{len(made.generated):,}" + (f": {few}" if few else "")),
                ("sheet", made.output),
            ]
        )


def _frames(frames: tuple[int, ...], words: str) -> str:
    return f"{counted(len(frames), 'frame')}, {words}: {ranges(frames)}"
