"""All child processes are forked from one process, which has loaded libraries and no model."""

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from shared.errors import EvaluationUnavailableError
from tests.integration.bad_candidates.test_sandboxed_models import job_for, running
from tests.integration.bad_candidates.toy_evaluator import (
    toy_children,
    toy_evaluator,
    toy_job,
    toy_servers,
)
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for

WITH_THREAD = """
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""
SERVER = "gatekeeper.sandbox.fork_server"


@pytest.fixture
def evaluator() -> Iterator[ProcessEvaluator]:
    with closing(toy_evaluator()) as evaluator:
        yield evaluator


def ask(evaluator: ProcessEvaluator, *behaviours: str) -> list[dict[str, str]]:
    found = evaluator.evaluate([toy_job(behaviour) for behaviour in behaviours])
    return [dict(result.errors) for result in found]


def test_a_child_sees_nothing_of_another_one(evaluator: ProcessEvaluator) -> None:
    ask(evaluator, "leave a mark")
    both = ask(evaluator, "show marks", "show marks")
    assert both == [{"mark": ""}] * 2


def test_a_child_has_only_its_own_descriptors(evaluator: ProcessEvaluator) -> None:
    together = ["show descriptors"] * 3
    own = {"0": "", "1": "", "2": ""}
    for found in ask(evaluator, *together):
        listing = found.keys() - own.keys()
        assert len(listing) == 1, "the listing itself is the only other one"


def test_a_killed_server_is_replaced(evaluator: ProcessEvaluator) -> None:
    evaluator.prepare()
    (killed,) = wait_for(toy_servers, "the server")
    evaluator.prepare()
    assert toy_servers() == [killed]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: not toy_servers(), "its end")
    assert ask(evaluator, "answer") == [{}]
    assert len(toy_servers()) == 1
    evaluator.close()
    assert not toy_servers()


def test_a_server_killed_during_an_evaluation_is_not_a_verdict(
    evaluator: ProcessEvaluator,
) -> None:
    def kill_server() -> None:
        wait_for(toy_children, "the child")
        os.kill(toy_servers()[0], signal.SIGKILL)

    thread = threading.Thread(target=kill_server)
    thread.start()
    with pytest.raises(EvaluationUnavailableError):
        ask(evaluator, "say nothing")
    thread.join()
    wait_for(lambda: not toy_children(), "the end of the child")


def test_a_child_that_cannot_be_started_is_not_a_verdict(evaluator: ProcessEvaluator) -> None:
    ask(evaluator, "answer")
    (server,) = toy_servers()
    most_descriptors = resource.prlimit(server, resource.RLIMIT_NOFILE)
    resource.prlimit(server, resource.RLIMIT_NOFILE, (5, most_descriptors[1]))
    with pytest.raises(EvaluationUnavailableError, match="before it was ready"):
        ask(evaluator, "answer")
    resource.prlimit(server, resource.RLIMIT_NOFILE, most_descriptors)
    assert ask(evaluator, "answer") == [{}]
    assert toy_servers() == [server]


def test_children_are_forked_as_long_as_the_server_has_one_thread(
    evaluator: ProcessEvaluator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (forked,) = ask(evaluator, "show parent")
    assert SERVER in forked["command"]
    with_thread = (
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    (tmp_path / "sitecustomize.py").write_text(with_thread)
    monkeypatch.syspath_prepend(str(tmp_path))
    with closing(toy_evaluator()) as threaded:
        (started,) = ask(threaded, "show parent")
        assert SERVER not in started["command"]
        assert ask(threaded, "leave a mark", "show marks")[1] == {"mark": ""}
        (left,) = threaded.evaluate([toy_job("crash")])
        assert "SIGSEGV" in left.errors["golden-rows-reproduced"]


def test_the_libraries_start_no_thread_before_the_fork(tmp_path: Path) -> None:
    """Otherwise each child would have to import them again."""
    with closing(ProcessEvaluator(threading.Event())) as evaluator:
        evaluator.prepare()
        (result,) = evaluator.evaluate([job_for(tmp_path / "good", toy_model())])
        assert result.score == pytest.approx(0.9)
        servers = [pid for pid, parent in running(SERVER) if parent == os.getpid()]
        threads = [len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in servers]
    assert threads == [1]
