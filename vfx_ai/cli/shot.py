"""The command line of one shot: inpaint, verify, camera; and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from vfx_ai.cli import options, proof
from vfx_ai.errors import JobError, ResourceError
from vfx_ai.job import Event, Job, Missing, Step, check_choices, check_matte
from vfx_ai.terminal.answering import answering, stoppable


def inpaint(
    plate: options.Plate,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where results go, e.g. out/clean.####.exr.", show_default=False)
    ],
    matte: options.Matte = "",
    matte_channel: options.MatteChannel = "",
    matte_objects: options.MatteObjects = "",
    matte_layer: options.MatteLayer = "",
    matte_invert: options.MatteInvert = False,
    matte_grow: options.MatteGrow = "0",
    frames: options.Frames = "",
    sample: options.Sample = 0,
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    engine: options.Engine = "auto",
    blend: options.Blend = 0,
    grain: options.Grain = "match",
    detail: options.Detail = None,
    painted: options.Painted = "",
    model: options.Model = "",
    prompt: options.Prompt = "",
    negative: options.Negative = "",
    strength: options.Strength = 1.0,
    seed: options.Seed = 1,
    lora: options.Lora = "",
    reference: options.Reference = "",
    use: options.Use = "commercial",
    policy: options.Policy = "",
    models_dir: options.ModelsDir = "",
    camera: options.CameraFile = "",
    focal: options.Focal = "",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    effects: options.Effects = False,
    layers: options.LayerNames = "",
    ids: options.Ids = "nearest",
    aovs: options.Aovs = True,
    keep_compression: options.KeepCompression = False,
    force: options.Force = False,
    exposure: options.Exposure = "auto",
    step: options.Step = "all",
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Take an object out of a sequence.

    vfx-ai inpaint shot/plate.####.exr --matte shot/matte.####.exr -o out/clean.####.exr
    """
    with answering(as_json=as_json):
        check_choices(step=step)
        job = Job(
            plate=plate,
            matte=matte,
            output=output,
            frames=frames,
            sample=sample,
            missing=cast(Missing, missing),
            layer=layer,
            colorspace=colorspace,
            exposure=exposure,
            matte_channel=matte_channel,
            matte_objects=matte_objects,
            matte_layer=matte_layer,
            matte_invert=matte_invert,
            matte_grow=matte_grow,
            engine=engine,
            blend=blend,
            grain=grain,
            detail=detail,
            painted=painted,
            model=model,
            prompt=prompt,
            negative=negative,
            strength=strength,
            seed=seed,
            lora=lora,
            reference=reference,
            use=use,
            policy=policy,
            models_dir=models_dir,
            camera=camera,
            focal=focal,
            device=device,
            memory=memory,
            effects=effects,
            layers=layers,
            ids=ids,
            aovs=aovs,
            keep_compression=keep_compression,
            force=force,
        )
        if dry_run:
            _plan(job, as_json=as_json)
        else:
            _run(job, cast(Step, step), as_json=as_json, quiet=quiet)


def verify(
    plate: options.Plate,
    result: Annotated[
        str, typer.Argument(help="What inpaint wrote; a result alone: check its signature.", show_default=False)
    ] = "",
    matte: Annotated[str, typer.Argument(help="The matte; none: --matte-channel of the plate.")] = "",
    matte_channel: options.MatteChannel = "",
    matte_objects: options.MatteObjects = "",
    matte_layer: options.MatteLayer = "",
    matte_invert: options.MatteInvert = False,
    matte_grow: options.MatteGrow = "0",
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    layers: options.LayerNames = "",
    colorspace: options.ColorSpace = "",
    effects: options.Effects = False,
    trust: Annotated[
        str, typer.Option(help="For a result alone: PEM of certificates that are trusted.", show_default=False)
    ] = "",
    as_json: options.AsJson = False,
) -> None:
    """Compare a result with its plate, bit for bit outside the matte. Exit code 5 if it differs.

    A signed result alone is compared with what was signed, as by verify-signature.
    """
    if not result:
        compared = (matte_channel, matte_objects, matte_layer, matte_invert, matte_grow, missing, layer, layers)
        others = (*compared, colorspace, effects) != ("", "", "", False, "0", "error", "RGB", "", "", False)
        _signature_alone(plate, trust, others=others, as_json=as_json)
        return
    with answering(as_json=as_json):
        if trust:
            raise JobError("--trust belongs to a result alone", remedy="Leave it out, or name the result alone.")
        check_matte(matte, matte_channel, matte_objects, matte_layer)
        with stoppable(lambda: "stopped", as_json=as_json):
            from vfx_ai.proof.verify_shot import verify_sequences

            verdicts = verify_sequences(
                plate,
                result,
                matte,
                channel=matte_channel,
                objects=matte_objects,
                objects_layer=matte_layer,
                invert=matte_invert,
                grow=matte_grow,
                layer=layer,
                layers=layers,
                missing=missing,
                colorspace=colorspace,
                effects=effects,
            )
        from vfx_ai.terminal.summary import not_identical, show_verdicts

        show_verdicts(verdicts, as_json=as_json)
        bad = [verdict.frame for verdict in verdicts if verdict.differing or verdict.findings]
        if bad or not verdicts:
            raise not_identical(bad, result)


