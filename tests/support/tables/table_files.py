"""The files of the table in docs/data.md: one small table in many forms."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
from pyarrow import parquet

ROWS = 60
CITIES = ("Köln", "Graz")
Write = Callable[[Path], Path]


def folder_of_copies(*names: str) -> Write:
    """Return a function that writes a folder with the same table in each file."""

    def write(folder: Path) -> Path:
        for name in names:
            (folder / "table" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "table" / name).write_bytes(parquet_bytes())
        return folder / "table"

    return write


def write_partitions(folder: Path) -> Path:
    """Write the table into one folder for each row, whose names have the city."""
    rows = table()
    for row in range(ROWS):
        city = quote(rows["city"][row].as_py())
        part = folder / "table" / f"row=1{row:02}" / f"city={city}" / "part-0.parquet"
        part.parent.mkdir(parents=True)
        parquet.write_table(rows.slice(row, 1).drop_columns("city"), part)
    return folder / "table"


def write_odd_partitions(folder: Path) -> Path:
    """Write the table four times, into folders with values of four types."""
    for name in ("n=1/x=0.5/b=true/c=a%20b", "n=-20/x=2/b=false/c=__HIVE_DEFAULT_PARTITION__"):
        part = folder / "table" / name / "part-0.snappy.parquet"
        part.parent.mkdir(parents=True)
        parquet.write_table(table(), part)
    return folder / "table"


def prices_of(price: str, *, separator: str = ",", mark: str = "") -> str:
    """Return the table with another column; its cells have *price* with numbers from 200 in it.

    Without a decimal *mark*, the widths are whole numbers.
    """
    lines = text_of(separator, mark=mark or "_").replace("_5", "").splitlines()
    priced = [f'{line}{separator}"{price.format(200 + n)}"' for n, line in enumerate(lines[1:])]
    return "\n".join([f"{lines[0]}{separator}price", *priced]) + "\n"


def text_of(separator: str = ",", *, mark: str = ".", cities: tuple[str, str] = CITIES) -> str:
    """Return the table as CSV. Each width is a whole number and a half, but the first is 0."""
    rows = (
        (f"{row}{f'{mark}5' if row else ''}", cities[row % 2], "ab"[row // 2 % 2])
        for row in range(ROWS)
    )
    return "\n".join([separator.join(("width", "city", "size")), *map(separator.join, rows)]) + "\n"


def table() -> pa.Table:
    """Return the table with types."""
    return pa.table(
        {
            "width": [row + 0.5 * (row > 0) for row in range(ROWS)],
            "city": [CITIES[row % 2] for row in range(ROWS)],
            "size": ["ab"[row // 2 % 2] for row in range(ROWS)],
        }
    )


def file_of(data: str | bytes, name: str = "table.csv") -> Write:
    """Return a function that writes the data."""

    def write(folder: Path) -> Path:
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return folder / name

    return write


def parquet_bytes() -> bytes:
    """Return the table as Parquet."""
    file = io.BytesIO()
    parquet.write_table(table(), file)
    return file.getvalue()


def zip_of(member: str) -> bytes:
    """Return a zip file with one member."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, text_of())
    return file.getvalue()


def folder_of(*others: str, data: str = "part.parquet", result: str = "") -> Write:
    """Return a function that writes a folder with Parquet and with files of a table format."""

    def write(folder: Path) -> Path:
        for name in others:
            (folder / "table" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "table" / name).write_text("{}")
        (folder / "table" / data).parent.mkdir(parents=True, exist_ok=True)
        (folder / "table" / data).write_bytes(parquet_bytes())
        return folder / "table" / result

    return write


def _write_late_letters(folder: Path) -> Path:
    first, rest = text_of(cities=("Wien", "Graz")), text_of().partition("\n")[2]
    return file_of((first + "7,Wien,a\n" * 250_000 + rest).encode("cp1252"))(folder)


def _write_open_quote(folder: Path) -> Path:
    return file_of(text_of() + '7,"Graz,a\n' + "7,Graz,a\n" * 1_000_000)(folder)


_BOTH = "a,b;c,size\n" + "".join(f"{row},5;{row + 1},{'ab'[row % 2]}\n" for row in range(1, 60))
_TITLE = "Our cities\n\n" + text_of()
_CYRILLIC = text_of(cities=("Киев", "Минск")).encode("windows-1251")
_HTML = "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n"
_GZIP = gzip.compress(text_of().encode())

