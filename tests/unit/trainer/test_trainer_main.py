"""Each outcome has an exit status, and each failure one sentence."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.contract.layout import MARKER
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.processes.unprivileged_user import as_another_user
from tests.support.stores.builders import promote
from tests.support.stores.fake_services import deciding, holding
from trainer import __main__ as command
from trainer.settings import TrainerSettings
from trainer.signals import Interrupted, raise_on_signals

pytestmark = pytest.mark.usefixtures("environment")


def test_promoted_is_0(store: ModelStore) -> None:
    with deciding(store):
        assert command.main(["--require-promotion"]) == 0


def test_refused_is_0_and_with_require_promotion_3(store: ModelStore) -> None:
    with deciding(store, "refused"):
        assert command.main([]) == 0
        assert command.main(["--require-promotion"]) == 3


def test_inconclusive_is_0_and_with_require_promotion_3(store: ModelStore) -> None:
    with deciding(store, "inconclusive"):
        assert command.main([]) == 0
        assert command.main(["--require-promotion"]) == 3


def test_unchanged_is_0_also_with_require_promotion(store: ModelStore) -> None:
    with deciding(store, "unchanged"):
        assert command.main(["--require-promotion"]) == 0


def test_a_candidate_that_awaits_approval_is_4_and_no_error(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    with holding(store):
        assert command.main([]) == 4

    (candidate_id,) = store.candidates.ids()
    printed = capsys.readouterr()
    assert printed.err == ""
    assert f"make approve ID={candidate_id}" in printed.out.splitlines()[-1]


def test_published_but_undecided_is_4(
    store: ModelStore, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("TRAINER_WAIT_SECONDS", "0")

    assert command.main([]) == 4

    (candidate_id,) = store.candidates.ids()
    error = capsys.readouterr().err
    assert error.startswith(f"error: Candidate {candidate_id} is published, but no gatekeeper")
    assert error.count("\n") == 1


BAD_INPUT = {
    "a malformed setting": ({"TRAINER_SEED": "seven"}, "The setting TRAINER_SEED is malformed"),
    "a wait without end": ({"TRAINER_WAIT_SECONDS": "inf"}, "TRAINER_WAIT_SECONDS is malformed"),
    "a setting that is none": ({"TRAINER_SED": "7"}, "did you mean TRAINER_SEED?"),
    "an unknown metric": ({"METRIC": "f2"}, "METRIC=f2 is unknown; choose one such as f1, "),
    "no data set": ({"TRAINER_DATASET": "nowhere.csv"}, "nowhere.csv does not exist"),
    "no module": ({"TRAINER_CANDIDATES": "nowhere:TABLE"}, "nowhere cannot be imported"),
    "no estimator that works": (
        {"TRAINER_CANDIDATES": "tests.unit.trainer.small_table:BROKEN"},
        "No estimator can be published: broken: ValueError",
    ),
    "no store": ({"STORE_DIR": __file__}, "is not a directory. Set STORE_DIR to one"),
}


@pytest.mark.parametrize(("variables", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_settings_and_data_are_2_and_one_sentence(
    variables: dict[str, str],
    message: str,
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)

    assert command.main([]) == 2

    output = capsys.readouterr()
    assert message in output.err
    assert output.err.startswith("error: ")
    assert output.err.count("\n") == 1


def test_a_store_of_a_newer_format_is_2(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.layout.root / MARKER).write_text('{"format_version": 2}\n')

    assert command.main([]) == 2
    assert "has format_version 2; this release reads up to 1" in capsys.readouterr().err


def test_a_store_of_another_user_is_2(
    store: ModelStore, open_to_all: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    open_to_all(store.layout.root.parent)

    def run() -> None:
        assert command.main([]) == 2
        assert "This user (uid 65534) cannot write to the store" in capsys.readouterr().err

    as_another_user(run)


def test_a_damaged_log_is_1(store: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    store.layout.decision(1).write_text("{")

    assert command.main([]) == 1
    assert "The decision log cannot be read" in capsys.readouterr().err


def test_an_unexpected_error_is_1_and_debug_shows_its_traceback(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of luck")

    environment.setattr("trainer.training.train", fail)

    assert command.main([]) == 1
    error = capsys.readouterr().err
    assert error == "error: RuntimeError: out of luck (set LOG_LEVEL=DEBUG to see the traceback)\n"

    environment.setenv("LOG_LEVEL", "DEBUG")
    assert command.main([]) == 1
    assert 'raise RuntimeError("out of luck")' in capsys.readouterr().err


def test_unless_registry_does_nothing_where_a_model_is_in_production(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(store, toy_model())

    assert command.main(["--unless-registry"]) == 0

    assert capsys.readouterr().out == "Nothing to do: toy is in production as v1.\n"
    assert store.candidates.ids() == []


def test_unless_registry_trains_without_a_registry(store: ModelStore) -> None:
    with deciding(store):
        assert command.main(["--unless-registry"]) == 0

    assert len(store.candidates.ids()) == 1


def test_help_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command.main(["--help"])

    assert end.value.code == 0
    text = capsys.readouterr().out
    for name, field in (
        *TrainerSettings.model_fields.items(),
        *CommonSettings.model_fields.items(),
    ):
        assert name.upper() in text
        assert str(field.description) in text


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_its_status_and_a_second_one_changes_nothing(
    number: signal.Signals, status: int
) -> None:
    raise_on_signals()

    with pytest.raises(Interrupted, match=f"Stopped by {number.name}.") as interrupted:
        signal.raise_signal(number)
    signal.raise_signal(signal.SIGINT)

    assert interrupted.value.status == status


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    raise_on_signals()

    signal.raise_signal(signal.SIGINT)