def _signature_alone(result: str, trust: str, *, others: bool, as_json: bool) -> None:
    with answering(as_json=as_json):
        if others:
            raise JobError(
                "options of a comparison were given, and no result to compare",
                remedy="Name both, and the matte: vfx-ai verify PLATE RESULT MATTE; or the result alone, and --trust.",
            )
        from vfx_ai.proof.sidecar import sidecar_of
        from vfx_ai.proof.signature import manifest_of

        if not Path(result).is_dir() and not manifest_of(sidecar_of(result)).is_file() and not result.endswith(".json"):
            raise JobError(
                "no result was named to compare it with, and it isn't signed",
                file=result,
                remedy="Name both, and the matte: vfx-ai verify PLATE RESULT MATTE.",
            )
    proof.verify_signature(result, trust, as_json=as_json)


def solve_camera(
    plate: options.Plate,
    output: Annotated[
        str, typer.Option("--output", "-o", help="The file: .chan, .usd, .usda, .usdc or .json.", show_default=False)
    ],
    matte: options.Matte = "",
    matte_channel: options.MatteChannel = "",
    matte_objects: options.MatteObjects = "",
    matte_layer: options.MatteLayer = "",
    matte_invert: options.MatteInvert = False,
    matte_grow: options.MatteGrow = "0",
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    camera: options.CameraFile = "",
    focal: options.Focal = "",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Solve the camera of a shot, and write it for Nuke, Blender, Houdini or Maya. With --camera: convert a file."""
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower
        from vfx_ai.terminal.summary import show_matchmove

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.matchmove import matchmove

            made = matchmove(
                plate,
                output,
                matte,
                matte_channel=matte_channel,
                matte_objects=matte_objects,
                matte_layer=matte_layer,
                matte_invert=matte_invert,
                matte_grow=matte_grow,
                camera=camera,
                focal=focal,
                missing=cast(Missing, missing),
                layer=layer,
                colorspace=colorspace,
                device=device,
                memory=memory,
                progress=follow,
                cancelled=stop,
            )
        show_matchmove(made, as_json=as_json, quiet=quiet)


def doctor(as_json: options.AsJson = False) -> None:
    """Say what this machine has, and what that allows. Exit code 6 if something is missing that every run needs."""
    with answering(as_json=as_json):
        from vfx_ai.doctor import examine
        from vfx_ai.terminal.summary import show_examination

        examination = examine()
        show_examination(examination, as_json=as_json)
        if examination.missing:
            raise ResourceError(
                f"missing: {', '.join(examination.missing)}", remedy="Install vfx-ai again, in a fresh environment."
            )


def _run(job: Job, step: Step, *, as_json: bool, quiet: bool) -> None:
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.terminal.console import follower
    from vfx_ai.terminal.summary import refuse_unless_passed, show_step

    refuse_early(job)
    kept: list[int] = []
    with follower(as_json=as_json, quiet=quiet) as follow:

        def progress(event: Event) -> None:
            if event.kind == "frame" and event.frame is not None:
                kept.append(event.frame)
            follow(event)

        def last_words() -> str:
            done = f"{len(kept)} finished {'frame is' if len(kept) == 1 else 'frames are'} kept" if kept else ""
            return f"stopped{'; ' + done if done else ''}"

        with stoppable(last_words, job.output, as_json=as_json) as stop:
            from vfx_ai.run import run

            report = run(job, progress, stop, step=step)
    show_step(report, step, as_json=as_json, quiet=quiet)
    refuse_unless_passed(report)


def _plan(job: Job, *, as_json: bool) -> None:
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.terminal.summary import show_plan

    refuse_early(job)
    with stoppable(lambda: "stopped", as_json=as_json):
        from vfx_ai.run import plan

        planned = plan(job)
    show_plan(planned, as_json=as_json)
