"""The shape of strings with numbers is recognised, and labels have none."""

import pytest

from trainer.tables.columns.text_shapes import find_shape

SHAPES = {
    "durations": [
        "2w 3d|5d|1w",
        "PT2M5.5S|PT90S|P1Y2M10DT2H30M",
        "3 Stunden 20 Minuten|1 Stunde|2 Std. 5 Min.",
        "1 hour, 5 minutes|2 hours|35 minutes and 10 seconds",
        "120:05|75:30|9:59",
        "-1 days +23:59:00|3 days 00:00:00|0 days 12:30:15.5",
    ],
    "pairs of numbers": ["7/8|1/2|9/16", "12 out of 20|3 out of 20|20 out of 20", "4:3|16:9|21:9"],
    "coordinates": [
        "8.5°W|120.25°E|0°E",
        "S33°52'|N51°30'|N 40° 42' 46\"",
        "51.5074N|40.7128N|1.125S",
    ],
    "periods": [
        "FY19|FY20|FY21",
        "Woche 3|Woche 40|Woche 5",
        "2021/22|2022/23|2023/24",
        "3 May|4 Jun.|May 5",
    ],
    "ranges": [
        "5..10|10..20|20..50",
        "1-2 km|2-5 km|> 5 km",
        "from 1 to 5|from 6 to 10|from 11 to 15",
    ],
    "bounds or rough numbers": ["≥ 4|≤ 2|≈ 3", "more than 7|less than 2|at most 9", "100+|50+|20+"],
    "numbers with an uncertainty": [
        "2.0±0.1|3.1±0.2|2.5 ± 0.1 mm",
        "14 [12-16]|9 [8-10]|11 [9-13]",
    ],
    "versions or addresses": ["0.9.1-rc2|1.0.0|2.11.4", "172.16.0.1|172.16.0.2|172.16.4.4"],
    "ratings": ["⭐⭐|⭐|⭐⭐⭐", "+|++|+++", "★☆☆|★★☆|★★★"],
    "sizes of several numbers": ["1920x1080|1280x720|640x480", "4*6*2|1*1*1|3*3*9"],
    "numbers in another base": ["0b101|0b1|0b110", "0xdead|0xbe|0xef"],
    "lists of numbers": ["(3, 4)|(5, 6)|(7, 8)", "[1,2]|[3,4]|[5,6]"],
    "numbers with a unit": [
        "7 mg/l|3 mg/l|9 mg/l",
        "2 bathrooms|1 bathrooms|3 bathrooms",
        "3 °C|5 °C|7 °C",
    ],
    "numbers in the form '#_#'": ["1_2|3_4|5_6"],
    "numbers in the form 'floor # door #'": ["floor 1 door 2|floor 3 door 14|floor 2 door 2"],
}
LABELS = [
    "B1|B2|B3",
    "R-7|R-8|R-9",
    "gate 4|gate 5|gate 6",
    "M|L|XL",
    "4a|4b|5a|5b",
    "Covid19|H5N1|SARS2",
    "DE-1020|AT-1010|CH-8000",
    "664-1234567|664-2234567|664-9934567",
    "00-12|01-13|02-14",
    "3 Elm Road|5 Oak Lane|9 Ash Way",
    "north|south|east",
    "2019 vintage cabernet|sparkling|house red",
    "?|-|n.a.|5 kg",
    "note 5: " + "x" * 200 + "|b|c",
]


@pytest.mark.parametrize(
    ("name", "cells"), [(name, cells) for name, columns in SHAPES.items() for cells in columns]
)
def test_most_strings_of_one_shape_give_the_column_its_shape(name: str, cells: str) -> None:
    values = dict.fromkeys(cells.split("|"), 10)
    for other in ({}, {"unknown": 9}, {"-": 40}):
        shape = find_shape(values | other)
        assert shape is not None
        assert shape.name == name
        assert shape.example in values


@pytest.mark.parametrize("cells", LABELS)
def test_labels_have_no_shape(cells: str) -> None:
    assert find_shape(dict.fromkeys(cells.split("|"), 10)) is None


@pytest.mark.parametrize("cells", [*SHAPES["durations"], *SHAPES["pairs of numbers"]])
def test_two_different_strings_are_a_category(cells: str) -> None:
    assert find_shape(dict.fromkeys(cells.split("|")[:2], 50)) is None


def test_some_strings_of_a_shape_among_words_are_none() -> None:
    assert find_shape({"1d 2h": 10, "3h 5m": 10, "2d 1h": 10, "a": 9, "b": 9, "c": 9}) is None
    assert find_shape({"1d 2h": 90, "3h 5m": 90, "2d 1h": 90, "a": 9, "b": 9, "c": 9}) is not None
