"""Keeps jobs going: a thread that has the main one look at them; without an interface, a loop that prints."""

import threading
import time
from typing import Dict, List

import nuke

from vfx_ai_nuke import following, jobs, questions

TICK_SECONDS = 0.25
PRINT_SECONDS = 2.0
STOP_SECONDS = 3.0  # in which a job that is cancelled is mostly over
# Panels that show the queue; while there are any, no ProgressTask is needed.
PANELS: List[object] = []
_lock = threading.Lock()  # of the thread's end and beginning: what is asked between both must not be left
_thread: List[threading.Thread] = []


def keep_going() -> None:
    """See to it that jobs go on, and come back at once."""
    with _lock:
        if not _thread or not _thread[0].is_alive():
            _thread[:] = [threading.Thread(target=_run, name="vfx-ai jobs", daemon=True)]
            _thread[0].start()


def wait(job: jobs.Job) -> None:
    """Wait until a job is over, and print how far it is; of a worker that died also the last lines of its log.

    Whatever ends the waiting, Ctrl-C for one, ends the job as well.

    Raises:
        RuntimeError: it failed; the message is the user's.
    """
    try:
        _follow(job)
    except BaseException:
        _stop(job)
        raise
    if job.last:
        print(f"{job.title}: the last lines of the worker's log:", *job.last, sep="\n", flush=True)
    if job.state == "failed":
        raise RuntimeError(f"{job.title}: {job.text}")


def _follow(job: jobs.Job) -> None:
    """Print how far a job is until it is over."""
    told, at = "", 0.0
    while not job.over:
        jobs.pump()
        if job.text != told and (time.monotonic() - at > PRINT_SECONDS or job.over):
            told, at = job.text, time.monotonic()
            print(f"{job.title}: {told}", flush=True)
        time.sleep(0.05)
    if job.text != told:
        print(f"{job.title}: {job.text}", flush=True)


def _stop(job: jobs.Job) -> None:
    """Cancel a job, and take note of its end: nobody will look at it later."""
    jobs.cancel(job)
    until = time.monotonic() + STOP_SECONDS
    while not job.over and time.monotonic() < until:
        jobs.pump()
        time.sleep(0.05)
    if not job.over:
        following.end(job, "cancelled", "stopped")


def _run() -> None:
    """The thread. Only the main one touches nodes."""
    tasks: Dict[jobs.Job, nuke.ProgressTask] = {}
    shows = True
    while True:
        nuke.executeInMainThreadWithResult(jobs.pump)
        try:
            if shows:
                _show(tasks)
        except Exception:  # a bar that can't be shown must not keep jobs from going on
            import traceback

            traceback.print_exc()
            tasks.clear()
            shows = False
        for answer in questions.taken():
            nuke.executeInMainThread(answer)
        for job in list(jobs.JOBS):
            if job.alert:
                nuke.executeInMainThread(nuke.message, (job.alert,))
                job.alert = ""
        with _lock:
            if not jobs.left() and not questions.left():
                tasks.clear()
                _thread.clear()
                return
        time.sleep(TICK_SECONDS)


def _show(tasks: "Dict[jobs.Job, nuke.ProgressTask]") -> None:
    """One ProgressTask for each job that works while no panel shows it; dropped ones disappear."""
    for job in list(tasks):
        if job.over or PANELS:
            del tasks[job]
    if PANELS:
        return
    for job in list(jobs.JOBS):
        if job.over or (job.state == "waiting" and job not in tasks):
            continue
        task = tasks.get(job) or tasks.setdefault(job, nuke.ProgressTask(job.title))
        task.setMessage(job.text)
        task.setProgress(int(100 * job.done / job.total) if job.total else 0)
        if task.isCancelled():
            nuke.executeInMainThread(jobs.cancel, (job,))
            del tasks[job]
