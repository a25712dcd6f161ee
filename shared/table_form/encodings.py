"""Find the encoding of a text: UTF-8, UTF-16 or Windows-1252."""

import codecs
import re
from collections.abc import Iterable

from shared.errors import TableFormError
from shared.text import quote

UTF_8 = "utf-8"
WESTERN = "cp1252"
"""Windows-1252, which has all printable characters of Latin-1 at the same places."""
_MARKS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NAMES = {UTF_8: "UTF-8", WESTERN: "Windows-1252"}
_MOST_NULS = 0.3
"""With at least this fraction of NUL bytes at every second place, a text is in UTF-16."""
_UTF_8_PAIRS = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_SIGNS = bytes.fromhex("8283868788898b95989ba2a4a5a6a8aaacafb1b4b6b8babcbdbe").decode(WESTERN)
"""Signs that are seldom beside a special character, such as a dagger or a broken bar."""
_QUOTES = "“”„«»€™"
_NOT_WESTERN = re.compile(
    r"[^\x00-\xa0“”„«»\u2019\u2013—…€¿¡°]{3}"
    rf"|[{_SIGNS}][^\x00-\xa0]|[^\x00-\xa0][{_SIGNS}]"
    rf"|[A-Za-zß-öø-ÿ][{_SIGNS}{_QUOTES}¡¿][a-zß-öø-ÿ]"
    r"|[a-zß-öø-ÿ][ŠŽŸÀ-ÖØ-Þ][a-zß-öø-ÿ]"
)
"""Text that Windows-1252 seldom has: three special characters in a row, a sign beside another
special character, and a sign or a capital within a word."""
_WORD = re.compile(r"[^\s,;\t|\"]{0,12}[^\x00-\x7f][^\s,;\t|\"]{0,12}")
_EIGHT_BIT = "windows-1250, windows-1251, cp850, mac_roman, shift_jis and gb18030"


def name_encoding(encoding: str) -> str:
    """Return the name of an encoding for people."""
    return _NAMES.get(encoding, encoding.upper())


def find_encoding(head: bytes) -> str:
    """Return the encoding of a text by its beginning.

    Raises TableFormError for bytes that are not text, and for other encodings.
    """
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        return _find_wide(head)
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(head)
    except UnicodeDecodeError:
        return judge_lines(head.splitlines())
    return UTF_8


def _find_wide(head: bytes) -> str:
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        here, there = head[start::2], head[1 - start :: 2]
        if here.count(0) >= _MOST_NULS * len(here) and there.count(0) < len(there) / 100:
            return encoding
    raise TableFormError(
        "has NUL bytes, which no text has.", advice="Write it again as CSV in UTF-8."
    )


def judge_lines(lines: Iterable[bytes]) -> str:
    """Return the encoding of lines: UTF-8 only if all of them are.

    Raises TableFormError if only most of their special characters are in UTF-8, or if the text is
    not plausible in Windows-1252.
    """
    others = [line for line in lines if not line.isascii()]
    if all(map(_is_utf_8, others)):
        return UTF_8
    text = b"\n".join(others)
    in_pairs = sum(map(len, _UTF_8_PAIRS.findall(text)))
    if 2 * in_pairs >= len(re.findall(rb"[\x80-\xff]", text)):
        return _refuse_mixture(others)
    try:
        read = text.decode(WESTERN)
    except UnicodeDecodeError:
        return _refuse_other("has bytes that are neither UTF-8 nor Windows-1252")
    if found := _NOT_WESTERN.search(read):
        start = max(0, found.start() - 12)
        word = _show_word(read[start : found.end() + 12])
        return _refuse_other(f"is not in UTF-8. In Windows-1252 it reads {word}")
    return WESTERN


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def find_example(lines: Iterable[bytes], encoding: str) -> str:
    """Return a word with a special character, in quotes; empty without one."""
    for line in lines:
        if not line.isascii():
            return _show_word(line.decode(encoding, errors="replace"))
    return ""


def _refuse_mixture(lines: list[bytes]) -> str:
    for line in lines:
        try:
            line.decode(UTF_8)
        except UnicodeDecodeError as error:
            part = line[max(0, error.start - 20) : error.start + 20]
            broken = quote(part.decode(UTF_8, errors="replace"), 40)
            raise TableFormError(
                f"is in UTF-8 except for some bytes, such as in {broken}. In Windows-1252 that is "
                f"{quote(part.decode(WESTERN, errors='replace'), 40)}.",
                [{"encoding": WESTERN}],
                "Write these bytes again in UTF-8.",
            ) from error
    raise AssertionError("a line is not in UTF-8")


def _refuse_other(found: str) -> str:
    raise TableFormError(
        f"{found}.",
        [{"encoding": "…"}],
        f"Save it as UTF-8, or name its encoding; others are {_EIGHT_BIT}.",
    )


def _show_word(text: str) -> str:
    found = _WORD.search(text)
    return quote(found[0] if found else text, 40)
