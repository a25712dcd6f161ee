"""Changes between two schemas, and whether the champion can be scored on new rows."""

import json
import shlex

import pytest

from gatekeeper.policy.submission.schema_changes import find_changes
from gatekeeper.policy.terms.comparability import (
    LONGEST_NAME,
    quote_name,
    unknown_classes,
    why_not_comparable,
)
from shared.contract.documents import Artefact, Feature
from tests.support.models.toy import toy_model
from trainer.tables.columns.missing_spellings import CSV_SPELLINGS


def number(name: str, *, nullable: bool = False, maximum: float | None = None) -> Feature:
    return Feature(name=name, type="number", nullable=nullable, maximum=maximum)


def category(name: str, *texts: str) -> Feature:
    return Feature(name=name, type="category", categories=texts)


AGE, CITY = number("age"), category("city", "Bonn", "Köln")
BOOLEAN_AGE = Feature(name="age", type="boolean")


def artefact(
    *features: Feature, classes: tuple[str, ...] = ("no", "yes"), probabilities: bool = True
) -> Artefact:
    """Return an artefact with *features*, of a regression if there are no classes."""
    return toy_model().artefact.model_copy(
        update={
            "task": "classification" if classes else "regression",
            "features": features,
            "classes": classes,
            "has_probabilities": probabilities and bool(classes),
        }
    )


OLD = artefact(AGE, CITY)
REGRESSION = artefact(AGE, CITY, classes=())


@pytest.mark.parametrize(
    ("challenger", "sentence"),
    [
        (artefact(AGE, CITY, number("size")), "'size' (number) is new and required"),
        (artefact(AGE), "'city' was removed"),
        (artefact(BOOLEAN_AGE, CITY), "'age' was a number and is now a boolean"),
        (artefact(CITY, AGE), "'city' is now before 'age'"),
        (artefact(AGE, CITY, classes=("no",)), "'yes' is not a class any more"),
        (artefact(AGE, CITY, classes=("yes", "no")), "class 0 was 'no' and is now 'yes'"),
        (artefact(AGE, CITY, classes=("a", "no", "yes")), "class 0 was 'no' and is now 'a'"),
        (artefact(AGE, CITY, probabilities=False), "no longer have probabilities"),
        (REGRESSION, "it was a classification and is now a regression"),
    ],
)
def test_changes_that_break_clients_are_described(challenger: Artefact, sentence: str) -> None:
    (found,) = find_changes(OLD, challenger)
    assert sentence in found.sentence
    assert found.breaks
    assert found.had != found.has


def test_a_value_that_must_not_be_missing_any_more_breaks_clients() -> None:
    (found,) = find_changes(artefact(number("age", nullable=True)), artefact(AGE))
    assert (found.what, found.had, found.has) == ("feature age", "number or null", "number")
    assert (found.sentence, found.breaks) == ("'age' must no longer be missing", True)


@pytest.mark.parametrize(
    ("challenger", "sentence"),
    [
        (artefact(AGE, number("size", nullable=True), CITY), "lists now have 3 values"),
        (artefact(AGE, CITY, classes=("no", "yes", "zero")), "'zero' is a new class"),
    ],
)
def test_compatible_changes_are_described(challenger: Artefact, sentence: str) -> None:
    (found,) = find_changes(OLD, challenger)
    assert sentence in found.sentence
    assert not found.breaks


@pytest.mark.parametrize(
    "challenger",
    [
        OLD,
        artefact(number("age", nullable=True), CITY),
        artefact(number("age", maximum=90.0), CITY),
        artefact(AGE, category("city", "Aachen", "Bonn", "Köln")),
        artefact(AGE, category("city", "Köln")),
    ],
)
def test_changes_that_clients_cannot_notice_are_ignored(challenger: Artefact) -> None:
    assert find_changes(OLD, challenger) == ()


def test_new_and_removed_features_do_not_change_the_order() -> None:
    found = find_changes(artefact(AGE, CITY), artefact(number("size"), CITY))
    assert [difference.what for difference in found] == ["feature age", "feature size"]


def test_breaking_changes_are_first() -> None:
    challenger = artefact(number("size", nullable=True), AGE, classes=("no", "yes", "zero"))
    assert [difference.breaks for difference in find_changes(OLD, challenger)] == [
        *(True, False),
        False,
    ]


