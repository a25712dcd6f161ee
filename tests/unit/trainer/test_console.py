"""On a terminal a passing line says what is going on; elsewhere there are only lines that stay."""

from io import StringIO

from trainer.console import Console


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


def test_the_progress_line_is_never_wider_than_the_terminal() -> None:
    terminal = Terminal()

    Console(terminal).show_progress("Training " + ", ".join(["forest"] * 100))

    assert len(terminal.screen()[0]) <= 80
