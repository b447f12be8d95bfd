"""Random requests for the simulator: sound, and as tangled as a year can be.

Used by the property tests and the comparison with the brute-force computation.
"""

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.rules import brute_force

HOURS_PER_POST = ("1820", "1505", "1600", "1607", "1712.40")


def plain(number: int) -> str:
    """Hundredths written plainly."""
    return f"{number // 100}.{number % 100:02d}"


@st.composite
def unit_amounts(draw, first: int):
    if draw(st.booleans()):
        return plain(draw(st.integers(100_000, 2_500_000)))
    days = {f"{brute_force.written(first - draw(st.integers(0, 3)))}-01"}
    for _ in range(draw(st.integers(1, 2))):
        shifted = brute_force.written(first + draw(st.integers(0, 11)))
        days.add(f"{shifted}-{draw(st.sampled_from(('01', '15')))}")
    return {day: plain(draw(st.integers(1_900_000, 2_400_000))) for day in sorted(days)}


def raised(amounts, percent: int):
    """Unit amounts raised for the whole period, as a retroactive arrêté does."""
    if isinstance(amounts, str):
        return plain(int(float(amounts)) * (100 + percent))
    return {day: raised(amount, percent) for day, amount in amounts.items()}


@st.composite
def terms(draw, first: int, current: dict):
    """Some of the figures an amendment may change."""
    found = {}
    etp = int(float(current["etp"]) * 100)
    change = draw(st.sampled_from(("none", "other", "raised", "raised")))
    if change == "other":
        found["montant_unitaire_annuel"] = draw(unit_amounts(first))
    elif change == "raised":
        before = current["montant_unitaire_annuel"]
        found["montant_unitaire_annuel"] = raised(before, draw(st.integers(1, 6)))
    if draw(st.booleans()):
        found["etp"] = plain(max(1, etp + draw(st.integers(-150, 150))))
    if draw(st.integers(0, 4)) == 0:
        found["heures_annuelles_etp"] = draw(st.sampled_from(HOURS_PER_POST))
    return found


def last_day(month: int) -> str:
    year, rank = divmod(month + 1, 12)
    return str(date(year, rank + 1, 1) - timedelta(days=1))


def total(terms: dict, first: int) -> int:
    return brute_force.Version(terms, first).T


@st.composite
def amendments(draw, initial: dict, first: int, *, shorten: bool):
    current, found, start = dict(initial), [], first
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2, 3)))):
        end = brute_force.ordinal(current["fin"])
        start = draw(st.integers(start, max(end + 1, start)))
        changes = draw(terms(first, current))
        if draw(st.integers(0, 3)) == 0:
            lowest = first if shorten else end
            changes["fin"] = last_day(draw(st.integers(lowest, first + 11)))
        current |= changes
        share = draw(st.integers(0, 60))
        wanted = total(current | {"montant_cd": "0"}, first) * share // 100
        if draw(st.booleans()) or wanted < float(current["montant_cd"]) * 100:
            changes["montant_cd"] = plain(wanted)
        current |= changes
        found.append({"a_partir_de": brute_force.written(start), **changes})
    return found


@st.composite
def statements(draw, first: int, count: int, monthly: int, *, complete: bool):
    """Statements of `count` months: hours around `monthly` hundredths, validated or not."""
    found = []
    level = draw(st.sampled_from((0, 40, 80, 93, 100, 100, 108, 130)))
    for rank in range(count):
        if not complete and draw(st.integers(0, 19)) == 0:
            continue
        hours = monthly * level // 100 + draw(st.integers(-monthly // 5, monthly // 4))
        hours = max(0, hours) if draw(st.integers(0, 9)) else 0
        month = first + rank
        entry = {
            "mois": brute_force.written(month),
            "heures": plain(hours),
            "brsa": draw(st.integers(0, min(8, hours // 100))),
        }
        if complete or draw(st.integers(0, 19)):
            start = date.fromisoformat(f"{entry['mois']}-01")
            late = draw(st.sampled_from((40, 40, 45, 49, 50, 51, 52, 80, 120)))
            entry["valide_le"] = str(start + timedelta(days=late + draw(st.integers(-3, 3))))
        found.append(entry)
    return found


@st.composite
def requests(draw, *, shorten: bool = True, complete: bool = False):
    """A whole request; `complete`: every statement exists and is validated one day."""
    first = 2022 * 12 + draw(st.integers(0, 14))
    etp = draw(st.integers(1, 3000))
    request = {
        "mesure": "ACI_DC",
        "debut": f"{brute_force.written(first)}-01",
        "fin": last_day(first + draw(st.sampled_from((11, 11, 11, 0, 1, 2, 4, 5, 7, 9, 10)))),
        "etp": plain(etp),
        "montant_unitaire_annuel": draw(unit_amounts(first)),
        "heures_annuelles_etp": draw(st.sampled_from(HOURS_PER_POST)),
        "montant_cd": "0",
        "jour_paiement": draw(st.sampled_from((20, 20, 20, 1, 28))),
        "montants_mensuels_cd": {"2022-01-01": "526.71", "2023-04-01": "534.82"},
    }
    share = draw(st.sampled_from((0, 10, 20, 35, 100)))
    request["montant_cd"] = plain(total(request, first) * share // 100)
    request["avenants"] = draw(amendments(request, first, shorten=shorten))
    longest = max(version.n for version in brute_force.versions_of(request))
    monthly = int(etp * float(request["heures_annuelles_etp"]) / 12)
    request["mois"] = draw(statements(first, longest, monthly, complete=complete))
    return request
