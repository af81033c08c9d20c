"""The three steps of a run as a template of Open Job Description, and the bundle that AWS Deadline Cloud takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from vfx_ai.errors import JobError, OutputError
from vfx_ai.farm.cost import Costs
from vfx_ai.farm.found import Found, spelled
from vfx_ai.media.atomic import replacing
from vfx_ai.media.output import stem_of

JOB_FILE = "job.json"
MOST_FRAMES_TEXT = 1024  # characters that a parameter may have
NOTICE_SECONDS = 30  # from the request to stop to the end: the frame that is being filled may be finished
TRIES = 2
_PATH_PARAMETERS = {"Plate": "plate", "Matte": "matte", "Output": "output", "Camera": "camera"}


def template(found: Found, costs: Costs, chunk: int, target: float, program: str, threads: int) -> dict[str, Any]:
    """The template, as what YAML is made of.

    Args:
        found: the job.
        costs: of it.
        chunk: frames of a task.
        target: seconds of a task; a scheduler that can change a chunk's size goes by it. 0: the size stays.
        program: the command on the farm's machines.
        threads: that each task computes with; 0: as the machine has it.

    Raises:
        JobError: the frames take too many words.
    """
    frames = spelled(found.frames, ":")
    if len(frames) > MOST_FRAMES_TEXT:
        raise JobError(
            f"these frames take {len(frames)} characters, and a parameter holds {MOST_FRAMES_TEXT}",
            remedy="Submit them in several parts with --frames.",
        )
    paths = _used_paths(found)
    whole = len(found.frames) == found.frames[-1] - found.frames[0] + 1
    chunks = {
        "defaultTaskCount": "{{Param.ChunkSize}}",
        "targetRuntimeSeconds": "{{Param.TargetSeconds}}",
        "rangeConstraint": "CONTIGUOUS" if whole else "NONCONTIGUOUS",
    }
    fill = {"name": "Frame", "type": "CHUNK[INT]", "range": "{{Param.Frames}}", "chunks": chunks}
    needs = _needs(found, costs)
    made: dict[str, Any] = {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": "{{Param.JobName}}",
        "description": "A shot is analysed once, its frames are filled in chunks, and a report is made.",
        "parameterDefinitions": [
            {"name": "JobName", "type": "STRING", "default": _name(found.output), "minLength": 1, "maxLength": 64},
            {
                "name": "JobFile",
                "type": "PATH",
                "objectType": "FILE",
                "dataFlow": "IN",
                "default": JOB_FILE,
                "description": "What is asked, as `vfx-ai submit` wrote it.",
            },
            *(
                {
                    "name": name,
                    "type": "PATH",
                    "objectType": "FILE",
                    "dataFlow": "NONE",
                    "default": "",
                    "description": f"The {field}, if it isn't the one that the job's file names.",
                }
                for name, field in paths.items()
            ),
            {"name": "Frames", "type": "STRING", "default": frames},
            {"name": "ChunkSize", "type": "INT", "default": chunk, "minValue": 1},
            {"name": "TargetSeconds", "type": "INT", "default": round(target), "minValue": 0},
            {"name": "Program", "type": "STRING", "default": program, "minLength": 1},
        ],
        "steps": [
            _step("Analyse", "analyse", "{{Param.Frames}}", paths, needs),
            {
                **_step("Fill", "fill", "{{Task.Param.Frame}}", paths, needs, after="Analyse"),
                "parameterSpace": {"taskParameterDefinitions": [fill]},
            },
            _step("Report", "report", "{{Param.Frames}}", paths, {}, after="Fill"),
        ],
    }
    if threads:
        variables = {"OMP_NUM_THREADS": str(threads)}
        made["jobEnvironments"] = [{"name": "Threads", "variables": variables}]
    return made


def _step(
    name: str, step: str, frames: str, paths: Mapping[str, str], needs: Mapping[str, Any], after: str = ""
) -> dict[str, Any]:
    args = ["task", "{{Param.JobFile}}", f"--step={step}", f"--frames={frames}", "--say=openjd"]
    args += ["--path-mapping={{Session.PathMappingRulesFile}}"]
    args += [f"--set={field}={{{{Param.{parameter}}}}}" for parameter, field in paths.items()]
    cancelation = {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": NOTICE_SECONDS}
    run = {"command": "{{Param.Program}}", "args": args, "cancelation": cancelation}
    made: dict[str, Any] = {"name": name}
    if after:
        made["dependencies"] = [{"dependsOn": after}]
    if needs:
        made["hostRequirements"] = {kind: [dict(one) for one in some] for kind, some in needs.items()}
    return {**made, "script": {"actions": {"onRun": run}}}


def _needs(found: Found, costs: Costs) -> dict[str, Any]:
    """What a machine must have."""
    amounts = [{"name": "amount.worker.memory", "min": -(-costs.memory // 2**20)}]
    if found.farm_job.job.device == "cuda":
        amounts.append({"name": "amount.worker.gpu", "min": 1})
    return {"amounts": amounts}


def _used_paths(found: Found) -> dict[str, str]:
    return {name: field for name, field in _PATH_PARAMETERS.items() if getattr(found.farm_job.job, field, "")}


def _name(output: str) -> str:
    return re.sub(r"[^\w.-]+", "_", f"vfx-ai_{Path(output).parent.name}_{stem_of(output)}", flags=re.ASCII)[:64]


def write_openjd(folder: Path, found: Found, made: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write template.yaml and job.json into a folder; gives their paths.

    Raises:
        OutputError: the folder holds something else, or can't be written to.
    """
    check_bundle(folder)
    files = {JOB_FILE: found.farm_job.to_json(), "template.yaml": _yaml(made)}
    return _written(folder, files)


def write_deadline(folder: Path, found: Found, made: Mapping[str, Any]) -> tuple[Path, ...]:
    """As `write_openjd`, with parameter_values.yaml and asset_references.yaml, as AWS Deadline Cloud takes them.

    Raises:
        OutputError: the folder holds something else, or can't be written to.
    """
    job = found.farm_job.job
    values = [{"name": name, "value": getattr(job, field)} for name, field in _used_paths(found).items()]
    values.append({"name": "deadline:maxRetriesPerTask", "value": TRIES})
    references = {
        "inputs": {"filenames": [str(path) for path in found.files], "directories": []},
        "outputs": {"directories": [str(Path(found.output).parent)]},
        "referencedPaths": [],
    }
    check_bundle(folder)
    files = {
        JOB_FILE: found.farm_job.to_json(),
        "template.yaml": _yaml(made),
        "parameter_values.yaml": _yaml({"parameterValues": values}),
        "asset_references.yaml": _yaml({"assetReferences": references}),
    }
    return _written(folder, files)


def check_bundle(folder: Path) -> None:
    """Refuse a bundle's folder that is in use for something else.

    Raises:
        OutputError: it is.
    """
    try:
        names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise OutputError(
            f"the bundle's folder can't be read: {error.strerror or error}", file=folder, remedy="Name another folder."
        ) from None
    if names and JOB_FILE not in names:
        raise OutputError("the folder holds something else than a bundle", file=folder, remedy="Name an empty folder.")


def _written(folder: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    for name, text in files.items():
        with replacing(folder / name) as beside:
            beside.write_text(text, encoding="utf-8")
    return tuple(folder / name for name in files)


def _yaml(data: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=110)
