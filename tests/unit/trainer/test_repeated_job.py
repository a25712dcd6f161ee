"""A Job that is repeated does not train again for a candidate that waits for its decision."""

import sys

import pytest

from shared.store.store import ModelStore
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import deciding, holding
from trainer import __main__ as command
from trainer.console import Console
from trainer.pending_candidate import await_pending, find_pending

pytestmark = pytest.mark.usefixtures("environment")


def test_a_repeated_first_training_waits_for_its_candidate(
    store: ModelStore, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first try ends with 4, because no gatekeeper runs yet."""
    environment.setenv("TRAINER_WAIT_SECONDS", "0.1")
    assert command.main(["--unless-registry"]) == 4
    (published,) = store.candidates.ids()
    assert command.main(["--unless-registry"]) == 4
    shown = capsys.readouterr()
    assert f"Candidate {published} of an earlier run has no decision yet." in shown.out
    assert f"No gatekeeper decided on candidate {published} within" in shown.err
    environment.setenv("TRAINER_WAIT_SECONDS", "60")
    with deciding(store):
        assert command.main(["--unless-registry"]) == 0
    assert store.candidates.ids() == [published]
    log = store.decision_log()
    assert [entry.decision.candidate_id for entry in log.entries] == [published]
    capsys.readouterr()
    assert command.main(["--unless-registry"]) == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_a_refusal_of_the_candidate_of_an_earlier_run_is_returned(store: ModelStore) -> None:
    published = toy_candidate().publish(store)
    log = store.decision_log()
    assert find_pending(store, log) == published
    with deciding(store, "refused"):
        decision = await_pending(store, log, published, 60, Console(sys.stdout))
    assert decision.outcome == "refused"
    assert find_pending(store, store.decision_log()) is None


def test_a_candidate_that_awaits_approval_is_4_again(store: ModelStore) -> None:
    with holding(store):
        assert command.main(["--unless-registry"]) == 4
        assert command.main(["--unless-registry"]) == 4
    assert len(store.candidates.ids()) == 1


def test_without_this_option_each_run_trains(
    store: ModelStore, environment: pytest.MonkeyPatch
) -> None:
    toy_candidate().publish(store)
    environment.setenv("TRAINER_WAIT_SECONDS", "0.1")
    assert command.main([]) == 4
    assert len(store.candidates.ids()) == 2


def test_bad_settings_are_2_before_any_wait(
    store: ModelStore, environment: pytest.MonkeyPatch
) -> None:
    toy_candidate().publish(store)
    environment.setenv("TRAINER_WAIT_SECONDS", "soon")
    assert command.main(["--unless-registry"]) == 2