@pytest.mark.parametrize(
    "challenger",
    [
        artefact(CITY, number("size"), number("age", nullable=True)),
        artefact(AGE, category("city", "Ulm")),
        artefact(AGE, CITY, classes=("maybe", "yes", "no")),
        artefact(AGE, CITY, probabilities=False),
    ],
)
def test_models_with_the_same_feature_and_class_names_are_comparable(challenger: Artefact) -> None:
    assert why_not_comparable(OLD, challenger, "accuracy") == ""


@pytest.mark.parametrize(
    ("challenger", "metric", "reason"),
    [
        (artefact(AGE), "f1", "it takes 'city', which the challenger's rows lack."),
        (artefact(BOOLEAN_AGE, CITY), "f1", "it takes 'age' as a number, but the challenger"),
        (
            artefact(AGE, CITY, classes=("no", "maybe")),
            "f1",
            "it predicts 'yes', which is not a class",
        ),
        (REGRESSION, "r2", "it is a classification and the challenger a regression."),
        (
            artefact(AGE, CITY, classes=("a", "no", "yes")),
            "neg_log_loss",
            "the class 'a' probability 0",
        ),
    ],
)
def test_the_reason_why_a_champion_cannot_be_scored_is_given(
    challenger: Artefact, metric: str, reason: str
) -> None:
    assert reason in why_not_comparable(OLD, challenger, metric)


def test_a_regression_has_no_classes_to_compare() -> None:
    assert why_not_comparable(REGRESSION, REGRESSION, "r2") == ""
    assert find_changes(REGRESSION, REGRESSION) == ()
    assert unknown_classes(REGRESSION, REGRESSION) == []


def test_a_hostile_name_is_shown_on_one_short_line() -> None:
    text = quote_name("a\n\x1b[31mERROR " + "x" * 10**6)
    assert text.startswith("'a\\n\\x1b[31mERROR xxx")
    assert len(text) < 2 * LONGEST_NAME


def test_names_that_look_alike_are_one_feature() -> None:
    older = artefact(number(" age"), category("sta\u0308dte", " Bonn"))
    newer = artefact(AGE, category("st\u00e4dte", "Bonn"))
    assert find_changes(older, newer) == ()
    assert why_not_comparable(older, newer, "accuracy") == ""
    (found,) = find_changes(older, artefact(newer.features[1], AGE))
    assert "'städte' is now before 'age'" in found.sentence


def missing(*spellings: str, nullable: bool = True) -> Artefact:
    made = artefact(number("age", nullable=nullable), CITY)
    return made.model_copy(update={"missing_values": spellings})


def test_a_spelling_that_is_not_missing_any_more_is_named_and_passes() -> None:
    (found,) = find_changes(missing("NA", "?", "-"), missing("NA"))
    assert found.sentence == (
        "'?', '-' no longer count as missing in 'age' "
        """(to keep them, train with TRAINER_MISSING='["NA", "?", "-"]')"""
    )
    assert not found.breaks


def test_the_spellings_of_a_csv_file_are_a_setting_for_a_parquet_file() -> None:
    (found,) = find_changes(missing(*CSV_SPELLINGS), missing())
    setting = found.sentence.split("TRAINER_MISSING=")[1].removesuffix(")")
    assert json.loads(shlex.split(setting)[0]) == [*CSV_SPELLINGS]


def test_a_setting_that_is_long_or_for_some_columns_only_is_not_proposed() -> None:
    long = [f"missing since {year}" for year in range(2000, 2030)]
    changed = missing("NA").features[0].model_copy(update={"missing_values": ("NA",)})
    other = missing().features[1].model_copy(update={"missing_values": ("?",), "nullable": True})
    plain = [f.model_copy(update={"missing_values": None}) for f in (changed, other)]
    for champion, challenger in (
        (missing(*long), missing()),
        (artefact(changed, other), artefact(*plain)),
    ):
        (found,) = find_changes(champion, challenger)
        assert "TRAINER_MISSING" not in found.sentence


@pytest.mark.parametrize(
    ("champion", "challenger"),
    [
        (missing(), missing("NA", "?")),
        (missing("NA", nullable=False), missing("?", nullable=False)),
        (missing("NA"), missing("?", "NA")),
    ],
)
def test_further_missing_spellings_are_no_change(champion: Artefact, challenger: Artefact) -> None:
    assert find_changes(champion, challenger) == ()
