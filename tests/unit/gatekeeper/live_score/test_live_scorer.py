"""The scores of labelled rows are those of scikit-learn on the joined table."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer

from gatekeeper.evidence.live_score_messages import LiveScoreRequest, VersionScore, VersionToScore
from gatekeeper.sandbox.live_score.live_scorer import MIN_ROWS, LiveScorer
from shared.contract.layout import StoreLayout
from shared.prediction_log.logged_row import LoggedAnswer, LoggedRow
from shared.scoring.scorer_names import ANY_CLASSES, MANY_CLASSES, NEG_COST, REGRESSION, TWO_CLASSES
from tests.support.stores.logged_rows import make_oversized, make_row, write_labels, write_rows

ROWS = 300
NAMES = {2: ("healthy", "sick"), 3: ("a", "b", "c"), 0: ()}
COSTS = {"healthy": {"sick": 1.0}, "sick": {"healthy": 50.0, "sick": 5.0}}
KINDS = [
    *((name, 2) for name in (*TWO_CLASSES, *ANY_CLASSES)),
    *((name, 3) for name in (*MANY_CLASSES, *ANY_CLASSES)),
    *((name, 0) for name in REGRESSION),
]


def write_log(layout: StoreLayout, classes: int, rows: int = ROWS, version: int = 1) -> None:
    """Log answers of a model that is right more often than not, and label all rows."""
    random, names = np.random.default_rng(classes), NAMES[classes]
    logged, labels = list[LoggedRow](), list[tuple[str, str | float]]()
    for i in range(rows):
        if not names:
            value = float(random.gamma(3.0))
            answer = LoggedAnswer(prediction=value * float(random.uniform(0.5, 1.6)))
            labels.append((f"{version}-{i}", value))
        else:
            true = int(random.integers(classes))
            logits = 1.5 * random.normal(size=classes).round(1) + 1.5 * (np.arange(classes) == true)
            shares = np.exp(logits) / np.exp(logits).sum()
            best = int(shares.argmax())
            answer = LoggedAnswer(best, names[best], dict(zip(names, shares.tolist(), strict=True)))
            labels.append((f"{version}-{i}", names[true]))
        logged.append(make_row(f"{version}-{i}", i, version=version, answer=answer))
    write_rows(layout, logged[: rows // 2])
    write_rows(layout, logged[rows // 2 :], worker="b-1")
    write_labels(layout, labels)


def score(layout: StoreLayout, metric: str, classes: int, most: int = 10_000) -> VersionScore:
    """Score version 1."""
    request = LiveScoreRequest(
        store=layout.root,
        metric=metric,
        costs=COSTS if metric == NEG_COST else None,
        most=most,
        memory_mib=4096,
        versions=(VersionToScore(version=1, classes=NAMES[classes]),),
    )
    (found,) = LiveScorer().respond(request).versions
    return found


def interval(found: VersionScore) -> tuple[float, float]:
    """Return both ends."""
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


class LoggedModel(BaseEstimator):  # type: ignore[misc] # scikit-learn is untyped
    """An estimator that gives the logged answers, for scikit-learn's scorers."""

    def __init__(self, table: pd.DataFrame, classes: int) -> None:
        self.table = table
        self.classes_ = np.arange(classes)
        self._estimator_type = "classifier" if classes else "regressor"

    def __sklearn_tags__(self):  # type: ignore[no-untyped-def] # noqa: ANN204
        tags = super().__sklearn_tags__()
        tags.estimator_type = self._estimator_type
        return tags

    def fit(self, *_: object) -> "LoggedModel":
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, rows: pd.DataFrame) -> "np.ndarray":
        return np.array([each["prediction"] for each in rows["answer"]])

    def predict_proba(self, rows: pd.DataFrame) -> "np.ndarray":
        return np.array([list(each["probabilities"].values()) for each in rows["answer"]])


def join_tables(layout: StoreLayout) -> pd.DataFrame:
    """Join both files by id, without our own code."""
    rows, labels = (
        pd.DataFrame(
            json.loads(line)
            for path in sorted(folder.rglob("*.jsonl"))
            for line in path.read_text().splitlines()
        )
        for folder in (layout.predictions, layout.feedback)
    )
    return rows.merge(labels, on="id")


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_every_metric_equals_that_of_scikit_learn(tmp_path: Path, classes: int) -> None:
    layout = StoreLayout(tmp_path)
    write_log(layout, classes)
    table = join_tables(layout)
    names = list(NAMES[classes])
    truth = table["label"].map(names.index) if classes else table["label"]
    for metric in [name for name, kind in KINDS if kind == classes]:
        found = score(layout, metric, classes)
        expected = get_scorer(metric)(LoggedModel(table, classes), table, truth)
        assert found.problem is None, metric
        assert found.rows == ROWS
        assert found.value == pytest.approx(expected, rel=1e-12, abs=1e-12), metric
        if metric != "neg_max_error":  # an interval of the largest error may be one number
            low, high = interval(found)
            assert low <= expected <= high, metric
            assert low < high, metric


