"""Dates and times of all common spellings are read, and other texts are not."""

from datetime import datetime, timedelta

import pytest

from trainer.tables.dates.date_text import read_date

DAYS = [
    *("2024-03-14", "2024/03/14", "2024/3/14", "2024.03.14", "2024. 3. 14.", "20240314"),
    *("03/14/2024", "14/03/2024", "14.03.2024", "14.3.24", "14-03-2024", "14. 3. 2024"),
    *("14-Mar-24", "14-MAR-2024", "14MAR2024", "14 Mar 2024", "14/Mar/2024", "14-Mar-'24"),
    *("Mar 14, 2024", "March 14th, 2024", "14 March 2024", "14th of March 2024", "2024-Mar-14"),
    *("14. März 2024", "14. Ma\u0308rz 2024", "14 mars 2024", "14 de marzo de 2024", "14 mrt 2024"),
    *("Thursday, March 14, 2024", "Do 14.03.2024", "jeudi 14 mars 2024", "2024-W11-4"),
    *("2024年3月14日", "2024년 3월 14일", " 14\u00a0March\u00a02024 "),
]
MOMENTS = [
    *("2024-03-14T10:00Z", "2024-03-14 10:00", "2024-03-14T11:00:00+01:00", "2024-03-14 10:00 UTC"),
    *("2024-03-14 10:00:00,000", "20240314T100000Z", "20240314T1000", "20240314100000"),
    *("03/14/2024 10:00 AM", "3/14/2024, 10:00:00\u202fAM", "14.03.2024 10:00 Uhr"),
    *("14.03.2024 um 10:00", "14.03.2024, 10:00", "Mar 14, 2024 10:00 a.m.", "14/03/2024 10h00"),
    *("Thu, 14 Mar 2024 10:00:00 GMT", "Thu, 14 Mar 2024 05:00:00 EST", "14MAR2024:10:00:00"),
    *("14/Mar/2024:10:00:00 +0000", "Thu Mar 14 10:00:00 2024", "Thu Mar 14 11:00:00 CET 2024"),
    *("Thu Mar 14 2024 11:00:00 GMT+0100 (Central European Standard Time)",),
    *("14-MAR-24 10.00.00 AM", "14-MAR-24 10.00.00.000000 AM", "14.03.2024 10.00 Uhr"),
    *("2024-03-14-10.00.00.000000", "2024-03-14 10.00.00", "14-MAR-24 11.00.00 AM +01:00"),
    *("2024:03:14 10:00:00", "2024-03-14 10:00:00 Europe/Vienna", "2024-03-14 10:00 JST"),
    *("2024-03-14T11:00:00+01:00[Europe/Berlin]", "2024-03-14 12:00 +02", "2024-03-14 10:00:00-00"),
]
OTHERS = [
    *("", "unknown", "0000-00-00", "2024-02-30", "31.04.2024", "13/13/2024", "2024-13", "00/00/00"),
    *("3/4", "12/24", "1/2", "1.2.3", "10.0.0.1", "192.168.1.24", "555-1234", "06 12 34 56 78"),
    *("123-45-6789", "978-3-16-148410-0", "12345678", "1.5", "1e10", "007", "2023-24", "-5", "½"),
    *("5000W10", "1002-11-05", "2019/2020", "120/80", "1/2-1/2", "1:23.456", "12-AB-2024"),
    *("Room 12", "12 monkeys 2024", "Model 2024", "May", "Monday", "14-Mar", "Mar 14", "B-52"),
    *("10.05", "5 10.05", "1.2 10.05.00", "KW 12", "KW 60/2024", "H3 2024", "W12"),
    *("10:00 Europe/Vienna", "10:00 left", "W122024", "2024:03:14", "14.03.2024-10.05"),
    *("24:30", "12:60", "1:2:3", "13:00 PM", "08:30-09:30", "4:3", "8 h", "10:00:00:00"),
]
TIMES = {
    "08:30": timedelta(hours=8, minutes=30),
    "8:30": timedelta(hours=8, minutes=30),
    "08:30:15": timedelta(hours=8, minutes=30, seconds=15),
    "08:30:15.5": timedelta(hours=8, minutes=30, seconds=15.5),
    "8:30 PM": timedelta(hours=20, minutes=30),
    "12:05 a.m.": timedelta(minutes=5),
    "8 PM": timedelta(hours=20),
    "14h30": timedelta(hours=14, minutes=30),
    "08:30 Uhr": timedelta(hours=8, minutes=30),
    "24:00": timedelta(days=1),
}


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read(text: str) -> None:
    found = read_date(text)

    assert found is not None
    assert found.moment == datetime(2024, 3, 14)  # noqa: DTZ001 - moments have no time zone


@pytest.mark.parametrize("text", MOMENTS)
def test_a_day_with_a_time_is_read_in_utc(text: str) -> None:
    found = read_date(text)

    assert found is not None
    assert found.moment == datetime(2024, 3, 14, 10)  # noqa: DTZ001 - as above


@pytest.mark.parametrize("text", OTHERS)
def test_another_text_is_not_a_date(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize("text", TIMES)
def test_a_time_of_day_is_read(text: str) -> None:
    found = read_date(text)

    assert found is not None
    assert found.day is None
    assert found.time == TIMES[text]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        *(("2024-03", (2024, 3, 1)), ("03/2024", (2024, 3, 1)), ("Mar-24", (2024, 3, 1))),
        *(("March 2024", (2024, 3, 1)), ("2024Q1", (2024, 1, 1)), ("Q4 2023", (2023, 10, 1))),
        *(("KW 12/2024", (2024, 3, 18)), ("KW12 2024", (2024, 3, 18)), ("KW 1/24", (2024, 1, 1))),
        *(("2024-KW12", (2024, 3, 18)), ("2024 W2", (2024, 1, 8)), ("12. KW 2024", (2024, 3, 18))),
        *(("Week 12, 2024", (2024, 3, 18)), ("Q1/24", (2024, 1, 1)), ("3Q24", (2024, 7, 1))),
        *(("H2 2024", (2024, 7, 1)), ("2024H1", (2024, 1, 1)), ("Q1 '24", (2024, 1, 1))),
        *(("2024W11", (2024, 3, 11)), ("2024-W01", (2024, 1, 1)), ("03/04/69", (1969, 4, 3))),
        *(("9999-12-31", (9999, 12, 31)), ("1.2.68", (2068, 2, 1))),
    ],
)
def test_a_period_is_its_first_day(text: str, first: tuple[int, int, int]) -> None:
    found = read_date(text)

    assert found is not None
    assert found.moment == datetime(*first)  # noqa: DTZ001 - as above


def test_an_open_order_is_the_readers_choice() -> None:
    texts = [read_date("03/04/2024", first) for first in ("day", "month")]

    assert [text.moment.month for text in texts if text] == [4, 3]
    assert [text.day.order for text in texts if text and text.day] == ["open", "open"]
