"""A stand-in for Nuke: a graph, knobs, a main thread and messages, as far as the plugin touches them.

Whatever is called is checked against types-nuke's signatures; what Nuke doesn't have can't be called. Graph and knobs
may be changed by the main thread alone, as in Nuke.
"""

from __future__ import annotations

import functools
import inspect
import queue
import time
from pathlib import Path

from node_classes import CLASSES, EVERY_NODE, USER_KNOBS
from parsed import GIZMOS, ParsedNode, parse
from signatures import check, stubs
from standin_knobs import KNOBS, Enumeration, like, main_thread_only, typed_value
from standin_small import Format, FrameRanges, Menu, undo


@like("Group")
class Node:
    """A node; one with nodes within is a Group."""

    def __init__(self, nuke, kind, name, parent=None):
        self._nuke, self._kind, self._name, self._parent = nuke, kind, name, parent
        self._knobs, self._inputs, self._nodes, self._pressed = {}, {}, {}, []
        self._size, self._range, self._deleted = (72, 48), (1, 100), False
        for knob, what in {**EVERY_NODE, **CLASSES.get(kind, (0, {}))[1]}.items():
            self._add(knob, what)

    def _add(self, name, what, value=None, choices=(), label=""):
        if isinstance(what, tuple) or what == "Enumeration_Knob":
            choices = choices or what
            self._knobs[name] = Enumeration(self, name, value or choices[0], choices, label)
        elif what not in ("Tab_Knob",):
            takes = KNOBS[what]._takes
            start = {int: 0, bool: False, str: ""}.get(takes, 0.0)
            self._knobs[name] = KNOBS[what](self, name, start if value is None else value, label)

    def _alive(self):
        if self._deleted or (self._parent is not None and self._parent._deleted):
            raise ValueError("A PythonObject is not attached to a node")

    def Class(self):
        return self._kind

    def name(self):
        self._alive()
        return self._name

    def fullName(self):
        return f"{self._parent._name}.{self._name}" if self._parent else self._name

    def knob(self, p):
        return self._knobs.get(p)

    def __getitem__(self, name):
        self._alive()
        if name not in self._knobs:
            raise NameError(f"knob {name} does not exist")
        return self._knobs[name]

    def input(self, index):
        return self._inputs.get(index)

    def setInput(self, i, node):
        self._inputs[i] = node
        return True

    def node(self, s):
        return self._nodes.get(s)

    def nodes(self):
        return list(self._nodes.values())

    def firstFrame(self):
        return self._knobs["first"].value() if self._kind == "Read" else self._range[0]

    def lastFrame(self):
        return self._knobs["last"].value() if self._kind == "Read" else self._range[1]

    def format(self):
        return Format(*self._size)

    def _made_of(self, parts: list[ParsedNode]):
        """Become what a gizmo's file says."""
        top, *rest = parts
        for user in top.users:
            kind, value = USER_KNOBS[user.number], top.knobs.get(user.name)
            typed = typed_value(kind, value if value is not None else user.text or None)
            self._add(user.name, kind, typed, user.choices, user.label)
        for part in rest:
            self._nodes[part.name] = one = Node(self._nuke, part.kind, part.name, self)
            one._inputs = {index: self._nodes[name] for index, name in enumerate(part.inputs)}
            for name, value in part.knobs.items():
                knob = one._knobs[name]
                if value.startswith("{"):
                    knob._value = value.strip("{}").strip('"')  # an expression
                elif isinstance(knob, Enumeration):
                    knob.setValue(value)
                else:
                    knob._value = typed_value(type(knob).__name__, value)
        return self


