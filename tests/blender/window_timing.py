"""How late Blender's timers come before, during and after a run; used by window_pictures.py."""

import time

import bpy
from driving import part

TICK, TOO_LATE = 0.05, 0.1  # seconds
late: dict[str, list[float]] = {"before": [], "during": [], "after": []}  # seconds by which a timer came late
ours: list[float] = []  # seconds that each of the extension's own ticks took
began = time.monotonic()


def over():
    return all(job.over for job in part("jobs").JOBS)


def measured():
    """Called every TICK seconds; how much later than that is how long the window stood still."""
    now = time.monotonic()
    phase = "during" if not over() else "after" if late["during"] else "before"
    late[phase].append(now - measured.due)
    if now - measured.due > TOO_LATE:
        doing = [f"{job.state} {job.text}" for job in part("jobs").JOBS]
        print(f"late by {(now - measured.due) * 1000:.0f} ms, {now - began:.1f} s after the start: {doing}", flush=True)
    measured.due = now + TICK
    return TICK


def watch():
    """Begin to measure."""
    measured.due = time.monotonic() + TICK
    bpy.app.timers.register(measured, first_interval=TICK)
    jobs = part("jobs")
    pump = jobs.pump

    def timed():
        began = time.monotonic()
        try:
            return pump()
        finally:
            ours.append(time.monotonic() - began)

    jobs.pump = timed

    def draw_anew():
        """What progress has Blender draw, while nothing runs: so much of the lateness is drawing alone."""
        if late["during"]:
            return None
        part("ticking").redraw()
        return 0.4

    bpy.app.timers.register(draw_anew)


def told():
    """Print what was measured."""
    for name, seconds in late.items():
        if seconds:
            worst, mean = max(seconds) * 1000, sum(seconds) / len(seconds) * 1000
            print(
                f"timer, {name} the run: {len(seconds)} ticks, late by {mean:.0f} ms, at most {worst:.0f}", flush=True
            )
    if ours:
        print(f"the extension's own ticks: {len(ours)}, the longest took {max(ours) * 1000:.1f} ms", flush=True)
