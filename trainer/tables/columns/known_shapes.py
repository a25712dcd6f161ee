"""Know the shapes in which people put numbers into strings, such as durations and ranges."""

import re
from dataclasses import dataclass
from functools import cached_property

_LONGEST = 64
"""Most characters of a string that has a shape. Longer ones are texts."""
_NUMBER = r"[+\-\u2212]?(?:[0-9]+(?:[.,'\u2019][0-9]+)*|\.[0-9]+)"
_AMOUNT = rf"(?:[$€£¥] ?)?{_NUMBER}(?:[km](?!\w))?"
_WORD = r"[^\W\d_]{1,20}\.?[²³]?"
_UNIT = rf"(?:{_WORD}(?:[ /]{_WORD}|/[€$£]){{0,2}}|[%‰€$£¥](?:/{_WORD})?|[\"'°][CF]?)"
_SHORT_UNIT = r"(?:[^\W\d_]{1,5}[²³]?|[\"'°][CF]?|[^\W\d_]+/[^\W\d_]+[²³]?)"
_MEASURE = rf"{_AMOUNT}(?: ?{_SHORT_UNIT}| {_UNIT})"
_TIME_UNIT = (
    "(?:d|days?|tage?n?|h|hr|hrs|hours?|std|stunden?|m|min|mins|minutes?|minuten?|s|sec|secs|"
    "seconds?|sek|sekunden?|ms|w|wks?|weeks?|wochen?|mo|months?|monate?n?|y|yrs?|years?|jahre?n?)"
)
_CLOCK = r"[0-9]{1,4}:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?"
_MINUTES = rf" ?{_NUMBER} ?[\u2032'\u2019]?(?: ?{_NUMBER} ?(?:[\u2033\"\u201d]|'')?)?"
_COORDINATE = (
    rf"(?:[NSEWO] ?{_NUMBER} ?°(?:{_MINUTES})?|{_NUMBER} ?°(?:{_MINUTES})? ?[NSEWO]|"
    rf"{_NUMBER} ?°{_MINUTES}|"
    r"[NSEWO] ?[0-9]{1,3}\.[0-9]{2,}|[0-9]{1,3}\.[0-9]{3,} ?[NSEWO])"
)
_SIGN_BEFORE = (
    r"(?:<=?|>=?|≤|≥|~|≈|±|ca\.?|approx\.?|approximately|about|around|circa|etwa|rund|over|under|"
    r"above|below|more than|less than|at least|at most|up to|min\.?|max\.?|über|unter|mehr als|"
    "weniger als|mindestens|höchstens|bis|bis zu|ab|plus de|moins de|más de|menos de)"
)
_SIGN_AFTER = (
    rf"(?: ?\+(?: ?{_WORD})?|(?: {_WORD})? (?:or|and|oder|und) "
    "(?:more|less|older|younger|over|under|above|below|up|mehr|weniger|älter|jünger))"
)
_BOUND = rf"{_SIGN_BEFORE} ?{_AMOUNT}(?: ?{_UNIT})?|{_AMOUNT}{_SIGN_AFTER}"
_TO = r"(?: ?(?:[-\u2010-\u2015~\u2026]|\.\.\.?) ?| (?:to|bis|until|through|à|a|hasta|tot) )"
_END = rf"(?:{_CLOCK}|{_AMOUNT})(?: ?{_UNIT})?"
_ENDS = rf"(?:{_NUMBER}|-inf|-∞)[,;] ?(?:{_NUMBER}|\+?inf|\+?∞)"
_INTERVAL = rf"[(\]]{_ENDS}\]|\[{_ENDS}[)\[]|\({_NUMBER}, ?\+?(?:inf|∞)\)"
_YEAR = "(?:19|20)[0-9]{2}"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mrz|mai|okt|dez)[a-zûéä]{0,7}\.?"
_DAY = r"[0-3]?[0-9](?:st|nd|rd|th|\.)?"


