"""Labels that are probably one are found, and similar labels of their own are not."""

import pytest

from tests.support.python_steps import count_python_steps
from trainer.dataset.columns.misspelt_labels import group_labels, is_within

MISSPELT = [
    *(("Basic", "Bsaic"), ("Basic", "BSAIC"), ("premium", "premum"), ("premium", "premiium")),
    *(("premium", "prenium"), ("Österreich", "Osterreihc"), ("Vienna", "Veinna")),
    *(("Internal Medicine", "Internal Medecine"), ("model 12 large", "modle 12 large")),
    *(("Grundversorgung", "Grundversogrunk"), ("professional", "proffesional")),
    *(("enterprise", "entreprise"), ("standard", "standart")),
]
OTHERS = [
    *(("A1", "A2"), ("north", "south"), ("male", "female"), ("2xl", "3xl"), ("X", "Y")),
    *(("east", "west"), ("Iran", "Iraq"), ("Zambia", "Gambia"), ("Niger", "Nigeria")),
    *(("Australia", "Austria"), ("Slovakia", "Slovenia"), ("internal", "external")),
    *(("hypertension", "hypotension"), ("endothermic", "exothermic"), ("legal", "illegal")),
    *(("typical", "atypical"), ("satisfied", "unsatisfied"), ("typeA", "typeB")),
    *(("Group B", "Group C"), ("Group", "Group B"), ("phase II", "phase III")),
    *(("model 2020", "model 2021"), ("V1.10", "V1.11"), ("mon", "sun"), ("small", "mall")),
    *(("increase", "decrease"), ("A+", "A-"), ("true", "truth"), ("", "x"), ("premium", "plus")),
]


@pytest.mark.parametrize(("usual", "rare"), MISSPELT)
def test_a_rare_label_is_misspelt(usual: str, rare: str) -> None:
    rows = {rare: 3, usual: 90, "another one": 60}

    assert group_labels(rows) == [{usual: 90, rare: 3}]
    assert group_labels({rare: 80, usual: 90}) in ([], [{usual: 90, rare: 80}])


@pytest.mark.parametrize(("usual", "rare"), OTHERS)
def test_another_label_is_not_misspelt(usual: str, rare: str) -> None:
    assert group_labels({usual: 290, rare: 10}) == []
    assert group_labels({usual: 10, rare: 290}) == []


def test_a_frequent_label_is_not_misspelt() -> None:
    assert group_labels({"contact": 160, "contract": 140}) == []


def test_labels_that_differ_in_case_are_one_at_any_frequency() -> None:
    rows = {"basic": 50, "Basic": 60, "BASIC": 1, "Bsaic": 2, "plus": 80, "e-mail": 5, "email": 4}

    assert group_labels(rows) == [
        {"Basic": 60, "basic": 50, "BASIC": 1, "Bsaic": 2},
        {"e-mail": 5, "email": 4},
    ]


@pytest.mark.parametrize(
    ("first", "second", "edits"),
    [
        *(("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ac", 1), ("abc", "abxc", 1)),
        *(("abc", "axc", 1), ("abcdef", "badcfe", 3), ("", "ab", 2), ("kitten", "sitting", 3)),
    ],
)
def test_a_swap_is_one_edit(first: str, second: str, edits: int) -> None:
    assert is_within(first, second, edits)
    assert is_within(second, first, edits)
    assert not edits or not is_within(first, second, edits - 1)


def test_of_most_pairs_of_a_thousand_labels_only_the_letters_are_compared() -> None:
    rows = {f"label {chr(97 + n % 26)}{n % 23}{chr(97 + n // 39)}": 1 + n for n in range(1000)}

    steps = count_python_steps(lambda: group_labels(rows))

    assert steps < 1_200_000, "comparing the words of all pairs takes 1,470,000"
