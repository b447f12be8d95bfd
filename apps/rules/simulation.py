"""The simulator behind `manage.py simuler_annexe`: a request in JSON, what would be paid in JSON.

It reads the request (`demande.py`), plays the very runs that pay (`forecast.py`, `due.py`) and
writes the result; no rule of its own. Called by the command and by the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from apps.rules import demande
from apps.rules.cofinancement import amount_on, cost_of_month
from apps.rules.conditions import MOIS_PAR_AN, Conditions
from apps.rules.demande import Amounts, Faults, Record
from apps.rules.due import SOLDE, MoisValide
from apps.rules.forecast import Deroulement, play
from apps.rules.money import EXACT, ZERO, cents, hours2, rate, total
from apps.rules.parameter import MESURES
from apps.rules.periods import Month

_DEFAULT_PAYMENT_DAY = 20
_LAST_PAYMENT_DAY = 28  # the last day that every month has

_NO_AMOUNT: Amounts = ()


class DemandeRefusee(ValueError):
    """The request has faults; `faults` holds one line for each, `champ : phrase`."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A sound request: the versions in order, the statements validated, the payment day."""

    versions: tuple[Conditions, ...]
    mois_valides: dict[Month, MoisValide]
    jour_paiement: int


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement as given, validated or not."""

    mois: Month
    heures: Decimal
    brsa: int
    valide_le: date | None


@dataclass(slots=True)
class _Versions:
    """The versions read so far, with what the checks of the other fields need of faulty ones."""

    sound: list[Conditions] = field(default_factory=list)
    periods: list[tuple[Month, Month] | None] = field(default_factory=list)
    cofinanced: bool = False

    def add(self, terms: "_Terms", version: Conditions | None) -> None:
        if terms.debut is None or terms.fin is None:
            self.periods.append(None)
        else:
            self.periods.append((terms.debut, terms.fin))
        self.cofinanced = self.cofinanced or bool(terms.montant_cd)
        if version is not None:
            self.sound.append(version)

    def exclude(self, mois: Month) -> bool:
        """Whether a month is outside every period; False while one of them is unknown."""
        return all(period and not period[0] <= mois <= period[1] for period in self.periods)


@dataclass(slots=True)
class _Terms:
    """The terms of a version while the request is read; None stands for a faulty field."""

    debut: Month | None
    fin: Month | None
    etp: Decimal | None
    unitaires: Amounts | None
    heures: Decimal | None
    montant_cd: Decimal | None


def simulate(text: str, *, explain: bool = False) -> dict[str, Any]:
    """The result of a request given as JSON text; DemandeRefusee with every fault found.

    `explain` adds to each payment the steps of its calculation (`etapes`).
    """
    with localcontext(EXACT):
        simulation = parse(text)
        debut = simulation.versions[0].debut
        deroulement = play(
            simulation.versions, simulation.mois_valides, (), debut, simulation.jour_paiement
        )
        return render(simulation, deroulement, explain=explain)


def parse(text: str) -> Simulation:
    """Read and check a request; DemandeRefusee with every fault found, not only the first."""
    faults = Faults()
    content = demande.load(text, faults)
    if content is None:
        raise DemandeRefusee(faults.lines)
    root = Record(content, "", faults)
    root.read("mesure", demande.one_of(*MESURES))
    versions = _read_versions(root)
    payment_day = _read_payment_day(root)
    montants_cd = root.optional("montants_mensuels_cd", demande.cd_amounts, _NO_AMOUNT)
    statements = _read_statements(root, versions)
    if montants_cd is not None:
        _check_cd_amounts(root, versions, statements, montants_cd)
    if faults or payment_day is None or montants_cd is None:
        raise DemandeRefusee(faults.lines)
    return Simulation(
        tuple(versions.sound),
        _validated(statements, montants_cd),
        payment_day,
    )


def render(simulation: Simulation, deroulement: Deroulement, *, explain: bool) -> dict[str, Any]:
    """The result as it is printed: amounts as text with two decimals, in order of month."""
    last = simulation.versions[-1]
    lignes = [dated.ligne for dated in deroulement.lignes]
    # A month released late comes back to its place; a rappel stays before its instalment, and the
    # solde after an instalment of the same month (an annex shortened after it was paid).
    ordered = sorted(
        deroulement.lignes, key=lambda dated: (dated.ligne.nature == SOLDE, dated.ligne.mois)
    )
    versements = []
    for dated in ordered:
        versement: dict[str, Any] = {
            "mois": str(dated.ligne.mois),
            "nature": dated.ligne.nature,
            "campagne": str(dated.campagne),
            "montant": _text(dated.ligne.montant),
            "part_etat": _text(dated.ligne.part_etat),
            "part_cd": _text(dated.ligne.part_cd),
        }
        if explain:
            versement["etapes"] = [etape.as_dict() for etape in dated.ligne.etapes]
        versements.append(versement)
    orders = {
        "etat": total(ligne.recouvre_etat for ligne in lignes),
        "cd": total(ligne.recouvre_cd for ligne in lignes),
    }
    return {
        "montant_total": _text(last.total),
        "forfait_mensuel": _text(last.forfait(last.fin)),
        "taux_cd": str(rate(last.taux_cd)),
        "taux_etat": str(rate(last.taux_etat)),
        "heures_mensuelles": str(hours2(last.heures_mensuelles)),
        "versements": versements,
        "en_attente": [
            str(attente.mois) if attente.mois else SOLDE for attente in deroulement.attentes
        ],
        "ordres_de_recouvrer": [
            {"financeur": financeur, "montant": _text(montant)}
            for financeur, montant in orders.items()
            if montant
        ],
        "verse": _text(total(ligne.montant for ligne in lignes)),
        "verse_cd": _text(total(ligne.part_cd for ligne in lignes)),
    }


def _text(amount: Decimal) -> str:
    return str(cents(amount))


def _read_versions(root: Record) -> _Versions:
    """The initial version then one per amendment."""
    terms = _Terms(
        debut=_read_first_month(root),
        fin=_read_last_month(root),
        etp=root.read("etp", demande.positive),
        unitaires=root.read("montant_unitaire_annuel", demande.unit_amounts),
        heures=root.read("heures_annuelles_etp", demande.positive),
        montant_cd=root.optional("montant_cd", demande.decimal, ZERO),
    )
    versions = _Versions()
    versions.add(terms, _version(root, terms, terms.debut))
    none: list[Record] = []
    previous_fin, previous_start = terms.fin, terms.debut
    for avenant in root.optional("avenants", demande.records, none) or none:
        start = avenant.read("a_partir_de", demande.month)
        _check_start(avenant, start, terms.debut, previous_fin, previous_start)
        _amend(avenant, terms)
        versions.add(terms, _version(avenant, terms, start))
        previous_fin, previous_start = terms.fin, start or previous_start
    return versions


def _read_first_month(root: Record) -> Month | None:
    first = root.read("debut", demande.day)
    if first is not None and first.day != 1:
        root.faults.add("debut", "la période doit commencer le premier jour d’un mois.")
        return None
    return Month.of(first) if first else None


def _read_last_month(record: Record) -> Month | None:
    last = record.read("fin", demande.day)
    if last is not None and last != Month.of(last).last_day:
        record.faults.add(
            record.path("fin"), "la période doit se terminer le dernier jour d’un mois."
        )
        return None
    return Month.of(last) if last else None


def _amend(avenant: Record, terms: _Terms) -> None:
    """Replace the terms an amendment carries; the others stay those of the version before it."""
    if avenant.has("fin"):
        terms.fin = _read_last_month(avenant)
    if avenant.has("etp"):
        terms.etp = avenant.read("etp", demande.positive)
    if avenant.has("montant_unitaire_annuel"):
        terms.unitaires = avenant.read("montant_unitaire_annuel", demande.unit_amounts)
    if avenant.has("heures_annuelles_etp"):
        terms.heures = avenant.read("heures_annuelles_etp", demande.positive)
    if avenant.has("montant_cd"):
        terms.montant_cd = avenant.read("montant_cd", demande.decimal)


def _check_start(
    avenant: Record,
    start: Month | None,
    debut: Month | None,
    previous_fin: Month | None,
    previous_start: Month | None,
) -> None:
    if start is None or debut is None or previous_start is None:
        return
    path = avenant.path("a_partir_de")
    if start < debut:
        avenant.faults.add(path, "ce mois précède le premier mois de l’annexe.")
    elif start < previous_start:
        avenant.faults.add(path, "ce mois précède celui de l’avenant précédent.")
    elif previous_fin is not None and start > max(previous_fin + 1, previous_start):
        avenant.faults.add(
            path, "ce mois dépasse celui qui suit le dernier mois de la version précédente."
        )


def _version(record: Record, terms: _Terms, start: Month | None) -> Conditions | None:
    """The version of these terms; None when one is faulty or they make no annex."""
    if terms.debut is None or terms.fin is None:
        return None
    if not 1 <= terms.fin - terms.debut + 1 <= MOIS_PAR_AN:
        if record.has("fin"):
            record.faults.add(record.path("fin"), "la période doit compter de 1 à 12 mois entiers.")
        terms.fin = None  # nothing more is said of what depends on it
        return None
    unitaires = terms.unitaires
    if unitaires is not None and (not unitaires or unitaires[0][0] > terms.debut.first_day):
        if record.has("montant_unitaire_annuel"):
            record.faults.add(
                record.path("montant_unitaire_annuel"),
                "aucun montant ne couvre le premier mois de l’annexe.",
            )
        return None
    if terms.etp is None or unitaires is None or terms.heures is None or terms.montant_cd is None:
        return None
    version = Conditions(
        debut=terms.debut,
        fin=terms.fin,
        etp=terms.etp,
        montants_unitaires=unitaires,
        heures_annuelles_etp=terms.heures,
        montant_cd=terms.montant_cd,
        a_partir_de=start or terms.debut,
    )
    if version.montant_cd > version.total:
        record.faults.add(
            record.path("montant_cd"),
            f"le montant du département dépasse le montant total de l’annexe ({version.total} €).",
        )
    return version


def _read_payment_day(root: Record) -> int | None:
    number = root.optional("jour_paiement", demande.whole, _DEFAULT_PAYMENT_DAY)
    if number is not None and not 1 <= number <= _LAST_PAYMENT_DAY:
        root.faults.add("jour_paiement", "un jour compris entre 1 et 28 est attendu.")
        return None
    return number


def _read_statements(root: Record, versions: _Versions) -> list[_Statement]:
    found = []
    seen: set[Month] = set()
    for record in root.read("mois", demande.records) or []:
        mois = record.read("mois", demande.month)
        if mois is not None:
            if mois in seen:
                record.faults.add(record.path("mois"), "ce mois est donné deux fois.")
            seen.add(mois)
            if versions.exclude(mois):
                path = record.path("mois")
                record.faults.add(path, "ce mois est hors de la période de l’annexe.")
                mois = None
        heures = record.read("heures", demande.decimal)
        brsa = record.optional("brsa", demande.whole, 0)
        if heures is not None and brsa is not None and brsa > heures:
            record.faults.add(
                record.path("brsa"),
                "plus de bénéficiaires que d’heures : chacun en compte au moins une.",
            )
        valide_le = _read_validation(record, mois)
        if mois is not None and heures is not None and brsa is not None:
            found.append(_Statement(mois, heures, brsa, valide_le))
    return found


def _read_validation(record: Record, mois: Month | None) -> date | None:
    if not record.has("valide_le"):
        return None
    valide_le = record.read("valide_le", demande.day)
    if valide_le is not None and mois is not None and valide_le < mois.first_day:
        record.faults.add(record.path("valide_le"), "cette date précède le mois de l’état.")
    return valide_le


def _check_cd_amounts(
    root: Record,
    versions: _Versions,
    statements: Sequence[_Statement],
    montants_cd: Amounts,
) -> None:
    """Every month with beneficiaries needs its amount, once a département bears something."""
    if not versions.cofinanced:
        return
    for statement in statements:
        if not statement.brsa:
            continue
        try:
            amount_on(montants_cd, statement.mois)
        except LookupError:
            root.faults.add(
                "montants_mensuels_cd",
                f"aucun montant ne couvre {statement.mois}, mois qui compte des bénéficiaires.",
            )


def _validated(statements: Sequence[_Statement], montants_cd: Amounts) -> dict[Month, MoisValide]:
    found = {}
    for statement in statements:
        if statement.valide_le is None:
            continue
        try:
            cost = cost_of_month(statement.brsa, montants_cd, statement.mois)
        except LookupError:
            cost = ZERO  # no amount is needed when no version has a département's part
        found[statement.mois] = MoisValide(
            statement.mois, statement.heures, statement.brsa, cost, statement.valide_le
        )
    return found
