"""A column of dates is recognised, and a column of versions, ratios or codes is not."""

from collections import Counter
from collections.abc import Sequence

import pytest

from trainer.tables.dates.date_spellings import find_dates

MONTHS = range(1, 13)
DAYS = range(1, 29)


@pytest.mark.parametrize(
    "spelling",
    [
        *(
            "{m:02}/{d:02}/2024",
            "{d:02}/{m:02}/2024",
            "{d}.{m}.24",
            "{d:02}.{m:02}.24",
            "2024{m:02}{d:02}",
        ),
        *("2024-{m:02}-{d:02}T10:00Z", "{d}-{m}-24", "2024-{m:02}", "{m}/{d}/24 10:00 PM"),
    ],
)
def test_dates_of_one_spelling_are_dates(spelling: str) -> None:
    values = [spelling.format(m=month, d=day) for month in MONTHS for day in DAYS]

    found = find_dates(Counter(values))

    assert found is not None
    assert (found.kind, found.example, found.others) == ("dates", values[0], {})
    assert found.describe() == f"dates such as {values[0]!r}"


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(["1.2.24", "1.2.25", "1.10.11", "2.4.12", "3.1.10"], id="versions"),
        pytest.param(["1.2.3", "1.10.0", "2.0.1"], id="short versions"),
        pytest.param(["1.13.24", "18.3.21", "13.1.10", "1.12.19"], id="versions of both orders"),
        pytest.param(["10.0.0.1", "10.0.0.2"], id="addresses"),
        pytest.param(["3/4", "1/2", "12/24"], id="fractions"),
        pytest.param(["2009-10", "2010-11", "2011-12"], id="seasons"),
        pytest.param(["2009-10", "2010-11", "2022-23"], id="seasons that are not months"),
        pytest.param(["4:3", "16:9", "16:10"], id="ratios"),
        pytest.param(["20-12-34", "40-47-84", "09-01-28"], id="sort codes"),
        pytest.param(["01-02-03-04", "06 12 34 56 78"], id="telephone numbers"),
        pytest.param(["20240314", "12345678"], id="numbers"),
        pytest.param(["red", "green", "2024-03-14"], id="colours and one date"),
        pytest.param([f"note {i}" for i in range(50)] + ["2024-03-14"] * 9, id="free text"),
        pytest.param(["B-52", "A-10", "F-16"], id="names with numbers"),
        pytest.param(["08:30-09:30", "09:30-10:30"], id="ranges of times"),
        pytest.param(["Mon", "Tue", "March"], id="names of days and months"),
        pytest.param(["", " "], id="empty"),
    ],
)
def test_other_columns_are_not_dates(values: Sequence[str]) -> None:
    assert find_dates(Counter(values)) is None


def test_cells_that_are_not_dates_are_listed_with_their_counts() -> None:
    rows = [f"2024-03-{day:02}" for day in range(1, 29)] * 3
    rows += ["unknown"] * 4 + ["0000-00-00"]

    found = find_dates(Counter(rows))

    assert found is not None
    assert found.describe() == (
        "dates such as '2024-03-01', except 'unknown' in 4 rows, '0000-00-00' in 1 row"
    )


def test_times_of_day_are_not_dates() -> None:
    slots = [f"{hour}:30" for hour in range(7, 19)]
    found = find_dates(Counter(slots))
    with_others = find_dates(Counter([*slots, "closed"]))

    assert found is not None
    assert with_others is not None
    assert found.describe() == "times of day such as '7:30'"
    assert with_others.describe() == "times of day such as '7:30', except 'closed' in 1 row"
    assert find_dates(Counter(["08:30", "closed"])) is None
