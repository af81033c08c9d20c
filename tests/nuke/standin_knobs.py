"""Knobs of the stand-in, and how its classes are held to Nuke's signatures."""

from __future__ import annotations

import functools
import threading

from signatures import check, stubs


def like(kind):
    """Check each public method of a class against that of Nuke's class, when it is defined and when it is called."""

    def checked(made):
        assert stubs().has_class(kind), f"Nuke has no class {kind}"
        for name, does in list(vars(made).items()):
            if not name.startswith("_") or name == "__getitem__":
                setattr(made, name, _checked(kind, name, does))
        return made

    return checked


def _checked(kind, name, does):
    plain = does.__func__ if isinstance(does, classmethod) else does

    @functools.wraps(plain)
    def method(self, *args, **more):
        check(stubs().method(kind, name), f"{kind}.{name}", args, more)
        return plain(self, *args, **more)

    assert stubs().method(kind, name), f"Nuke has no {kind}.{name}"
    return classmethod(method) if isinstance(does, classmethod) else method


def main_thread_only():
    assert threading.current_thread() is threading.main_thread(), "only the main thread may change the graph"


class Knob:
    """What all knobs share; values are of one type."""

    _takes: type | tuple[type, ...] = str

    def __init__(self, node, name, value, label=""):
        self._node, self._name, self._value, self._label = node, name, value, label

    def _set(self, value):
        main_thread_only()
        self._node._alive()
        assert isinstance(value, self._takes), f"{self._name} is no place for {value!r}"
        recorded(self)
        self._value = value
        return True


def recorded(knob):
    """Note that a user could take back what is done to a knob, unless Nuke was told not to."""
    nuke = knob._node._nuke
    if not nuke.Undo.disabled():
        nuke._recorded.append(knob._name)


def knob_class(kind, takes, *methods):
    """A class of knobs like Nuke's of that name, with `value` and `setValue` and further methods."""

    def value(self):
        return self._value

    def setValue(self, val):
        return self._set(val)

    def label(self):
        return self._label

    found = {"value": value, "setValue": setValue, "label": label, **{one.__name__: one for one in methods}}
    return like(kind)(type(kind, (Knob,), {"_takes": takes, **found}))


def getEvaluatedValue(self):
    return self._node._nuke._worked_out(self._value, self._node)


def getText(self):
    return self._value


def execute(self):
    main_thread_only()
    self._node._pressed.append(self._name)
    if self._value:
        self._node._nuke._run(self._value, self._node)


def axis(index):
    return lambda self: self._value[index]


def named(name, does):
    does.__name__ = name
    return does


XY = [named(name, axis(index)) for index, name in enumerate("xyrt")]
KNOBS = {
    "File_Knob": knob_class("File_Knob", str, getEvaluatedValue, getText),
    "String_Knob": knob_class("String_Knob", str, getText),
    "Multiline_Eval_String_Knob": knob_class("Multiline_Eval_String_Knob", str, getText),
    "Int_Knob": knob_class("Int_Knob", int),
    "Double_Knob": knob_class("Double_Knob", (int, float)),
    "Boolean_Knob": knob_class("Boolean_Knob", bool),
    "Text_Knob": knob_class("Text_Knob", str),
    "Channel_Knob": knob_class("Channel_Knob", str),
    "PyScript_Knob": knob_class("PyScript_Knob", str, execute),
    "XY_Knob": like("XY_Knob")(type("XY_Knob", (Knob,), {one.__name__: one for one in XY[:2]})),
    "BBox_Knob": like("BBox_Knob")(type("BBox_Knob", (Knob,), {one.__name__: one for one in XY})),
}


@like("Enumeration_Knob")
class Enumeration:
    def __init__(self, node, name, value, choices, label=""):
        self._node, self._name, self._value, self._choices, self._label = node, name, value, list(choices), label

    def value(self):
        return self._value

    def values(self):
        return self._choices

    def label(self):
        return self._label

    def setValue(self, val):
        main_thread_only()
        val = self._choices[val] if isinstance(val, int) else val
        assert val in self._choices, f"{self._name} can't be {val!r}"
        recorded(self)
        self._value = val
        return True


def typed_value(kind, value):
    """A knob's value from what a script says."""
    if value is None:
        return None
    if kind in ("XY_Knob", "BBox_Knob"):
        return [float(one) for one in value.split()]
    if kind == "Boolean_Knob":
        return value == "true"
    return {"Int_Knob": int, "Double_Knob": float}.get(kind, str)(value)
