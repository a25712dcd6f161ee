"""The log tells how often the champion's rows have decided, and about which models."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gatekeeper.decisions.row_history import RowHistoryReader
from gatekeeper.evidence.comparison_messages import RowHistory
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Outcome, Registry
from shared.store.decision_log import LogEntry

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def check(name: str, observed: Any) -> CheckResult:
    return CheckResult(name=name, passed=True, observed=observed, required=None, message="")


class Log:
    """Decisions as a gatekeeper writes them, one after the other."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    def add(
        self,
        outcome: Outcome,
        difference: float | None = None,
        *checks: CheckResult,
        model: str | None = None,
        metric: str = "accuracy",
    ) -> "Log":
        """Decide one candidate; *model* represents the bytes of its model."""
        number = len(self.decisions) + 1
        observed = None if difference is None else {"difference": difference}
        candidate = f"20260131T000000000000Z-{number:08x}"
        changes = outcome in ("promoted", "rolled_back")
        self.decisions.append(
            Decision(
                number=number,
                previous="0" * 64 if number > 1 else None,
                candidate_id=None if outcome == "rolled_back" else candidate,
                outcome=outcome,
                checks=(check("significance", observed), *checks),
                decided_at=NOW,
                model_name="toy",
                metric=metric,
                scores={},
                registry=self._registry(number, candidate, model) if changes else None,
            )
        )
        return self

    def _registry(self, number: int, candidate: str, model: str | None) -> Registry:
        return Registry(
            version=number,
            model_name="toy",
            metric="accuracy",
            metrics={},
            digest=f"sha256:{(model or f'{number:x}').rjust(64, '0')}",
            candidate_id=candidate,
            decision=number,
            promoted_at=NOW,
            files=(),
            previous_version=None,
        )

    def entries(self) -> list[LogEntry]:
        """Return the decisions as entries, each with a hash of its own."""
        return [LogEntry(each, f"{id(self)}-{each.number}", None) for each in self.decisions]

    def trace(self) -> RowHistory:
        found = RowHistoryReader().read(self.entries(), "accuracy")
        assert found is not None
        return found


def counts(found: RowHistory) -> tuple[int, int, int]:
    return found.decisions, found.since_promotion, found.models


def test_without_a_model_in_production_there_is_no_history() -> None:
    for log in (Log(), Log().add("refused")):
        assert RowHistoryReader().read(log.entries(), "accuracy") is None


def test_the_first_model_was_compared_with_none() -> None:
    found = Log().add("promoted").trace()
    assert counts(found) == (0, 0, 1)
    assert found.lead == 0.0


def test_decisions_since_the_promotion_and_before_it_are_counted() -> None:
    log = Log().add("promoted").add("refused", -0.02).add("promoted", 0.01)
    found = log.add("inconclusive", -0.03).trace()
    assert counts(found) == (3, 1, 4)
    assert found.lead == pytest.approx(0.03), "the others are at 0, -0.02 and -0.02"


def test_a_candidate_without_a_comparison_does_not_count() -> None:
    found = Log().add("promoted").add("refused").add("refused", -0.02).trace()
    assert counts(found) == (1, 1, 2)


def test_copies_of_a_model_count_as_decisions_but_as_one_model() -> None:
    log = Log().add("promoted", model="a")
    log.add("promoted", 0.0, model="a").add("unchanged", 0.0).add("promoted", 0.0, model="a")
    assert counts(log.trace()) == (3, 0, 1)


def test_after_a_rollback_the_rows_have_decided_too() -> None:
    log = Log().add("promoted", model="a").add("promoted", 0.02, model="b").add("refused", -0.01)
    found = log.add("rolled_back", model="a").trace()
    assert counts(found) == (2, 0, 3)
    assert found.lead == pytest.approx(-0.015), "the others are at 0.02 and 0.01"
    assert log.add("refused", -0.04).trace().lead == pytest.approx(-0.01)


def test_a_promotion_on_new_rows_begins_again() -> None:
    new = check("holdout-reuse", {"reused": 0})
    log = Log().add("promoted").add("refused", -0.02).add("refused", -0.02)
    assert counts(log.add("promoted", 0.01, new).trace()) == (1, 0, 2)
    assert counts(log.add("refused", -0.01).trace()) == (2, 1, 3)


def test_a_refusal_on_new_rows_says_nothing_about_the_champions() -> None:
    new = check("holdout-reuse", {"reused": 0})
    log = Log().add("promoted").add("refused", -0.02).add("refused", -0.5, new)
    assert counts(log.trace()) == (1, 1, 2)


def test_a_rollback_to_a_model_of_an_earlier_holdout_begins_again() -> None:
    new = check("holdout-reuse", {"reused": 0})
    log = Log().add("promoted", model="a").add("promoted", 0.1, model="b")
    log.add("promoted", 0.1, new, model="c").add("rolled_back", model="a")
    assert counts(log.trace()) == (0, 0, 1)


def test_another_metric_cannot_be_compared() -> None:
    log = Log().add("promoted").add("refused", -0.02, metric="f1")
    assert counts(log.trace()) == (0, 0, 1)


def test_decisions_of_older_releases_are_read_by_their_names() -> None:
    """Releases before 0.1.0 named checks by sentences, and none recorded reused rows."""
    log = Log().add("promoted")
    old = check("difference is not chance", {"difference": -0.02, "interval": [-0.1, 0.1]})
    for _ in range(2):
        last = log.add("refused").decisions.pop()
        log.decisions.append(last.model_copy(update={"checks": (old,)}))
    assert counts(log.trace()) == (2, 2, 3)
    lost = check("holdout kept, or said to be new", 1.0)
    assert counts(log.add("promoted", 0.1, lost).trace()) == (1, 0, 2)


@pytest.mark.parametrize("observed", [None, 3, "no", [0.1], {"difference": "x"}, {}])
def test_a_malformed_record_is_no_comparison(observed: Any) -> None:
    log = Log().add("promoted").add("refused")
    last = log.decisions.pop()
    broken = last.model_copy(update={"checks": (check("significance", observed),)})
    assert counts(Log.trace(_log_of([*log.decisions, broken]))) == (0, 0, 1)


def test_a_reader_that_followed_the_log_finds_the_same_as_one_that_begins() -> None:
    new = check("holdout-reuse", {"reused": 0})
    log, reader = Log(), RowHistoryReader()
    steps: list[tuple[Outcome, float | None, tuple[CheckResult, ...], str]] = [
        ("refused", None, (), "a"),
        ("promoted", None, (), "a"),
        ("refused", -0.02, (), "b"),
        ("promoted", 0.01, (), "c"),
        ("unchanged", 0.0, (), "c"),
        ("promoted", 0.02, (new,), "d"),
        ("rolled_back", None, (), "a"),
        ("refused", -0.01, (), "e"),
    ]
    for outcome, difference, checks, model in steps:
        log.add(outcome, difference, *checks, model=model)
        found = reader.read(log.entries(), "accuracy")
        assert found == RowHistoryReader().read(log.entries(), "accuracy")
    assert reader.read(log.entries(), "f1") == RowHistoryReader().read(log.entries(), "f1")


def test_a_reader_begins_again_with_another_log() -> None:
    log, other = Log().add("promoted").add("refused", -0.02), Log().add("promoted").add("promoted")
    reader = RowHistoryReader()
    for each in (log, other, Log(), log.add("refused", -0.02)):
        found = reader.read(each.entries(), "accuracy")
        assert found == RowHistoryReader().read(each.entries(), "accuracy")


def _log_of(decisions: list[Decision]) -> Log:
    log = Log()
    log.decisions = decisions
    return log
