"""The strings that count as missing in a table."""

CSV_SPELLINGS = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null",
)  # fmt: skip
"""Missing in every column of a CSV file, as is an empty cell. They are pyarrow's defaults."""
