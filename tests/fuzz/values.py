"""What people, spreadsheets and attackers put in a cell: values that a reader may trip over.

`nasty` draws one from nothing, `worn` damages one that was right. Every draw comes from the
generator given: the same seed gives the same file. Used by the damaged files of this folder.
"""

from __future__ import annotations

import unicodedata
from random import Random

SPACES = (" ", "\u00a0", "\u2007", "\u2009", "\u202f", "\u200b", "\u3000", "\t", "\n", "\r\n")
CONTROLS = ("\x00", "\x01", "\x08", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\ufffe", "\uffff")
ODD = ("\u202e", "\u200f", "\ufeff", "\u0301", "🧾", "é", "ß", "İ", "ǆ", "٣", "²", "½", "𝟙", "Ⅷ")

NUMBERS = (
    *("0", "-0", "-1", "+7", "1e3", "1E400", "-1e-400", "NaN", "sNaN", "Infinity", "-inf", "0x1F"),
    *("1_000", "1,5", "1.5", "1.234,56", "1,234.56", "1 234,5", "12 34", "1'234", "1\u202f234,50"),
    *(
        ".5",
        ",5",
        "5,",
        "5.",
        "--5",
        "5-",
        "(5)",
        "5 €",
        "€5",
        "5h",
        "5h60",
        "99:99",
        "7:30",
        "7h5",
    ),
    *(
        "9" * 15,
        "9" * 18,
        "9" * 19,
        "9" * 400,
        "-" + "9" * 30,
        "0." + "0" * 300 + "1",
        "151,666666",
    ),
    *("2147483648", "-2147483649", "9223372036854775808", "1e6", "1e9999999", "0,005", "0,004"),
    *("١٢٣", "１２３", "1²", "Ⅳ", "%", "10 %", "=1+1", "+33", "1/3", "1,5,5", "1..5", "1 h 30 min"),
)
DATES = (
    *("2023-01-01", "01/01/2023", "31/12/2023", "29/02/2023", "2023-02-30", "00/00/0000"),
    *("0001-01-01", "01/01/0001", "9999-12-31", "31/12/9999", "10000-01-01", "32/01/2023"),
    *("1/1/23", "1.1.2023", "2023-13-01", "2023-01-01T24:00:00", "2023-01-01T08:00:00+14:00"),
    *("hier", "janvier 2023", "45000", "44927.5", "0", "60", "-1", "2958466", "1e9", "٠١/٠١/٢٠٢٣"),
)
TEXTS = (
    *("", " ", "-", ".", "=", "=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "'1", "NULL", "None", "nan"),
    *("true", "VRAI", "Oui", "non", "null", "undefined", "{}", "[]", "%s%n", "{0}", "${jndi:x}"),
    *("'; DROP TABLE siae_salarie; --", "<script>alert(1)</script>", "&amp;", "&#0;", "]]>", "\\"),
    *(
        "../../etc/passwd",
        "a" * 255,
        "a" * 256,
        "é" * 1001,
        "x" * 33_000,
        "mot " * 500,
        "{{ 7*7 }}",
    ),
    *("Durand\nLéa", "DURAND;Léa;1", '"', '""', "l’", "O'Neill", "Ⅷ", "ﬁn", "ΑΒΓ", "Дюран", "杜兰"),
    *CONTROLS,
    *ODD,
    *SPACES,
)
EVERYTHING = (*NUMBERS, *DATES, *TEXTS)


def nasty(random: Random) -> str:
    """A value from nothing."""
    return random.choice(random.choice((NUMBERS, DATES, TEXTS)))


def worn(random: Random, text: str) -> str:
    """The same value as another keyboard, another program or a cat would have left it."""
    return random.choice(WAYS)(random, text)


def _at(random: Random, text: str) -> int:
    return random.randrange(len(text) + 1)


def _inserted(random: Random, text: str) -> str:
    place = _at(random, text)
    return text[:place] + random.choice((*SPACES, *CONTROLS, *ODD)) + text[place:]


def _dropped(random: Random, text: str) -> str:
    place = _at(random, text)
    return text[:place] + text[place + random.randint(1, 3) :]


def _swapped(random: Random, text: str) -> str:
    place = _at(random, text)
    return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]


def _separators(random: Random, text: str) -> str:
    other = random.choice((",", ".", "'", "·", " ", "\u202f", ""))
    return text.replace(random.choice((",", ".", "/", "-", " ")), other)


WAYS = (
    _inserted,
    _dropped,
    _swapped,
    _separators,
    lambda _random, text: text.upper(),
    lambda _random, text: text.swapcase(),
    lambda _random, text: unicodedata.normalize("NFD", text),
    lambda _random, text: unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode(),
    lambda random, text: random.choice(SPACES) + text + random.choice(SPACES),
    lambda _random, text: text.encode().decode("latin-1"),
    lambda _random, text: text.encode("utf-8", "replace").decode("cp1252", "replace"),
    lambda random, text: text * random.choice((2, 3, 50, 1000)),
    lambda _random, text: text[::-1],
    lambda random, text: random.choice(("=", "+", "-", "@", "'", '"')) + text,
)