@dataclass(frozen=True)
class KnownShape:
    """A shape of strings with numbers, and what a person does to have numbers."""

    name: str
    """The strings, in the plural."""
    advice: str
    pattern: str
    """A regular expression; case does not matter."""
    beside: str = ""
    """Other strings that a column of this shape may have."""
    is_ascending: bool = False
    """Whether the first of two numbers must not be larger than the second."""

    @cached_property
    def _own(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def _allowed(self) -> re.Pattern[str]:
        return re.compile(self.beside or self.pattern, re.IGNORECASE)

    def fits(self, text: str) -> bool:
        """Decide whether *text* has this shape."""
        if len(text) > _LONGEST or not self._own.fullmatch(text):
            return False
        return not self.is_ascending or _is_ascending(text)

    def allows(self, text: str) -> bool:
        """Decide whether a column of this shape may have *text*."""
        if self.fits(text):
            return True
        return bool(self.beside) and len(text) <= _LONGEST and bool(self._allowed.fullmatch(text))


def _is_ascending(text: str) -> bool:
    """Decide whether two numbers may be the ends of a range, and are not the parts of a code."""
    numbers = re.findall(r"[0-9]+(?:\.[0-9]+)?", text.replace(",", ""))
    if len(numbers) != len(("first", "last")) or re.search("[0-9][km]", text, re.IGNORECASE):
        return True
    first, last = map(float, numbers)
    return not re.search("(?<![0-9.])0[0-9]", text) and first <= last < first * 100 + 10**5


MEASURE = re.compile(rf"{_AMOUNT}(?: ?(?P<short>{_SHORT_UNIT})| (?P<unit>{_UNIT}))", re.IGNORECASE)
TIME_UNIT = re.compile(_TIME_UNIT, re.IGNORECASE)
BEFORE_MEASURES = (
    KnownShape(
        "coordinates",
        "write decimal degrees, with a minus for south and west",
        rf"(?-i:{_COORDINATE}(?:[,;]? {_COORDINATE})?)",
    ),
    KnownShape(
        "ordinal numbers",
        "remove the ending from these cells",
        "[0-9]+ ?(?:st|nd|rd|th|er|ère|ème|º|ª)",
    ),
)
AFTER_MEASURES = (
    KnownShape(
        "periods",
        "write a number, such as the year",
        rf"FY ?'?(?:{_YEAR}|[0-9]{{2}})(?:[-/][0-9]{{2,4}})?(?:[ -]?[QH][1-4])?|"
        rf"[QH][1-4][ -/]?FY ?'?[0-9]{{2,4}}|MY ?{_YEAR}|"
        r"(?:CW|KW|wk\.?|week|woche|semaine|semana) ?[0-9]{1,2}|"
        rf"{_YEAR}[-/\u2013](?:{_YEAR}|[0-9]{{2,3}})|{_DAY}[ -]{_MONTH}|{_MONTH}[ -]{_DAY}",
    ),
    KnownShape(
        "durations",
        "write all of them in one unit, such as hours",
        rf"[+-]?P(?=[0-9T])(?:{_NUMBER}[YMWD])*(?:T(?:{_NUMBER}[HMS])+)?|"
        rf"-?(?:{_NUMBER} ?{_TIME_UNIT}\.?(?:, ?| and | und | )?)+(?:\+?{_CLOCK}|[0-9]{{1,2}})?|"
        rf"{_CLOCK}(?: ?{_TIME_UNIT}\.?)?",
    ),
    KnownShape(
        "ratings",
        "write how many marks there are",
        r"([^\w\s])\1*|[★☆⭐✩✭✰⯪½]+|[0-9]+(?:[.,][0-9]+)? ?[*★⭐]",
    ),
    KnownShape(
        "bounds or rough numbers",
        "remove the signs and words, or write them in another column",
        _BOUND,
        rf"{_MEASURE}|{_NUMBER}",
    ),
    KnownShape(
        "ranges",
        "write the middle of each range, or make a column of each end",
        rf"(?:(?:from|von|de|between|zwischen|entre) )?{_END}(?:{_TO}| (?:and|und|y|et) ){_END}|"
        rf"{_INTERVAL}",
        rf"{_BOUND}|{_MEASURE}|{_NUMBER}",
        is_ascending=True,
    ),
    KnownShape(
        "numbers with an uncertainty",
        "make a column of each number",
        rf"{_NUMBER} ?(?:±|\+/[-\u2212]|\+-) ?{_NUMBER}(?: ?{_UNIT})?|"
        rf"{_NUMBER} ?[(\[]{_NUMBER}%?(?:{_TO}{_NUMBER}|, ?{_NUMBER})?[)\]]",
    ),
    KnownShape(
        "pairs of numbers",
        "divide them, or make a column of each number",
        rf"{_NUMBER}(?: ?[/:] ?| (?:of|out of|von|aus|de|sur|su|di) ){_NUMBER}(?: ?{_UNIT})?",
    ),
    KnownShape(
        "sizes of several numbers",
        "make a column of each number",
        rf"{_NUMBER}(?: ?{_UNIT})?(?: ?(?:[x\u00d7*]|by|mal) ?{_NUMBER}(?: ?{_UNIT})?){{1,3}}",
    ),
    KnownShape(
        "versions or addresses",
        "make a column of each number",
        r"v?[0-9]+(?:\.[0-9]+){2,}(?:[-+.]?[a-z][a-z0-9.]*)?|v\.? ?[0-9]+(?:\.[0-9]+)+",
    ),
    KnownShape(
        "lists of numbers",
        "make a column of each number",
        rf"[\[({{]?{_NUMBER}(?:(?: ?[;|] ?|, ){_NUMBER})+[\])}}]?|\[{_NUMBER}(?:,{_NUMBER})+\]",
    ),
    KnownShape(
        "numbers in another base",
        "write them with decimal digits",
        "0x[0-9a-f]+|0b[01]+|0o[0-7]+",
    ),
)
