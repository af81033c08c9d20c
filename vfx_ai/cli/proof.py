"""The command line of what proves a result: done again, signed, checked, disclosed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from vfx_ai.cli import options
from vfx_ai.errors import InputError, Interrupted, JobError, VerifyError
from vfx_ai.job import CHOICES
from vfx_ai.terminal.answering import answering, stoppable

Maps = Annotated[
    list[str] | None,
    typer.Option("--map", help="OLD=NEW: inputs that began with OLD begin with NEW now.", show_default=False),
]

Result = Annotated[str, typer.Argument(help="The result's pattern, its folder, or its sidecar.", show_default=False)]


def reproduce(
    sidecar: Annotated[str, typer.Argument(help="The file beside the result: clean.vfxai.json.", show_default=False)],
    out: Annotated[
        str, typer.Option("--out", "-o", help="A new folder; <stem>.again beside the sidecar.", show_default=False)
    ] = "",
    moved: Maps = None,
    frames: options.Frames = "",
    device: Annotated[str, typer.Option(help=f"{', '.join(CHOICES['device'])}; as it was made.")] = "",
    memory: options.Memory = "",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Do a result again from its sidecar, and compare the bits. Exit code 5 if a pixel differs.

    vfx-ai reproduce out/clean.vfxai.json --out again
    """
    with answering(as_json=as_json):
        pairs = tuple(_pair(one) for one in moved or ())
        from vfx_ai.terminal.console import follower
        from vfx_ai.terminal.summary_proof import refuse_unless_same, show_again

        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped", sidecar, as_json=as_json) as stop,
        ):
            from vfx_ai.again import reproduce as again

            made = again(
                Path(sidecar),
                Path(out) if out else None,
                pairs,
                frames=frames,
                device=device,
                memory=memory,
                progress=follow,
                cancelled=stop,
            )
        show_again(made, as_json=as_json, quiet=quiet)
        refuse_unless_same(made)


def sign(
    result: Result,
    certificate: Annotated[
        str, typer.Option(help="The studio's chain as PEM, the signer's own first.", show_default=False)
    ],
    key: Annotated[
        str, typer.Option(help="Its private key as PEM; password in VFX_AI_KEY_PASSWORD.", show_default=False)
    ],
    preview: Annotated[
        str, typer.Option(help="movie, picture, or a file: a signed one beside it.", show_default=False)
    ] = "",
    timestamp: Annotated[
        str, typer.Option(help="Address of a time-stamping authority; else no network.", show_default=False)
    ] = "",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Sign a result for those outside: the hash of every frame, under the studio's certificate.

    vfx-ai sign out/clean.####.exr --certificate chain.pem --key key.pem
    """
    with answering(as_json=as_json), stoppable(lambda: "stopped; nothing was signed", as_json=as_json) as stop:
        from vfx_ai.proof.signing import sign_result
        from vfx_ai.terminal.summary_proof import show_signed

        signed = sign_result(
            result, Path(certificate), Path(key), preview=preview, timestamp=timestamp, step=_step(stop)
        )
        show_signed(signed, as_json=as_json, quiet=quiet)


def verify_signature(
    result: Result,
    trust: Annotated[str, typer.Option(help="PEM of certificates that are trusted.", show_default=False)] = "",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Say whether a result is what was signed, and by whom. Exit code 5 if it isn't.

    vfx-ai verify-signature out/clean.####.exr --trust studio.pem
    """
    with answering(as_json=as_json), stoppable(lambda: "stopped", as_json=as_json) as stop:
        from vfx_ai.proof.signing import verify_signature as verified
        from vfx_ai.terminal.summary_proof import refuse_unless_signed, show_signature

        verdict = verified(result, Path(trust) if trust else None, step=_step(stop))
        show_signature(verdict, as_json=as_json, quiet=quiet)
        refuse_unless_signed(verdict, result)


def disclose(
    results: Annotated[
        list[str], typer.Argument(help="Results, or folders: all in and below them.", show_default=False)
    ],
    output: Annotated[str, typer.Option("--output", "-o", help="sheet.html or sheet.pdf.", show_default=False)],
    title: Annotated[str, typer.Option(help="Of the show, for the sheet's head.", show_default=False)] = "",
    catalogue: Annotated[
        str, typer.Option(help="The studio's catalogue, for training and consent.", show_default=False)
    ] = "",
    trust: Annotated[str, typer.Option(help="PEM of certificates that are trusted.", show_default=False)] = "",
    check: Annotated[bool, typer.Option(help="Compare all frames with their hashes.")] = True,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Write what of a shot or a show was generated, by what, trained on what, with whose consent.

    vfx-ai disclose show/out -o sheet.html --catalogue library
    """
    with answering(as_json=as_json), stoppable(lambda: "stopped; no sheet was written", as_json=as_json) as stop:
        from vfx_ai.disclosing import disclose as disclosed
        from vfx_ai.terminal.summary_proof import show_disclosed

        made = disclosed(
            tuple(results),
            Path(output),
            title=title,
            catalogue=catalogue,
            trust=Path(trust) if trust else None,
            check=check,
            step=_step(stop),
        )
        show_disclosed(made, as_json=as_json, quiet=quiet)
        if made.unread:
            path, why = next(iter(made.unread.items()))
            count = len(made.unread)
            raise InputError(
                f"{count} of its sidecars can't be read, and the sheet says so; this one: {why}", file=path
            )
        if made.changed:
            names, several = ", ".join(made.changed[:5]), len(made.changed) > 1
            which = f"{len(made.changed)} results aren't what their sidecars say" if several else "a result"
            whose = which if several else f"{which} aren't what its sidecar says"
            raise VerifyError(
                f"frames of {whose}, and the sheet says so: {names}",
                file=output,
                remedy="Do these again, or leave them out.",
            )


def _step(stop: Callable[[], bool]) -> Callable[[int, int], None]:
    """What is called between files, so that Ctrl-C ends there."""

    def step(_done: int, _total: int) -> None:
        if stop():
            raise Interrupted("stopped")

    return step


def _pair(text: str) -> tuple[str, str]:
    old, mark, new = text.partition("=")
    if not (old and mark and new):
        raise JobError(f"--map is {text!r}", remedy="Write it as OLD=NEW, e.g. --map /mnt/show=/Volumes/show.")
    return old, new