def test_the_cost_is_the_mean_over_the_joined_table(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path)
    write_log(layout, 2)
    table = join_tables(layout)
    costs = [
        COSTS[true].get(answer["label"], 0.0)
        for true, answer in zip(table["label"], table["answer"], strict=True)
    ]
    found = score(layout, NEG_COST, 2)
    assert found.value == pytest.approx(-np.mean(costs), abs=1e-12)


def test_rows_with_one_id_are_drawn_together(tmp_path: Path) -> None:
    """Each row is there four times, which adds rows and no knowledge."""
    once, repeated = StoreLayout(tmp_path / "once"), StoreLayout(tmp_path / "repeated")
    for layout, copies in ((once, 1), (repeated, 4)):
        write_log(layout, 2)
        rows = layout.prediction_segment("a-1", 1)
        for worker in ("a-1", "b-1"):
            rows = layout.prediction_segment(worker, 1)
            rows.write_bytes(rows.read_bytes() * copies)
    for metric in ("f1", "roc_auc", "accuracy"):
        first, second = score(once, metric, 2), score(repeated, metric, 2)
        assert second.rows == 4 * first.rows
        assert first.value == pytest.approx(second.value)
        widths = [high - low for low, high in map(interval, (first, second))]
        assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_only_the_newest_rows_count(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path)
    write_log(layout, 2)
    write_labels(layout, [(f"1-{i}", "gone") for i in range(ROWS - 10, ROWS)], second=60)
    found = score(layout, "accuracy", 2, most=150)
    assert (found.rows, found.unusable) == (140, 10)
    assert found.unusable_note == (
        "Labels of 10 further rows, such as 'gone', are not one of its classes: healthy, sick."
    )
    table = join_tables(layout).drop_duplicates("id", keep="last")
    newest = table.iloc[ROWS - 150 : ROWS - 10]
    right = [true == answer["label"] for true, answer in newest[["label", "answer"]].to_numpy()]
    assert found.value == pytest.approx(np.mean(right))


def test_segments_that_are_too_large_are_counted(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path)
    write_log(layout, 2)
    write_labels(layout, [("1-0", "sick")], second=60)
    make_oversized(layout.feedback_segment(2))
    make_oversized(write_rows(layout, [make_row("2-0", ROWS, version=2)]))
    found = score(layout, "accuracy", 2)
    assert (found.rows, found.oversized_segments) == (ROWS, 2)


def test_a_version_without_a_score_says_why(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path)
    write_log(layout, 2, rows=MIN_ROWS)
    assert "METRIC=r2 is for numbers" in str(score(layout, "r2", 2).problem)
    write_labels(layout, [("1-0", "?")], second=60)
    few = score(layout, "f1", 2)
    assert few.value is None
    assert (
        few.unusable_note
        == "The label '?' of another row is not one of its classes: healthy, sick."
    )
    assert few.problem == "It has 99 labelled rows that can be used; a score needs at least 100."
    write_labels(layout, [(f"1-{i}", "sick") for i in range(MIN_ROWS)], second=90)
    assert score(layout, "f1", 2).problem == (
        "All 100 labels are sick; a score needs labels of at least two classes."
    )
    for path in layout.feedback.iterdir():
        path.unlink()
    assert score(layout, "f1", 2).problem == "None of its logged rows has a label."


def test_a_metric_that_needs_probabilities_names_their_lack(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path)
    rows = [
        make_row(f"{i}", i, answer=LoggedAnswer(i % 2, NAMES[2][i % 2])) for i in range(MIN_ROWS)
    ]
    write_rows(layout, rows)
    write_labels(layout, [(f"{i}", NAMES[2][i // 2 % 2]) for i in range(MIN_ROWS)])
    assert "needs probabilities" in str(score(layout, "roc_auc", 2).problem)
    assert score(layout, "accuracy", 2).value == 0.5


@pytest.mark.parametrize(
    ("classes", "metric", "answer"),
    [
        (0, "r2", LoggedAnswer(10**400)),
        (0, "r2", LoggedAnswer(1, "sick")),
        (2, "roc_auc", LoggedAnswer(0, "healthy")),
        (2, "roc_auc", LoggedAnswer(0, "healthy", {"healthy": 1.0})),
        (2, "accuracy", LoggedAnswer(7, "gone", {"healthy": 0.5, "sick": 0.5})),
    ],
)
def test_a_row_with_an_answer_of_no_model_is_counted_and_left_out(
    tmp_path: Path, classes: int, metric: str, answer: LoggedAnswer
) -> None:
    layout = StoreLayout(tmp_path)
    write_log(layout, classes)
    before = score(layout, metric, classes)
    label = NAMES[classes][0] if classes else 1.0
    write_rows(layout, [make_row("odd", ROWS, answer=answer)])
    write_labels(layout, [("odd", label)], second=60)
    after = score(layout, metric, classes)
    assert (after.rows, after.unusable, after.problem) == (ROWS, 1, None)
    assert after.value == before.value
    assert (
        after.unusable_note == "The logged answer of another row is not one that its model gives."
    )
    write_rows(layout, [make_row("odd", ROWS + 1, answer=answer)])
    note = score(layout, metric, classes).unusable_note
    assert note == "Logged answers of 2 further rows are not those of its model."
