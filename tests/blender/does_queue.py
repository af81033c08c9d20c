"""What a Blender does for the tests with the queue: jobs in line, cancelled, gone on elsewhere; and its timer."""

import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import bpy
from driving import asked, enable, part, pumped, refused, rows, save


def stand_in(folder, worker):
    """With a worker that does what the plate's name says: cancelled, failed, killed, gone on elsewhere."""
    preferences = enable()
    preferences.command = worker
    save(folder)
    settings, jobs = asked(), part("jobs")
    matte = bpy.data.images.load(str(Path(folder) / "matte.exr"))
    settings.source, settings.matte, settings.matte_image = "FILE", "IMAGE", matte
    told = {}

    settings.source_file = str(Path(folder) / "asks.exr")
    bpy.ops.vfx_ai.inpaint(wait=False)
    job = jobs.JOBS[-1]
    told["runs"] = pumped(job, lambda one: one.state == "RUNNING")
    told["twice"] = refused(bpy.ops.vfx_ai.inpaint, wait=False)
    bpy.ops.vfx_ai.cancel()
    told["cancelled"] = pumped(job, lambda one: one.over) and job.state  # else it would run for ever
    told["resumes"] = bpy.ops.vfx_ai.resume.poll()

    told.update(_in_line(folder))

    # The file is closed and opened while the job goes on.
    bpy.ops.vfx_ai.inpaint(wait=False)
    job = jobs.JOBS[-1]
    pumped(job, lambda one: one.state == "RUNNING")
    bpy.ops.wm.save_mainfile()
    file = bpy.data.filepath
    bpy.ops.wm.read_homefile(use_empty=True)
    told["elsewhere"] = rows()
    bpy.ops.wm.open_mainfile(filepath=file)
    told["back"] = jobs.JOBS[-1] is job and job.state == "RUNNING" and not job.elsewhere
    bpy.ops.vfx_ai.cancel(every=True)
    pumped(job, lambda one: one.over)
    bpy.ops.vfx_ai.clear_queue()
    bpy.ops.wm.save_mainfile()

    # Begun, not saved, and the file opened again; then over while another one is open.
    bpy.ops.vfx_ai.inpaint(wait=False)
    job = jobs.JOBS[-1]
    pumped(job, lambda one: one.state == "RUNNING")
    bpy.ops.wm.open_mainfile(filepath=file)
    told["reverted"] = [job] == jobs.JOBS and job.state == "RUNNING" and not job.elsewhere
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.vfx_ai.cancel(every=True)
    pumped(job, lambda one: one.over)
    bpy.ops.wm.read_homefile(use_empty=True)
    told["gone from there"] = rows()
    bpy.ops.wm.open_mainfile(filepath=file)
    told["over meanwhile"] = [job] == jobs.JOBS and job.state == "STOPPED" and not job.elsewhere

    settings = asked()
    settings.source_file = str(Path(folder) / "fails.exr")
    told["failed"] = refused(bpy.ops.vfx_ai.inpaint)
    output, jobs.JOBS[-1].made_of["source"] = jobs.JOBS[-1].output, "/another/fails.exr"
    told["of another shot"] = refused(bpy.ops.vfx_ai.inpaint)
    assert jobs.JOBS[-1].output == output
    settings.source_file = str(Path(folder) / "killed.exr")
    told["killed"] = refused(bpy.ops.vfx_ai.inpaint)
    pumped(job, lambda _job: not part("starting").asking())
    told["kinds"] = {offer.kind: getattr(bpy.ops.vfx_ai, name).poll() for name, offer in part("offers").OFFERS.items()}
    told["says"] = part("starting").says()
    settings.grain = "keep"
    part("starting").says()["fields"]["inpaint"].remove("grain")
    told["older"] = refused(bpy.ops.vfx_ai.inpaint)
    part("starting").close()
    return told


