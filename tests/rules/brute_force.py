"""A second computation of an annex, plain and slow, written from the text and not from the code.

Works on the simulator's request, in fractions and whole cents, without playing any run: the
release of each month is deduced from the validation dates, then the months are settled in order.
Only the tests use it.
"""

from datetime import date
from fractions import Fraction
from math import floor


def cents(value):
    """Euros (a fraction) to whole cents, half-up."""
    scaled = abs(value) * 100 + Fraction(1, 2)
    return floor(scaled) if value >= 0 else -floor(scaled)


def ordinal(text):
    year, month = text[:7].split("-")
    return int(year) * 12 + int(month) - 1


def written(month):
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


class Version:
    def __init__(self, terms, first):
        self.first = first
        self.start = ordinal(terms["a_partir_de"]) if "a_partir_de" in terms else first
        self.n = ordinal(terms["fin"]) - first + 1
        self.E = Fraction(terms["etp"])
        self.h = Fraction(terms["heures_annuelles_etp"])
        self.C = cents(Fraction(terms.get("montant_cd", "0")))
        amounts = terms["montant_unitaire_annuel"]
        self.amounts = {"0001-01-01": amounts} if isinstance(amounts, str) else amounts
        self.F = [None] + [cents(self.E * self.U(j) / 12) for j in range(1, self.n + 1)]
        if self.n == 12 and len({self.U(j) for j in range(1, 13)}) == 1:
            self.T = cents(self.E * self.U(1))
        else:
            self.T = sum(self.F[1:])
        self.rate = Fraction(cents(Fraction(100 * self.C, self.T)), 100) if self.T else Fraction(0)

    def U(self, j):
        day = f"{written(self.first + j - 1)}-01"
        return Fraction(self.amounts[max(start for start in self.amounts if start <= day)])

    def part(self, amount):
        return cents(Fraction(amount, 100) * self.rate / 100)


def versions_of(request):
    terms = {key: value for key, value in request.items() if key not in ("avenants", "mois")}
    first = ordinal(request["debut"])
    found = [Version(terms, first)]
    for avenant in request.get("avenants", []):
        terms = {**terms, **avenant}
        found.append(Version(terms, first))
    return found


class Statements:
    def __init__(self, request, first):
        self.first = first
        self.payment_day = request.get("jour_paiement", 20)
        self.by_rank = {ordinal(s["mois"]) - first + 1: s for s in request["mois"]}
        self.cd = request.get("montants_mensuels_cd", {})

    def hours(self, j):
        return Fraction(self.by_rank[j]["heures"])

    def cost(self, j):
        statement = self.by_rank[j]
        day = f"{statement['mois']}-01"
        known = [start for start in self.cd if start <= day]
        amount = Fraction(self.cd[max(known)]) if known else Fraction(0)
        return cents(statement.get("brsa", 0) * amount)

    def counted_from(self, j):
        """First month whose payment day is on or after the validation; None if never."""
        validated = self.by_rank.get(j, {}).get("valide_le")
        if validated is None:
            return None
        day = date.fromisoformat(validated)
        month = ordinal(validated)
        return month if day.day <= self.payment_day else month + 1

    def all_counted_from(self, count, at_least):
        months = [self.counted_from(j) for j in range(1, count + 1)]
        return None if None in months else max([at_least, *months])

    def D(self, version, count):
        value = sum((self.hours(j) * version.U(j) for j in range(1, count + 1)), Fraction(0))
        return cents(value / version.h)

    def R(self, count):
        return sum(self.cost(j) for j in range(1, count + 1))


def in_force(versions, month):
    return [version for version in versions if version.start <= month][-1]


def release(versions, statements, k):
    """(exists, month of the run that pays month k or None when it waits)."""
    month = versions[0].first + k - 1
    if in_force(versions, month).n < k:
        return False, None
    paid_in = statements.all_counted_from(k - 1, month)
    for version in versions:
        later = version.start > month and version is in_force(versions, version.start)
        if later and version.n < k and (paid_in is None or paid_in >= version.start):
            return False, None
    return True, paid_in


def back_pay(versions, k, paid):
    now = in_force(versions, versions[0].first + k - 1)
    before = in_force(versions, versions[0].first + k - 2)
    due = 0
    for j in range(1, k):
        due += max(0, cents(now.E * now.U(j) / 12) - cents(now.E * before.U(j) / 12))
    return min(due, min(now.T, sum(now.F[1:k])) - paid)


def regularised(version, statements, k, paid, borne):
    q = k - 2
    target = min(version.T, statements.D(version, q) + sum(version.F[q + 1 : k + 1]))
    amount = min(max(target - paid, 0), version.F[k])
    since = sum(version.part(flat) for flat in version.F[q + 1 : k + 1])
    share = min(version.C, statements.R(q) + since, paid + amount) - borne
    return amount, share


def flat(version, k, paid, borne):
    amount = max(0, min(version.F[k], version.T - paid))
    return amount, min(version.part(amount), max(0, version.C - borne))


def settlement(version, statements, paid, borne):
    """(amount, share of the line, State's order, département's order) of the solde."""
    n = version.n
    D = min(version.T, statements.D(version, n))
    hours = sum(statements.hours(j) for j in range(1, n + 1))
    monthly = version.E * version.h / 12
    tolerance = monthly if n >= 3 else monthly * n / 3
    if paid < D:
        amount, recovered = D - paid, 0
    elif n * monthly - hours > tolerance or hours == 0:
        amount, recovered = 0, paid - D
    else:
        amount, recovered = 0, max(0, paid - version.T)
    K = min(version.C, statements.R(n), paid + amount - recovered)
    order_cd = min(max(borne - K, 0), recovered)
    return amount, K - (borne - order_cd), recovered - order_cd, order_cd


def compute(request):
    """The simulator's `versements` (amounts in cents), waiting months and orders."""
    versions = versions_of(request)
    first = versions[0].first
    statements = Statements(request, first)
    rows, waiting, orders = [], [], (0, 0)
    for k in range(1, max(version.n for version in versions) + 1):
        exists, paid_in = release(versions, statements, k)
        if not exists:
            continue
        if paid_in is None:
            waiting.append(written(first + k - 1))
            continue
        version = in_force(versions, first + k - 1)
        paid, borne = sum(row[3] for row in rows), sum(row[4] for row in rows)
        month = written(first + k - 1)
        if k > 1 and (due := back_pay(versions, k, paid)) > 0:
            rows.append((month, "rappel", written(paid_in), due, 0))
            paid += due
        if k in (5, 8, 11):
            amount, share = regularised(version, statements, k, paid, borne)
            rows.append((month, "regularisation", written(paid_in), amount, share))
        else:
            amount, share = flat(version, k, paid, borne)
            rows.append((month, "forfait", written(paid_in), amount, share))
    last = versions[-1]
    paid_in = statements.all_counted_from(last.n, max(first + last.n, last.start))
    if paid_in is None:
        waiting.append("solde")
    else:
        paid, borne = sum(row[3] for row in rows), sum(row[4] for row in rows)
        amount, share, *orders = settlement(last, statements, paid, borne)
        rows.append((written(first + last.n), "solde", written(paid_in), amount, share))
    return {"rows": rows, "waiting": waiting, "orders": tuple(orders)}
