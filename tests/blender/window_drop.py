"""Drops a file onto an open window of Blender, as a file manager does (X11 alone; no Python package is needed):

    python3 tests/blender/window_drop.py FILE X Y

X and Y are the place on the screen. It ends with 0 once Blender has taken the file.
"""

import ctypes as c
import sys
import time
from ctypes.util import find_library
from pathlib import Path

FILE, X, Y = Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
VERSION, SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 5, 30, 31, 33
SECONDS = 60
Id = c.c_ulong

x = c.CDLL(find_library("X11") or "libX11.so.6")
x.XOpenDisplay.restype = c.c_void_p
for name in ("XDefaultRootWindow", "XCreateSimpleWindow", "XInternAtom"):
    getattr(x, name).restype = Id


class Message(c.Structure):
    _fields_ = [
        *(("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p)),
        *(("window", Id), ("message_type", Id), ("format", c.c_int), ("data", c.c_long * 5)),
    ]


class Request(c.Structure):
    _fields_ = [
        *(("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p)),
        *(("owner", Id), ("requestor", Id), ("selection", Id), ("target", Id), ("property", Id), ("time", Id)),
    ]


class Answer(c.Structure):
    _fields_ = [
        *(("type", c.c_int), ("serial", c.c_ulong), ("send_event", c.c_int), ("display", c.c_void_p)),
        *(("requestor", Id), ("selection", Id), ("target", Id), ("property", Id), ("time", Id)),
    ]


class Event(c.Union):
    _fields_ = [
        *(("type", c.c_int), ("message", Message), ("request", Request)),
        *(("answer", Answer), ("room", c.c_long * 24)),
    ]


display = c.c_void_p(x.XOpenDisplay(None))
root = x.XDefaultRootWindow(display)
mine = x.XCreateSimpleWindow(display, Id(root), 0, 0, 1, 1, 0, Id(0), Id(0))


def atom(name):
    return x.XInternAtom(display, name.encode(), 0)


def takes_drops(window):
    """The window, or one within it, that says that files may be dropped on it."""
    kind, form, count, left, data = Id(), c.c_int(), c.c_ulong(), c.c_ulong(), c.c_void_p()
    asked = (display, Id(window), Id(atom("XdndAware")), c.c_long(0), c.c_long(1), 0, Id(0))
    x.XGetWindowProperty(*asked, c.byref(kind), c.byref(form), c.byref(count), c.byref(left), c.byref(data))
    if kind.value:
        return window
    above, parent, within, many = Id(), Id(), c.POINTER(Id)(), c.c_uint()
    x.XQueryTree(display, Id(window), c.byref(above), c.byref(parent), c.byref(within), c.byref(many))
    return next(filter(None, (takes_drops(within[index]) for index in range(many.value))), 0)


def say(target, name, *data):
    event = Event()
    event.message.type, event.message.window, event.message.format = CLIENT_MESSAGE, target, 32
    event.message.message_type = atom(name)
    event.message.data = (c.c_long * 5)(*data, *[0] * (5 - len(data)))
    x.XSendEvent(display, Id(target), 0, c.c_long(0), c.byref(event))
    x.XFlush(display)


def hand_over(request):
    """The file's name, as whoever asks wants it."""
    text = f"{FILE.as_uri()}\r\n".encode()
    about = (display, Id(request.requestor), Id(request.property), Id(request.target), 8, 0, text, len(text))
    x.XChangeProperty(*about)
    event = Event()
    for field in ("requestor", "selection", "target", "property", "time"):
        setattr(event.answer, field, getattr(request, field))
    event.answer.type = SELECTION_NOTIFY
    x.XSendEvent(display, Id(request.requestor), 0, c.c_long(0), c.byref(event))
    x.XFlush(display)


def await_word(name):
    """What Blender says by that name; what it asks for meanwhile is handed over."""
    end, event = time.monotonic() + SECONDS, Event()
    while time.monotonic() < end:
        if not x.XPending(display):
            time.sleep(0.02)
            continue
        x.XNextEvent(display, c.byref(event))
        if event.type == SELECTION_REQUEST:
            hand_over(event.request)
        elif event.type == CLIENT_MESSAGE and event.message.message_type == atom(name):
            return list(event.message.data)
    raise SystemExit(f"no {name} came within {SECONDS} s")


target = takes_drops(root)
if not target:
    raise SystemExit("no window takes drops")
x.XSetSelectionOwner(display, Id(atom("XdndSelection")), Id(mine), Id(0))
say(target, "XdndEnter", mine, VERSION << 24, atom("text/uri-list"))
for step in (20, 10, 0):  # it is moved there
    say(target, "XdndPosition", mine, 0, (X - step) << 16 | (Y - step), 0, atom("XdndActionCopy"))
    told = await_word("XdndStatus")
    time.sleep(0.3)
print("Blender takes it" if told[1] & 1 else "Blender doesn't take it", flush=True)
say(target, "XdndDrop", mine, 0, 0)
await_word("XdndFinished")
