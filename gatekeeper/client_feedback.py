"""Send a file with labels to the gatekeeper, in parts that it accepts."""

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

from gatekeeper.labels_table import LabelsTable, explain_csv, open_labels
from shared.errors import ClientError

PART_LABELS = 20_000
"""Most labels of one request."""
PART_CHARACTERS = (2 << 20) - (1 << 16)
"""Characters after which a part ends: with its last label, four bytes for each are 8 MiB."""
_PLACE = re.compile(r"^(Line|Entry) ([0-9]+)")
Format = Literal["csv", "json"]
Post = Callable[[bytes, str], Any]
"""Send a body with its media type, and return the JSON of the answer; raises ClientError."""


class _Part(NamedTuple):
    body: bytes
    labels: int
    before: int
    """Lines or entries of the file that precede the part, less those of its header."""


def find_format(name: str) -> Format:
    """Return the format that the end of a file's name says; raise ClientError for another end."""
    if name.lower().endswith(".csv"):
        return "csv"
    if name.lower().endswith(".json"):
        return "json"
    raise ClientError(
        f"The name {name} does not say the format of the labels. End it with .csv or .json."
    )


def send_file(name: str, form: Format | None, post: Post) -> dict[str, int | None]:
    """Send the labels in a file, or on standard input for `-`, and return the sum of the counts.

    Raises ClientError. Labels of earlier parts are then kept, and the message says how many.
    """
    form = form or find_format(name)
    sums, unknown = Counter[str](), set[str]()
    try:
        with _split(name, form) as parts:
            for part in parts:
                media_type = "text/csv" if form == "csv" else "application/json"
                counts = _post(part, media_type, post, sums["received"])
                unknown |= {kind for kind, count in counts.items() if count is None}
                sums.update({kind: count or 0 for kind, count in counts.items()})
    except UnicodeDecodeError as error:
        raise ClientError(f"{name} is not UTF-8. Save it as UTF-8.") from error
    except csv.Error as error:
        raise explain_csv(name, error) from error
    except (ValueError, RecursionError) as error:
        place = (
            f": line {error.lineno} is not JSON" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise ClientError(
            f"{name} is not a JSON list of labels{place}. Write a list such as "
            """[{"id": "a", "label": 1}]."""
        ) from error
    except OSError as error:
        raise ClientError(
            f"Cannot read {name}: {error.strerror}. Set FILE to the labels."
        ) from error
    return {kind: None if kind in unknown else count for kind, count in sums.items()}


def show_feedback(counts: dict[str, int | None]) -> str:
    """Say in words what the labels changed."""
    lines = [f"Labels received: {counts['received']}. They are kept."]
    if counts["new"] is None:
        lines.append("How many are new is not known yet: earlier labels are still being read.")
    else:
        lines.append(
            f"New: {counts['new']}. Replaced: {counts['replaced']}, of these with another value: "
            f"{counts['contradicting']}."
        )
    if counts["unknown"] is None:
        lines.append("How many name no logged row is not known yet: the log is still being read.")
    elif counts["unknown"]:
        lines.append(
            f"Without a logged row: {counts['unknown']}. They count as soon as rows with their ids "
            "are published."
        )
    return "\n".join(lines)


def _post(part: _Part, media_type: str, post: Post, kept: int) -> Any:
    try:
        return post(part.body, media_type)
    except ClientError as error:
        message = _PLACE.sub(lambda found: f"{found[1]} {int(found[2]) + part.before}", str(error))
        if kept:
            message += (
                f" The {kept} labels before this part are kept. You can send the whole file again."
            )
        raise ClientError(message) from error


@contextmanager
def _split(name: str, form: Format) -> Iterator[Iterator[_Part]]:
    if form == "csv":
        with open_labels(name) as table:
            yield _split_table(table)
    else:
        with _opened(name) as file:
            yield _split_list(file)


@contextmanager
def _opened(name: str) -> Iterator[IO[str]]:
    if name == "-":
        sys.stdin.reconfigure(encoding="utf-8-sig", newline="")  # type: ignore[union-attr]  # a text stream
        yield sys.stdin
        return
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        yield file


def _split_table(table: LabelsTable) -> Iterator[_Part]:
    """Yield parts of whole lines, each with the header."""
    taken = list[str]()
    size = labels = before = 0

    def lines() -> Iterator[str]:
        nonlocal size
        for line in table.lines:
            size += len(line)
            taken.append(line)
            yield line

    reader = csv.reader(lines(), strict=True)
    next(reader, None)
    header, lines_of_header = "".join(taken), reader.line_num
    taken.clear()
    for fields in reader:
        labels += bool(fields)
        if labels == PART_LABELS or size > PART_CHARACTERS:
            yield _Part((header + "".join(taken)).encode(), labels, table.skipped + before)
            before = reader.line_num - lines_of_header
            taken.clear()
            size = labels = 0
    if labels or not before:
        yield _Part((header + "".join(taken)).encode(), labels, table.skipped + before)


def _split_list(file: IO[str]) -> Iterator[_Part]:
    labels = json.load(file)
    if not isinstance(labels, list):
        raise ValueError("the file has no list")  # noqa: TRY004 - as other mistakes in the file
    taken = list[str]()
    size = before = 0
    for number, label in enumerate(labels, 1):
        taken.append(json.dumps(label, ensure_ascii=False))
        size += len(taken[-1])
        if len(taken) == PART_LABELS or size > PART_CHARACTERS:
            yield _Part(_encode_list(taken), len(taken), before)
            before = number
            taken.clear()
            size = 0
    if taken or not before:
        yield _Part(_encode_list(taken), len(taken), before)


def _encode_list(entries: list[str]) -> bytes:
    """Return a JSON list of *entries*; half of a surrogate pair stays an escape."""
    return f"[{','.join(entries)}]".encode(errors="backslashreplace")
