"""Times of the CF conventions: numbers since a date, in any of the CF calendars.

xarray decodes the calendars that numpy does not have with cftime. That is a compiled package for
a dozen lines of arithmetic, so they are computed here; tests compare them with cftime.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

__all__ = ["TimeUnit", "parse_time_unit"]

_SECOND: Final = 10**9  # in nanoseconds
_DAY: Final = 86_400 * _SECOND
_UNITS: Final = {
    **dict.fromkeys(("day", "days", "d"), _DAY),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), 3600 * _SECOND),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), 60 * _SECOND),
    **dict.fromkeys(("second", "seconds", "sec", "secs", "s"), _SECOND),
    **dict.fromkeys(("millisecond", "milliseconds", "millisec", "msec", "msecs", "ms"), 10**6),
    **dict.fromkeys(("microsecond", "microseconds", "microsec", "us"), 10**3),
    **dict.fromkeys(("nanosecond", "nanoseconds", "nanosec", "ns"), 1),
}
_MIXED: Final = frozenset({"standard", "gregorian"})
_REAL: Final = frozenset({*_MIXED, "proleptic_gregorian"})
_MONTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS: Final = {
    "noleap": _MONTHS,
    "365_day": _MONTHS,
    "all_leap": (31, 29, *_MONTHS[2:]),
    "366_day": (31, 29, *_MONTHS[2:]),
    "360_day": (30,) * 12,
}
_JULIAN: Final = "julian"
_LONGEST: Final = 200
_DATE: Final = re.compile(
    r"(?P<year>[+-]?\d{1,6})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[T ]\s{0,4}(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d{0,9})?))?)?)?"
    r"\s{0,4}(?:(?P<utc>UTC|GMT|Z)|(?P<zone>[+-]\d{1,2}(?::?\d{2})?))?",
    re.IGNORECASE,
)
_FIRST_GREGORIAN: Final = -141_427  # days from 1970-01-01 to 1582-10-15
_MOST_DAYS: Final = 365_000_000  # a million years: further ones are faults of the data
_MOST_NANOSECONDS: Final = 2.0**63 - 2**12
Values = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class TimeUnit:
    """Unit of times since a date.

    Attributes
    ----------
    length : int
        Length of the unit in nanoseconds.
    days : int
        Days from 1970-01-01 (in a calendar that numpy does not have: from its year 0) to the
        date.
    rest : int
        Nanoseconds after the beginning of that day.
    calendar : str
        CF calendar, in lower case.
    """

    length: int
    days: int
    rest: int
    calendar: str

    def decode(self, values: Values) -> tuple[Values, int]:
        """Return numbers as times.

        Parameters
        ----------
        values : numpy.ndarray
            Integers or floats; NaN where a time is missing.

        Returns
        -------
        times : numpy.ndarray
            ``datetime64`` in the finest unit from nanoseconds to seconds that holds all of them;
            ISO texts for calendars that numpy does not have, None where a time is missing.
        outside : int
            Number of values that are too large for a date; they are missing.
        """
        days, nanoseconds, missing, outside = self._moments(values)
        is_old = self.calendar in _MIXED and bool((days[~missing] < _FIRST_GREGORIAN).any())
        if self.calendar in _REAL and not is_old:
            return _datetimes(days, nanoseconds, missing), outside
        texts = np.empty(values.shape, dtype=object)
        for place in np.ndindex(values.shape):
            if not missing[place]:
                texts[place] = self._text(int(days[place]), int(nanoseconds[place]))
        return texts, outside

    def spans(self, values: Values) -> tuple[Values, int]:
        """Return numbers as durations in nanoseconds.

        Parameters
        ----------
        values : numpy.ndarray
            Integers or floats; NaN where a duration is missing.

        Returns
        -------
        spans : numpy.ndarray
            ``timedelta64[ns]``.
        outside : int
            Number of durations that are too long for it; they are missing.
        """
        most = int(_MOST_NANOSECONDS) // self.length
        with np.errstate(invalid="ignore"):
            outside = (values > most) | (values < (0 if values.dtype.kind == "u" else -most))
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
        safe = np.where(outside | missing, 0, values)
        numbers = np.rint(safe * self.length) if safe.dtype.kind == "f" else safe
        whole = numbers.astype("int64") * (1 if safe.dtype.kind == "f" else self.length)
        found = whole.astype("timedelta64[ns]")
        found[outside | missing] = np.timedelta64("NaT")
        return found, int(np.count_nonzero(outside))

    def _moments(self, values: Values) -> tuple[Values, Values, Values, int]:
        """Return days, nanoseconds of the day, which are missing, how many are too large."""
        per_day = _DAY // self.length
        if values.dtype.kind in "iub":
            missing = np.zeros(values.shape, dtype=bool)
            outside = (values > _MOST_DAYS * per_day) | (
                values < (0 if values.dtype.kind == "u" else -_MOST_DAYS * per_day)
            )
            days, rest = np.divmod(np.where(outside, 0, values).astype("int64"), per_day)
            nanoseconds = rest * self.length
        else:
            numbers = values.astype("float64", copy=False)
            missing = np.isnan(numbers)
            outside = ~missing & (np.abs(numbers) > float(_MOST_DAYS) * per_day)
            safe = np.where(missing | outside, 0.0, numbers)
            if float(np.abs(safe).max(initial=0)) * self.length < _MOST_NANOSECONDS:
                # as xarray rounds them
                days, nanoseconds = np.divmod(np.rint(safe * self.length).astype("int64"), _DAY)
            else:
                floor = np.floor(safe / per_day)
                days = floor.astype("int64")
                rest = (safe - floor * per_day) * self.length
                nanoseconds = np.rint(rest).astype("int64")
        nanoseconds = nanoseconds + self.rest
        carry = nanoseconds // _DAY
        return (
            days + self.days + carry,
            nanoseconds - carry * _DAY,
            missing | outside,
            int(np.count_nonzero(outside)),
        )

    def _text(self, days: int, nanoseconds: int) -> str:
        if self.calendar in _MIXED and days >= _FIRST_GREGORIAN:
            year, month, day = map(int, str(np.datetime64(days, "D")).rsplit("-", 2))
        else:
            year, month, day = _date_of(days, self.calendar)
        seconds, fraction = divmod(nanoseconds, _SECOND)
        sign, year = ("-", -year) if year < 0 else ("", year)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        tail = f".{fraction:09}".rstrip("0") if fraction else ""
        return f"{sign}{year:04}-{month:02}-{day:02}T{clock}{tail}"


def parse_time_unit(units: object, calendar: object = None) -> TimeUnit | None:
    """Parse the attribute ``units`` of a CF time.

    Parameters
    ----------
    units : object
        Attribute, such as ``days since 1850-01-01 00:00``. Attributes are untrusted.
    calendar : object
        Attribute ``calendar``; default: the standard calendar.

    Returns
    -------
    TimeUnit or None
        None if it is not a time, or its unit (months, years), date or calendar is unknown.
    """
    if not isinstance(units, str) or len(units) > _LONGEST:
        return None
    words = units.strip().split(None, 2)
    if len(words) != 3 or words[1].lower() != "since":  # noqa: PLR2004
        return None
    length = _UNITS.get(words[0].lower())
    date = _DATE.fullmatch(words[2].strip())
    name = "standard" if calendar is None else str(calendar).strip().lower()
    if length is None or date is None or name not in {*_REAL, *_DAYS, _JULIAN}:
        return None
    year, month, day = (int(date[part]) for part in ("year", "month", "day"))
    days = _days_of(year, month, day, name)
    if days is None:
        return None
    hour, minute = int(date["hour"] or 0), int(date["minute"] or 0)
    second = round(float(date["second"] or 0) * _SECOND)
    if hour > 24 or minute > 59 or second >= 61 * _SECOND:  # noqa: PLR2004
        return None
    rest = (hour * 60 + minute) * 60 * _SECOND + second
    return TimeUnit(length, days, rest - _zone(date["zone"]), name)


def _zone(zone: str | None) -> int:
    """Return the offset of a time zone in nanoseconds."""
    if not zone:
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")  # noqa: PLR2004
    return (-1 if zone[0] == "-" else 1) * (int(hours) * 60 + int(minutes)) * 60 * _SECOND


def _datetimes(days: Values, nanoseconds: Values, missing: Values) -> Values:
    """Return datetimes in the finest unit that holds all of them."""
    present = ~missing
    most = float(np.abs(days[present]).max(initial=0)) + 1
    unit, per_second = next(
        (
            (unit, number)
            for unit, number in (("ns", _SECOND), ("us", 10**6), ("ms", 10**3))
            if most * 86_400 * number < _MOST_NANOSECONDS
        ),
        ("s", 1),
    )
    numbers = days * (86_400 * per_second) + nanoseconds // (_SECOND // per_second)
    times: Values = numbers.astype(f"datetime64[{unit}]")
    times[missing] = np.datetime64("NaT")
    return times


def _days_of(year: int, month: int, day: int, calendar: str) -> int | None:
    """Return the number of a day; None if the calendar does not have it."""
    if not 1 <= month <= 12 or day < 1:  # noqa: PLR2004
        return None
    if calendar in _DAYS:
        lengths = _DAYS[calendar]
        if day > lengths[month - 1]:
            return None
        return year * sum(lengths) + sum(lengths[: month - 1]) + day - 1
    is_old = calendar == _JULIAN or (calendar in _MIXED and (year, month, day) < (1582, 10, 15))
    is_leap = year % 4 == 0 and (is_old or year % 100 != 0 or year % 400 == 0)
    if day > _MONTHS[month - 1] + (is_leap and month == 2):  # noqa: PLR2004
        return None
    shifted, months = (year - 1, month + 9) if month <= 2 else (year, month - 3)  # noqa: PLR2004
    number = 365 * shifted + shifted // 4 + (153 * months + 2) // 5 + day - 1
    return number - (719_470 if is_old else 719_468 + shifted // 100 - shifted // 400)


def _date_of(days: int, calendar: str) -> tuple[int, int, int]:
    """Return the date of a day in a calendar that numpy does not have."""
    if calendar in _DAYS:
        lengths = _DAYS[calendar]
        year, rest = divmod(days, sum(lengths))
        for month, length in enumerate(lengths, 1):
            if rest < length:
                return year, month, rest + 1
            rest -= length
    # Julian: years begin in March, so that the leap day is the last one
    years, rest = divmod(days + 719_470, 1461)
    year = min(rest // 365, 3)
    rest -= 365 * year
    months = (5 * rest + 2) // 153
    day = rest - (153 * months + 2) // 5 + 1
    late = months >= 10  # noqa: PLR2004
    return 4 * years + year + late, months - 9 if late else months + 3, day
