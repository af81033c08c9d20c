"""The stand-in's smaller things: formats, frame ranges, undo, menus, and the module nukescripts."""

from __future__ import annotations

from types import SimpleNamespace

from standin_knobs import like, main_thread_only


@like("Format")
class Format:
    def __init__(self, width, height):
        self._size = width, height

    def width(self):
        return self._size[0]

    def height(self):
        return self._size[1]


@like("FrameRanges")
class FrameRanges:
    def __init__(self, text):
        try:
            self._frames = [frame for part in text.split() for frame in self._of(part)]
        except ValueError:
            raise RuntimeError(f"can't parse {text}") from None

    def _of(self, part):
        ends, _, step = part.partition("x")
        first, _, last = ends.partition("-")
        return range(int(first), int(last or first) + 1, int(step or 1))

    def toFrameList(self):
        return self._frames


def undo():
    """A class Undo that counts, as Nuke does: as often as it was disabled it must be enabled."""

    @like("Undo")
    class Undo:
        _times = 0

        @classmethod
        def disable(cls):
            main_thread_only()
            cls._times += 1

        @classmethod
        def enable(cls):
            main_thread_only()
            cls._times -= 1
            assert cls._times >= 0

        @classmethod
        def disabled(cls):
            return cls._times > 0

    return Undo


@like("Menu")
class Menu:
    def __init__(self, rows, name):
        self._rows, self._name = rows, name

    def addMenu(self, name, icon=""):
        return Menu(self._rows, f"{self._name}/{name}")

    def addCommand(self, name, command, icon=""):
        self._rows.append((f"{self._name}/{name}", command, icon))

    def addSeparator(self):
        pass


def scripts(added):
    """The module nukescripts, which types-nuke doesn't have: a panel is registered by widget, name and id."""

    def register(widget, name, id, create=False):  # noqa: A002
        added.append((widget, name, id))

    return SimpleNamespace(panels=SimpleNamespace(registerWidgetAsPanel=register))
