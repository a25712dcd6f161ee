"""The names of months, weekdays and time zones in dates."""

import unicodedata

_SHORTEST = 3
"""Letters of an abbreviated month."""
_MONTHS = (
    "january januar janvier enero gennaio janeiro januari",
    "february februar fevrier febrero febbraio fevereiro februari",
    "march marz maerz mrz mars marzo marco maart mrt",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august aout agosto augustus",
    "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember decembre diciembre dicembre dezembro",
)
"""In English, German, French, Spanish, Italian, Portuguese and Dutch, without accents."""
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday tues thur thurs "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche"
)
ZONE_HOURS = {
    name: hours
    for hours, names in {
        0: "z utc gmt ut wet",
        1: "cet mez west",
        2: "cest mesz eet",
        3: "eest",
        -4: "edt",
        -5: "est cdt",
        -6: "cst mdt",
        -7: "mst pdt",
        -8: "pst",
    }.items()
    for name in names.split()
}
"""Hours before UTC of the zones of RFC 2822 and of Europe."""


def find_month(name: str) -> int | None:
    """Return the number of a month, from its name or a prefix that only this month has."""
    return _PREFIXES.get(strip_accents(name))


def is_weekday(name: str) -> bool:
    """Decide whether a name in small letters is a weekday, in full or abbreviated."""
    return name in _WEEKDAY_NAMES


def strip_accents(name: str) -> str:
    """Replace letters with accents by plain ones."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def _month_prefixes() -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for number, names in enumerate(_MONTHS, start=1):
        for name in names.split():
            for length in range(_SHORTEST, len(name) + 1):
                found.setdefault(name[:length], set()).add(number)
    return {prefix: next(iter(numbers)) for prefix, numbers in found.items() if len(numbers) == 1}


_PREFIXES = _month_prefixes()
_WEEKDAY_NAMES = {n for name in _WEEKDAYS.split() for n in (name, name[:3])}
