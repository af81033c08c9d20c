"""The commands `vfx-ai submit ...`: what `inpaint`, `plate clean` and `plate extend` take, for many machines."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from vfx_ai.cli import options, plate, shot
from vfx_ai.cli.matte import WithDefault
from vfx_ai.job import Job
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.terminal.answering import answering, stoppable

if TYPE_CHECKING:
    from vfx_ai.farm.submit import Submitted

FARM = "The farm"
To = Annotated[
    str, typer.Option(help="openjd, deadline (a bundle), ray or local (done at once).", rich_help_panel=FARM)
]
Bundle = Annotated[
    str, typer.Option(help="Folder for the job's files.", rich_help_panel=FARM, show_default=False, metavar="DIR")
]
Chunk = Annotated[int, typer.Option(help="Frames of a task; 0: by the estimated cost.", rich_help_panel=FARM)]
Target = Annotated[float, typer.Option(help="Seconds that a task should take.", rich_help_panel=FARM)]
Workers = Annotated[int, typer.Option(help="With local; 0: one for each GPU, else one.", rich_help_panel=FARM)]
Threads = Annotated[int, typer.Option(help="That each task computes with; 0: the machine's.", rich_help_panel=FARM)]
Program = Annotated[str, typer.Option(help="The command on the farm's machines.", rich_help_panel=FARM)]
Address = Annotated[str, typer.Option(help="Of the Ray cluster, e.g. auto.", rich_help_panel=FARM, show_default=False)]
Gpus = Annotated[
    float | None, typer.Option(help="That each of Ray's tasks gets.", rich_help_panel=FARM, show_default=False)
]
_OWN: dict[str, tuple[Any, Any]] = {
    "to": (To, "openjd"),
    "bundle": (Bundle, ""),
    "chunk": (Chunk, 0),
    "target": (Target, 600.0),
    "workers": (Workers, 0),
    "threads": (Threads, 0),
    "program": (Program, "vfx-ai"),
    "address": (Address, ""),
    "gpus": (Gpus, None),
}


class SubmitGroup(WithDefault):
    """`vfx-ai submit PLATE ...` means `vfx-ai submit inpaint PLATE ...`."""

    default_command = "inpaint"


app = typer.Typer(
    cls=SubmitGroup,
    help="A shot for many machines: analyse, fill in chunks, report. (The command inpaint may be left out.)",
    no_args_is_help=True,
)
plates = typer.Typer(help="Whole plates for many machines.", no_args_is_help=True)
app.add_typer(plates, name="plate")


def _submitting(command: Callable[..., None], made: type[Job] | type[Clean] | type[Extend]) -> Callable[..., None]:
    """A command with the options of another one, and those of the farm, that submits what the other one does."""
    hints = get_type_hints(command, include_extras=True)
    theirs = [one for one in inspect.signature(command).parameters.values() if one.name not in ("step", "dry_run")]
    names = {one.name for one in fields(made)}
    kept = [one.replace(annotation=hints[one.name]) for one in theirs]
    own = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=kind)
        for name, (kind, default) in {**_OWN, "dry_run": (options.DryRun, False)}.items()
    ]

    def submit(**given: Any) -> None:
        as_json, quiet = given.pop("as_json"), given.pop("quiet")
        for_farm = {one.name: given.pop(one.name) for one in own}
        asked = {name.rstrip("_"): value for name, value in given.items()}
        with answering(as_json=as_json):
            _submit(made(**{name: asked[name] for name in names}), for_farm, as_json=as_json, quiet=quiet)

    signature = inspect.Signature([*kept[:2], *own, *kept[2:]])
    submit.__signature__ = signature  # type: ignore[attr-defined]
    submit.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    submit.__doc__ = f"{(command.__doc__ or '').splitlines()[0].rstrip('.')}, on many machines."
    return submit


def _submit(job: Job | Clean | Extend, for_farm: dict[str, Any], *, as_json: bool, quiet: bool) -> None:
    from vfx_ai.terminal.console import follower

    with (
        follower(as_json=as_json, quiet=quiet) as follow,
        stoppable(lambda: "stopped", job.output, as_json=as_json) as stop,
    ):
        from vfx_ai.farm.submit import submit

        made: Submitted = submit(job, **for_farm, progress=follow, cancelled=stop)
    from vfx_ai.farm.telling import show_submitted

    show_submitted(made, as_json=as_json, quiet=quiet)


app.command("inpaint")(_submitting(shot.inpaint, Job))
plates.command("clean")(_submitting(plate.clean, Clean))
plates.command("extend")(_submitting(plate.extend, Extend))
