"""Invented names and numbers: nobody's names, valid check digits, ranges that are not in use."""

from __future__ import annotations

from datetime import date, timedelta

from apps.dashboards.demo.scenario import draw, pick

DEBUTS = (
    "Bau",
    "Cre",
    "Dro",
    "Fau",
    "Gri",
    "Hou",
    "Jau",
    "Lou",
    "Mau",
    "Nau",
    "Pla",
    "Que",
    "Rou",
    "Sau",
    "Tri",
    "Vau",
    "Wa",
    "Ble",
    "Cla",
)
MILIEUX = ("b", "br", "d", "gn", "l", "ll", "m", "n", "nt", "p", "r", "rm", "s", "t", "v", "z")
FINS = (
    "adel",
    "elin",
    "ignac",
    "oire",
    "ouard",
    "urel",
    "éval",
    "ivert",
    "osnes",
    "ucamp",
    "elot",
    "ardoin",
)
PRENOMS_F = (
    "Aïcha",
    "Chloé",
    "Denise",
    "Élodie",
    "Fatou",
    "Inès",
    "Jeanne",
    "Léa",
    "Maëlle",
    "Nora",
    "Sylvie",
    "Zoé",
)
PRENOMS_M = (
    "Ahmed",
    "Benoît",
    "Cédric",
    "Dylan",
    "Éric",
    "François",
    "Gaël",
    "Karim",
    "Loïc",
    "Noé",
    "Théo",
    "Yann",
)

# Names a product must survive: an apostrophe, a capital accent, a long double name.
PARTICULIERS = ("D'Ourquin", "Éloquart-Wambrezin", "De La Croisevert du Haut-Mesnil")


def surname(seed: int, number: int) -> str:
    if number < len(PARTICULIERS):
        return PARTICULIERS[number]
    parts = (
        pick(seed, DEBUTS, "debut", number),
        pick(seed, MILIEUX, "milieu", number),
        pick(seed, FINS, "fin", number),
    )
    return "".join(parts)


def first_name(seed: int, number: int, civilite: str) -> str:
    return str(pick(seed, PRENOMS_F if civilite == "MME" else PRENOMS_M, "prenom", number))


def birth_date(seed: int, number: int) -> date:
    """Between 18 and 62 years old in 2023."""
    return date(1961, 3, 1) + timedelta(days=draw(seed, "naissance", number) % (44 * 365))


def siret(number: int) -> str:
    """A SIRET that passes the Luhn check, in a range where no SIREN is given."""
    siren = _luhn(f"0007{number:04d}")
    return _luhn(f"{siren}0001")


def iban(number: int) -> tuple[str, str]:
    """A French IBAN with its two keys right, at a bank code that is not attributed."""
    bank, branch, account = "99999", "00001", f"{number:011d}"
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    bban = f"{bank}{branch}{account}{key:02d}"
    check = 98 - int(bban + "152700") % 97  # F=15, R=27
    return f"FR{check:02d}{bban}", "XXXXFRP1XXX"


def pass_iae(number: int) -> str:
    return f"99999{number:07d}"


def _luhn(body: str) -> str:
    """`body` followed by its Luhn key."""
    total = 0
    for i, char in enumerate(reversed(body)):
        digit = int(char) * (2 if i % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return f"{body}{(10 - total % 10) % 10}"