def _in_line(folder):
    """Jobs behind one that runs: a mask to be drawn waits for it, a preview doesn't."""
    jobs, told = part("jobs"), {}
    bpy.ops.vfx_ai.inpaint(wait=False)
    first = jobs.JOBS[-1]
    fields = first.steps[-1]["fields"]
    mask = bpy.data.masks.new("roto")
    mask.layers.new(name="layer").splines.new().points.add(3)
    drawn = part("background").mask(mask, str(Path(folder) / "drawn" / "mask.####.exr"), 1, 1, 0, (16, 16))
    again = {**drawn, "file": "gone"}
    inpaint = {"do": "ask", "kind": "inpaint", "fields": {**fields, "output": str(Path(folder) / "b.exr")}}
    look = {"do": "preview", "kind": "preview", "fields": fields, "frame": 1, "file": str(Path(folder) / "p.exr")}
    second = jobs.add(jobs.Job(title="second", output="b", steps=[drawn, inpaint]))
    third = jobs.add(jobs.Job(title="third", output="c", steps=[drawn, look]))
    fourth = jobs.add(jobs.Job(title="fourth", output="d", steps=[look]))
    jobs.JOBS.insert(0, jobs.JOBS.pop(jobs.JOBS.index(second)))  # as when its file is opened while another's job runs
    pumped(first, lambda one: one.state == "RUNNING")
    told["line"] = [one.waits for one in (first, second, third, fourth)]
    told["drawn early"] = list((Path(folder) / "drawn").glob("*.exr"))
    bpy.ops.vfx_ai.choose_job(index=jobs.JOBS.index(second))
    told["picked"] = jobs.chosen() is second
    jobs.cancel(first)
    pumped(second, lambda one: one.task is not None)
    told["then"] = [first.over, not second.waits, third.waits]
    pumped(second, lambda one: one.at == 1)
    told["made for both"] = pumped(third, lambda one: not one.waits) and part("background").is_made(drawn)
    told["of something else"] = part("background").is_made({**again, "stamp": ["other"]})
    bpy.ops.vfx_ai.cancel(every=True)
    pumped(None, lambda _job: all(job.over for job in jobs.JOBS))
    jobs.forget()
    return told


class _Timers:
    """Blender's timers, which only a Blender with a window calls."""

    def __init__(self):
        self.there = []

    def is_registered(self, function):
        return function in self.there

    def register(self, function, **_more):
        self.there.append(function)

    def unregister(self, function):
        self.there.remove(function)

    def call(self):
        self.there = [function for function in self.there if function() is not None]


@contextmanager
def _no_waiting(told):
    """Where the window would stand still: what waits for something is noted down."""
    waits = told.setdefault("waits", [])
    here, before = threading.get_ident(), {}
    for where, name in ((time, "sleep"), (threading.Thread, "join"), (subprocess.Popen, "wait")):
        before[where, name] = does = getattr(where, name)

        def noted(*given, does=does, name=name, **more):
            if threading.get_ident() == here:
                waits.append(name)
            return does(*given, **more)

        setattr(where, name, noted)
    try:
        yield
    finally:
        for (where, name), does in before.items():
            setattr(where, name, does)


def idle(folder, worker):
    """Which timers run before, during and after a job, in a Blender that takes itself for one with a window."""
    preferences, timers = enable(), _Timers()
    preferences.command = worker
    save(folder)
    settings, ticking = asked(), part("ticking")
    ticking.bpy = SimpleNamespace(app=SimpleNamespace(background=False, timers=timers), context=bpy.context)
    matte = bpy.data.images.load(str(Path(folder) / "matte.exr"))
    settings.source, settings.matte, settings.matte_image = "FILE", "IMAGE", matte
    settings.source_file = str(Path(folder) / "asks.exr")
    told = {"before": len(timers.there)}
    bpy.ops.vfx_ai.inpaint(wait=False)
    job, during = part("jobs").JOBS[-1], []
    told["at once"] = len(timers.there)
    end = time.monotonic() + 400
    spent = []
    while timers.there and time.monotonic() < end:
        with _no_waiting(told):
            began = time.thread_time()
            timers.call()
            spent.append(time.thread_time() - began)
        during.append(len(timers.there))
        if job.state == "RUNNING":
            bpy.ops.vfx_ai.cancel()
        time.sleep(0.02)
    told["during"], told["over"], told["after"] = max(during), job.over, len(timers.there)
    told["spent"] = max(spent)
    bpy.ops.vfx_ai.clear_queue()
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    told["opened"] = len(timers.there)
    part("starting").close()
    return told