class Nuke:
    """The module: its functions are checked; what begins with an underscore is for tests."""

    def __init__(self, script: Path | str = "", *, interface=True):
        self.GUI, self.NUM_CPUS, self.EXE_PATH = interface, 2, "Nuke"
        assert {"GUI", "NUM_CPUS", "EXE_PATH"} <= stubs().names
        self.Undo = undo()  # before any knob is set
        self._script, self._view, self._frame, self._this = str(script), "main", 1, None
        self._messages, self._menus, self._paths, self._tasks, self._background = [], [], [], [], []
        self._launches = True
        self._told_before = []  # what Writes said that this Nuke does before it renders
        self._rendered_views = []  # of each render
        self._recorded = []  # knobs whose change a user could take back
        self._offered, self._chosen = None, None
        self._calls: queue.SimpleQueue = queue.SimpleQueue()
        self._listeners, self._nodes = [], {}
        self._root = Node(self, "Root", self._script or "Root")
        self._root._add("proxy", "Boolean_Knob")
        self._root._add("name", "File_Knob", self._script)
        self._root._add("colorManagement", ("Nuke", "OCIO"))
        self.FrameRanges, self.Node = FrameRanges, Node
        self.ProgressTask = self._progress_task()
        for name, does in inspect.getmembers(type(self), inspect.isfunction):
            if not name.startswith("_"):
                assert stubs().functions[name], f"Nuke has no function {name}"
                setattr(self, name, functools.partial(self._call, name, does))

    def _call(self, name, does, *args, **more):
        check(stubs().functions[name], name, args, more)
        return does(self, *args, **more)

    # What the plugin calls.

    def root(self):
        return self._root

    def thisView(self):
        return self._view

    def thisNode(self):
        return self._this

    def frame(self):
        return self._frame

    def message(self, prompt):
        main_thread_only()
        self._messages.append(prompt)

    def choice(self, title, prompt, options, default=0):
        main_thread_only()
        self._offered = (options, default)
        return self._chosen

    def createNode(self, typ):
        gizmo = next((path for path in GIZMOS if path.stem == typ), None)
        name = f"{typ}{1 + sum(one.startswith(typ) for one in self._nodes)}"
        node = Node(self, "Group" if gizmo else typ, name)
        self._nodes[name] = node
        return node._made_of(parse(gizmo)) if gizmo else node

    def toNode(self, s):
        return self._nodes.get(s)

    def pluginAddPath(self, args):
        self._paths.append(args)

    def menu(self, name):
        return Menu(self._menus, name)

    def execute(self, nameOrNode, start, end, incr=1, views=()):
        main_thread_only()
        assert incr == 1 and len(views) == 1, "of a stereo script all views would go into one file"
        self._rendered_views.append(*views)
        write = nameOrNode
        assert not write["disable"].value() and not self._root["proxy"].value()
        self._told_before.append(write["beforeRender"].value())
        for frame in range(start, end + 1):
            self._write(write, frame)

    def executeBackgroundNuke(self, exe_path, nodes, frameRange, views, limits):
        (write,) = nodes
        assert not write["disable"].value() and not self._root["proxy"].value() and len(views) == 1
        self._rendered_views.append(*views)
        if not self._launches:
            return -1
        self._background.append((write, frameRange.toFrameList()))
        return len(self._background)

    def addAfterBackgroundRender(self, call):
        self._listeners.append(call)

    def executeInMainThread(self, call, args=()):
        self._calls.put((call, args, None))

    def executeInMainThreadWithResult(self, call, args=()):
        answer: queue.SimpleQueue = queue.SimpleQueue()
        self._calls.put((call, args, answer))
        return answer.get()

    # What tests do.

    def _progress_task(self):
        shown = self._tasks

        @like("ProgressTask")
        class ProgressTask:
            def __init__(self, title):
                self._title, self._messages, self._cancelled = title, [], False
                shown.append(self)

            def setMessage(self, text):
                self._messages.append(text)

            def setProgress(self, done):
                assert isinstance(done, int) and 0 <= done <= 100

            def isCancelled(self):
                return self._cancelled

        return ProgressTask

    def _spin(self, until, seconds=120):
        """Be Nuke's main thread until something is so."""
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "it takes too long"
            try:
                call, args, answer = self._calls.get(timeout=0.05)
            except queue.Empty:
                continue
            result = call(*args)
            if answer is not None:
                answer.put(result)

    def _press(self, node, knob):
        """Press a button of a node."""
        self._this = node
        node[knob].execute()

    def _run(self, script, _node):
        exec(compile(script, "a button", "exec"), {"nuke": self})

    def _worked_out(self, text, node):
        """Nuke's expressions in a file's name, of those that we write."""
        folder = self._script.rpartition("/")[0] or "."
        text = text.replace("[file dirname [value root.name]]", folder).replace("[value name]", node._name)
        assert "[" not in text.replace("\\[", ""), text
        return text.replace("\\", "") if "\\[" in text else text

    def _write(self, write, frame):
        """Write a frame of what comes into a Write within: a copy of the file that the node before the group has."""
        group = write._parent
        source = group.input(int(write.input(0)["number"].value()))
        target = Path(frame_of(write["file"].getEvaluatedValue(), frame))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(frame_of(source._file, frame)).read_bytes())


def frame_of(pattern, frame):
    return pattern.replace("####", f"{frame:04d}")
