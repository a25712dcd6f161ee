"""Recognise files that are not the table that their name promises, by their first bytes."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 1 << 20
"""Bytes at the beginning of a file that are looked at."""
_TAR_PLACE = 257


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is not the expected one, and how a person makes a table of it."""

    name: str
    advice: str


GZIP = FileKind("a gzip file", "Give it a name that ends with .csv.gz.")
PARQUET = FileKind("a Parquet file", "Give it a name that ends with .parquet.")
_UNPACK = "Unpack it."
_SAVE_AS_CSV = "Open it and save the sheet as CSV UTF-8."
_EXPORT = "Export the table from it as CSV or Parquet."
_EXCEL = FileKind("an Excel workbook", _SAVE_AS_CSV)
_OFFICE = FileKind("a document of an office program", _SAVE_AS_CSV)
_ZIP = FileKind("a zip file", _UNPACK)
_MAGIC = {
    b"\x1f\x8b": GZIP,
    b"PAR1": PARQUET,
    b"PARE": FileKind("an encrypted Parquet file", "Write it again without encryption."),
    b"\xd0\xcf\x11\xe0": FileKind("an old Excel workbook or another Office file", _SAVE_AS_CSV),
    b"BZh": FileKind("a bzip2 file", _UNPACK),
    b"\xfd7zXZ\x00": FileKind("an xz file", _UNPACK),
    b"\x28\xb5\x2f\xfd": FileKind("a zstd file", _UNPACK),
    b"\x04\x22\x4d\x18": FileKind("an lz4 file", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": FileKind("a 7z file", _UNPACK),
    b"Rar!\x1a\x07": FileKind("a rar file", _UNPACK),
    b"ARROW1": FileKind("an Arrow or Feather file", _EXPORT),
    b"ORC": FileKind("an ORC file", _EXPORT),
    b"Obj\x01": FileKind("an Avro file", _EXPORT),
    b"SQLite format 3\x00": FileKind("a SQLite database", _EXPORT),
    b"\x89HDF\r\n": FileKind("an HDF5 file", _EXPORT),
    b"\x93NUMPY": FileKind("a NumPy array", _EXPORT),
    b"\x80\x04\x95": FileKind("a pickle of Python", _EXPORT),
    b"\x80\x05\x95": FileKind("a pickle of Python", _EXPORT),
    b"$FL2@(#)": FileKind("a file of SPSS", _EXPORT),
    b"<stata_dta>": FileKind("a file of Stata", _EXPORT),
    b"%PDF-": FileKind("a PDF document", "Get the table as CSV from its source."),
}
_HTML = FileKind(
    "a web page",
    "Download the file itself. A page in its place is often a login or an error.",
)
_XML = FileKind("an XML document", _EXPORT)
_JSON = FileKind("a JSON document", "Write its rows as CSV or Parquet.")
_TAR = FileKind("a tar archive", _UNPACK)


def find_kind(head: bytes, path: Path | None = None) -> FileKind | None:
    """Return what a file is by its first bytes; None for text that may be CSV.

    *path* serves to look into a zip file.
    """
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _ZIP if path is None else _look_into(path)
    if head[_TAR_PLACE : _TAR_PLACE + 5] == b"ustar":
        return _TAR
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return _HTML
    if text.startswith(b"<?xml"):
        return _XML
    compact = b"".join(text.split())
    return _JSON if compact.startswith((b'{"', b"[{", b"[[", b'["')) else None


def _look_into(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return _ZIP
    if any(name.startswith("xl/") for name in names):
        return _EXCEL
    if "mimetype" in names or "[Content_Types].xml" in names:
        return _OFFICE
    return _ZIP
