"""The panel of the queue: jobs, how far they are, their logs and reports. PySide6 (Nuke 16 and newer) or PySide2."""

from pathlib import Path
from typing import Any, List, Optional

try:
    from PySide6 import QtCore, QtWidgets
except ImportError:
    from PySide2 import QtCore, QtWidgets

from vfx_ai_nuke import jobs, ticking
from vfx_ai_nuke.buttons import browse

LOOK_MS = 300
COLUMNS = ("job", "state", "progress", "what it does")
_windows: List[Any] = []


class QueuePanel(QtWidgets.QWidget):
    """A table of jobs, buttons for the one that is chosen, and its log."""

    def __init__(self, parent: Optional[Any] = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("VFX AI queue")
        self.table = QtWidgets.QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectRows)
        self.table.setSelectionMode(QtWidgets.QAbstractItemView.SingleSelection)
        self.table.setEditTriggers(QtWidgets.QAbstractItemView.NoEditTriggers)
        self.log = QtWidgets.QPlainTextEdit()
        self.log.setReadOnly(True)
        self.buttons = {}
        row = QtWidgets.QHBoxLayout()
        for label, does in (
            ("Cancel", self.cancel),
            ("Open report", self.open_report),
            ("Clear finished", self.clear),
        ):
            self.buttons[label] = button = QtWidgets.QPushButton(label)
            button.clicked.connect(does)
            row.addWidget(button)
        row.addStretch()
        both = QtWidgets.QSplitter(QtCore.Qt.Vertical)
        both.addWidget(self.table)
        both.addWidget(self.log)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(both)
        layout.addLayout(row)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self.table.itemSelectionChanged.connect(self.refresh)
        self.refresh()

    def chosen(self) -> Optional[jobs.Job]:
        """The job of the chosen row."""
        row = self.table.currentRow()
        return jobs.JOBS[row] if 0 <= row < len(jobs.JOBS) else None

    def refresh(self) -> None:
        """Show the jobs as they are now."""
        if self.table.rowCount() != len(jobs.JOBS):
            self.table.setRowCount(len(jobs.JOBS))
        for row, job in enumerate(jobs.JOBS):
            bar = self.table.cellWidget(row, 2)
            if bar is None:
                bar = QtWidgets.QProgressBar()
                self.table.setCellWidget(row, 2, bar)
            bar.setRange(0, 100 if job.over else job.total)  # 0 to 0: it is busy, nobody knows for how long
            bar.setValue(100 if job.over else job.done)
            for column, text in ((0, job.title), (1, job.state), (3, job.text)):
                self._write(row, column, text)
        chosen = self.chosen()
        report = chosen.report if chosen is not None else ""
        self.buttons["Cancel"].setEnabled(chosen is not None and not chosen.over)
        self.buttons["Open report"].setEnabled(bool(report) and Path(report).is_file())
        text = "\n".join(chosen.log) if chosen is not None else ""
        if text != self.log.toPlainText():
            self.log.setPlainText(text)
            self.log.verticalScrollBar().setValue(self.log.verticalScrollBar().maximum())

    def cancel(self) -> None:
        """Stop the chosen job."""
        job = self.chosen()
        if job is not None:
            jobs.cancel(job)

    def open_report(self) -> None:
        """The chosen job's report, in the browser."""
        job = self.chosen()
        if job is not None and job.report:
            browse(job.report)

    def clear(self) -> None:
        """Take out what is over."""
        jobs.forget()
        self.refresh()

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Begin to look."""
        super().showEvent(event)
        self._timer.start(LOOK_MS)
        if self not in ticking.PANELS:
            ticking.PANELS.append(self)

    def hideEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Look no more; ProgressTasks take over."""
        super().hideEvent(event)
        self._timer.stop()
        if self in ticking.PANELS:
            ticking.PANELS.remove(self)

    def _write(self, row: int, column: int, text: str) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QtWidgets.QTableWidgetItem()
            self.table.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)


def open_window() -> None:
    """The panel as a window of its own, before Nuke's; there is one at most."""
    if not _windows:
        _windows.append(QueuePanel())
        mains = [one for one in QtWidgets.QApplication.topLevelWidgets() if one.inherits("QMainWindow")]
        if mains:
            _windows[0].setParent(mains[0], QtCore.Qt.Window)
        _windows[0].resize(720, 420)
    _windows[0].show()
    _windows[0].raise_()
