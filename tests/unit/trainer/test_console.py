"""On a terminal a passing line says what is going on; elsewhere there are only lines that stay."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest

from tests.support.processes.wait_until import wait_for
from trainer.console import Console, show_seconds


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        """Return the visible lines: a line that begins again is replaced."""
        return [line.split("\r\x1b[K")[-1] for line in self.getvalue().split("\n")]


def test_a_file_gets_only_permanent_lines() -> None:
    file = StringIO()
    console = Console(file)

    console.show_progress("Training forest")
    console.lines(["first", "second"])
    console.clear()

    assert file.getvalue() == "first\nsecond\n"


def test_on_a_terminal_lines_replace_the_progress_line() -> None:
    terminal = Terminal()
    console = Console(terminal)

    console.show_progress("Training forest")
    assert terminal.screen() == ["Training forest ... 0 s"]
    console.line("Scores")
    assert terminal.screen() == ["Scores", ""]
    console.show_progress("Exporting forest")
    console.clear()

    assert terminal.screen() == ["Scores", ""]


@contextmanager
def shown_on(terminal: StringIO, *, names_steps: bool = False) -> Iterator[Console]:
    console = Console(terminal, names_steps=names_steps)
    yield console
    console.close()


@pytest.mark.parametrize("columns", [200, 80, 40, 12, 5, 1])
def test_the_progress_line_is_never_wider_than_the_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Terminal()
    with shown_on(terminal) as console:
        console.show_progress("Training " + ", ".join(["forest"] * 100))
        assert len(terminal.screen()[0]) < columns


def test_a_step_keeps_its_time_while_its_count_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("trainer.console.monotonic", lambda: now)
    terminal = Terminal()
    with shown_on(terminal) as console:
        console.show_progress("Searching forest", 1, 10, "best f1 0.9")
        assert terminal.screen() == ["Searching forest 1/10, best f1 0.9 ... 0 s"]
        now += 90
        console.show_progress("Searching forest", 3, 10)
        assert terminal.screen() == ["Searching forest 3/10 ... 1 min 30 s, about 3 min 30 s left"]
        console.show_progress("Searching forest", 10, 10)
        assert terminal.screen() == ["Searching forest 10/10 ... 1 min 30 s"]
        console.show_progress("Exporting forest")
        assert terminal.screen() == ["Exporting forest ... 0 s"]


def test_the_seconds_go_on_while_the_step_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.console._REFRESH_SECONDS", 0.001)
    now = [0.0]
    monkeypatch.setattr("trainer.console.monotonic", lambda: now[0])
    terminal = Terminal()
    with shown_on(terminal) as console:
        console.show_progress("Loading the data")
        now[0] = 65.0
        wait_for(lambda: terminal.screen() == ["Loading the data ... 1 min 5 s"], "the seconds")
    assert terminal.screen() == [""]


def test_a_log_gets_one_line_for_each_step() -> None:
    file = StringIO()
    with shown_on(file, names_steps=True) as console:
        for done in range(3):
            console.show_progress("Searching forest", done, 3)
            console.line(f"note {done}")
        console.show_progress("Exporting forest")
    expected = ["Searching forest ...", "note 0", "note 1", "note 2", "Exporting forest ..."]
    assert file.getvalue().splitlines() == expected


def test_a_dumb_terminal_gets_only_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with shown_on(terminal, names_steps=True) as console:
        console.show_progress("Exporting forest")
    assert terminal.getvalue() == "Exporting forest ...\n"


def test_durations_have_two_units() -> None:
    assert [show_seconds(seconds) for seconds in (0.4, 59, 60, 3599.6, 7260)] == [
        *("0 s", "59 s", "1 min 0 s", "1 h 0 min", "2 h 1 min")
    ]
