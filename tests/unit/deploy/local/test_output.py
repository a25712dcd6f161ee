import io
import stat
from contextlib import closing
from pathlib import Path

from deploy.local.output import RunOutput
from shared.contract.layout import VISIBLE_NAMES, StoreLayout


class LostTerminal(io.BytesIO):
    """A terminal that was closed."""

    def write(self, _data: object) -> int:
        raise OSError


def test_output_goes_to_the_terminal_and_into_the_file(tmp_path: Path) -> None:
    path, terminal = StoreLayout(tmp_path).run_log, io.BytesIO()
    with closing(RunOutput(terminal, path)) as output:
        output.write("gatekeeper: prêt\n".encode())
        output.write(b"predictor: \xff\n")
    assert terminal.getvalue() == "gatekeeper: prêt\n".encode() + b"predictor: \xff\n"
    assert path.read_text() == "gatekeeper: prêt\npredictor: \ufffd\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_new_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    path = StoreLayout(tmp_path).run_log
    for line in (b"first\n", b"second\n"):
        with closing(RunOutput(io.BytesIO(), path)) as output:
            output.write(line)
    assert path.read_text() == "first\nsecond\n"


def test_the_file_is_bounded_and_both_of_its_names_belong_to_a_store(tmp_path: Path) -> None:
    with closing(RunOutput(io.BytesIO(), StoreLayout(tmp_path).run_log, max_bytes=1000)) as output:
        for number in range(1000):
            output.write(f"line {number}\n".encode())
    kept = list(tmp_path.iterdir())
    assert {path.name for path in kept} <= VISIBLE_NAMES
    assert sum(path.stat().st_size for path in kept) <= 2000
    assert StoreLayout(tmp_path).run_log.read_text().endswith("line 999\n")


def test_a_closed_terminal_does_not_stop_the_output(tmp_path: Path) -> None:
    path = StoreLayout(tmp_path).run_log
    with closing(RunOutput(LostTerminal(), path)) as output:
        output.write(b"still here\n")
    assert path.read_text() == "still here\n"