FILES: dict[str, Write] = {
    "commas": file_of(text_of()),
    "semicolons": file_of(text_of(";")),
    "tabs": file_of(text_of("\t"), "table.tsv"),
    "bars": file_of(text_of("|"), "table.txt"),
    "semicolons, and commas in all cells": file_of(text_of(";", cities=("Köln, D", "Graz, A"))),
    "commas or semicolons, both fit": file_of(_BOTH),
    "carets": file_of(text_of("^")),
    'carets, with `{"separator": "^"}`': file_of(text_of("^")),
    "semicolons and decimal commas": file_of(text_of(";", mark=",")),
    "decimal commas, and points between thousands": file_of(
        prices_of("1.{},5", separator=";", mark=",")
    ),
    "decimal points, and commas between thousands": file_of(prices_of("1,{}.5", mark=".")),
    "decimal points, and `1,234` in another column": file_of(prices_of("1,{}", mark=".")),
    "only `1,234`": file_of(prices_of("1,{}")),
    'only `1,234`, with `{"decimal": ","}`': file_of(prices_of("1,{}")),
    'only `1,234`, with `{"decimal": "."}`': file_of(prices_of("1,{}")),
    "decimal commas, and `1.234` in another column": file_of(
        prices_of("1.{}", separator=";", mark=",")
    ),
    "semicolons and only `1.234`": file_of(prices_of("1.{}", separator=";")),
    'semicolons and only `1.234`, with `{"decimal": "."}`': file_of(
        prices_of("1.{}", separator=";")
    ),
    "commas and only `1.234`": file_of(prices_of("1.{}")),
    "`sep=;` in the first line": file_of("sep=;\r\n" + text_of(";")),
    "a title before the names": file_of(_TITLE),
    'a title before the names, with `{"skip": 2}`': file_of(_TITLE),
    "no names": file_of(text_of().partition("\n")[2]),
    "UTF-8 with a byte order mark": file_of(text_of().encode("utf-8-sig")),
    "UTF-16": file_of(text_of().encode("utf-16")),
    "UTF-16 without a byte order mark": file_of(text_of().encode("utf-16-le")),
    "Latin-1": file_of(text_of().encode("latin-1")),
    "Windows-1252 with a euro sign": file_of(text_of(cities=("Köln€", "Graz")).encode("cp1252")),
    "Windows-1252 after two megabytes of ASCII": _write_late_letters,
    "UTF-8 with a broken character": file_of(text_of().encode() + b"7,K\xc3,a\n"),
    "Cyrillic in Windows-1251": file_of(_CYRILLIC),
    'Cyrillic, with `{"encoding": "windows-1251"}`': file_of(_CYRILLIC),
    "the code page 850 of DOS": file_of(text_of().encode("cp850")),
    "Japanese in Shift-JIS": file_of(text_of(cities=("東京", "大阪")).encode("shift_jis")),
    "quotes and prices in Windows-1252": file_of(
        text_of(cities=("“¿Él?” 5 €… l\u2019œuvre n° 2½", "« Élan\xa0»")).encode("cp1252")
    ),
    "UTF-32": file_of(text_of().encode("utf-32")),
    "NUL bytes": file_of(text_of().encode() + b"7,\0,a\n"),
    "gzip, named `.csv.gz`": file_of(_GZIP, "table.csv.gz"),
    "gzip, named `.CSV.GZ`": file_of(_GZIP, "TABLE.CSV.GZ"),
    "gzip, named `.csv`": file_of(_GZIP),
    "gzip, cut off": file_of(_GZIP[:-20], "table.csv.gz"),
    "CSV, named `.csv.gz`": file_of(text_of(), "table.csv.gz"),
    "zip, named `.csv`": file_of(zip_of("table.csv")),
    "xlsx, named `.csv`": file_of(zip_of("xl/workbook.xml")),
    "xlsx": file_of(zip_of("xl/workbook.xml"), "table.xlsx"),
    "Parquet, named `.csv`": file_of(parquet_bytes()),
    "a web page, named `.csv`": file_of(_HTML),
    "JSON, named `.csv`": file_of('[{"width": 1, "size": "a"}]'),
    "CSV, named `.parquet`": file_of(text_of(), "table.parquet"),
    "Parquet, cut off": file_of(parquet_bytes()[:-30], "table.parquet"),
    "a quote that is never closed": _write_open_quote,
    "Hive partitions by city": write_partitions,
    "Hive partitions with escapes, numbers and a missing value": write_odd_partitions,
    "folders without `=`": folder_of(data="north/part.parquet"),
    "Hive partitions by different columns": folder_of_copies(
        "city=Graz/part.parquet", "town=Wien/part.parquet"
    ),
    "a Delta table in a partition": folder_of("city=Graz/_delta_log/0.json"),
    "the folder of a Delta table": folder_of("_delta_log/00000000000000000000.json"),
    "a file of a Delta table": folder_of(
        "_delta_log/00000000000000000000.json", result="part.parquet"
    ),
    "the folder of an Iceberg table": folder_of(
        "metadata/v1.metadata.json", data="data/part.parquet"
    ),
    "the folder of a Hudi table": folder_of(".hoodie/hoodie.properties"),
}
"""A function that writes each file of the table."""
PRICES = {
    "decimal commas, and points between thousands": 1201.5,
    "decimal points, and commas between thousands": 1201.5,
    "decimal points, and `1,234` in another column": 1201.0,
    'only `1,234`, with `{"decimal": ","}`': 1.201,
    'only `1,234`, with `{"decimal": "."}`': 1201.0,
    'semicolons and only `1.234`, with `{"decimal": "."}`': 1.201,
    "commas and only `1.234`": 1.201,
}
"""The second price in the files that have prices and are read."""
