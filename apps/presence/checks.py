"""What is looked at before a statement is certified (spec 01 §4).

Blocking findings refuse the certification; the others ask the structure for a word of
justification. Called by the certification service and shown on its page: the same list.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from apps.annexes.conditions import conditions_of
from apps.core import fence
from apps.presence.eligibility import with_eligibility
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.explanation import euros, heures
from apps.rules.periods import Month
from apps.rules.presence import (
    TEMPS_PLEIN_MENSUEL,
    days_in_month,
    heures_du_contrat,
    is_over_contract,
    is_unlike_last_month,
    plafond_heures,
    value_of_hours,
)
from apps.siae.models import Contrat, Salarie

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Constat:
    """One finding; a blocking one refuses, the others ask for a justification."""

    bloquant: bool
    message: str
    contrat_id: int | None = None
    code: str = ""  # what is odd, for those that ask for a word

    @property
    def cle(self) -> str:
        """Names the finding among those of a statement: its kind and its contract."""
        return f"{self.code}-{self.contrat_id or 0}"


def check_etat(etat: EtatMensuel, *, on: date) -> list[Constat]:
    """Every finding on the current version, the blocking ones first."""
    month = Month.of(etat.mois)
    lines = list(
        with_eligibility(LignePresence.objects.filter(etat_mensuel=etat, version=etat.version))
        .select_related("contrat__salarie", "salarie")
        .order_by("salarie__cle_tri", "contrat__debut")
    )
    return [
        *_month_is_over(month, on),
        *_every_contract_has_hours(etat, month, lines),
        *_hours_are_possible(month, lines),
        *_over_contract(month, lines),
        *_unlike_last_month(etat, month, lines),
        *_more_than_full_time(etat, lines),
        *_lowers_a_validated_month(etat, lines),
    ]


def warnings_by_contrat(etat: EtatMensuel, lines: list[LignePresence]) -> dict[int, list[str]]:
    """What a row should be looked at for, as it is entered; without the name of the person."""
    month = Month.of(etat.mois)
    found: dict[int, list[str]] = defaultdict(list)
    names = {line.contrat_id: str(line.contrat.salarie) for line in lines}
    for constat in (*_over_contract(month, lines), *_unlike_last_month(etat, month, lines)):
        if constat.contrat_id is not None:
            words = constat.message.removeprefix(f"{names[constat.contrat_id]} : ")
            found[constat.contrat_id].append(words)
    return dict(found)


def fingerprint_of(lines: Iterable[LignePresence]) -> str:
    """Changes with the lines and their contracts: says whether a page restates what is signed."""
    read = sorted((line.contrat_id, line.revision, line.contrat.revision) for line in lines)
    return hashlib.sha256(repr(read).encode()).hexdigest()[:32]


def hours_fault(salarie: Salarie, typed: Decimal, days: int) -> str:
    """Why so many hours cannot be declared for a contract present `days` days of the month."""
    if days == 0:
        return f"{salarie} : le contrat n’est pas ouvert dans le mois, saisissez 0."
    return (
        f"{salarie} : {heures(typed)} saisies, le maximum est de "
        f"{heures(plafond_heures(days))} pour {days} jour{'s' if days > 1 else ''} de contrat "
        "dans le mois (48 h par semaine)."
    )


def _month_is_over(month: Month, on: date) -> Iterator[Constat]:
    if on < month.last_day:
        yield Constat(
            True,
            f"Le mois {month.label_with_de} n’est pas terminé : certifiez cet état mensuel à "
            f"partir du {month.last_day:%d/%m/%Y}.",
        )


def _every_contract_has_hours(
    etat: EtatMensuel, month: Month, lines: list[LignePresence]
) -> Iterator[Constat]:
    listed = {line.contrat_id for line in lines}
    unlisted = (
        Contrat.objects.open_between(month.first_day, month.last_day)
        .filter(siae=etat.annexe.siae_id)
        .exclude(pk__in=listed)
        .select_related("salarie")
    )
    for contrat in unlisted:
        yield Constat(
            True,
            f"{contrat.salarie} : le contrat du {contrat.debut:%d/%m/%Y} est ouvert dans le mois "
            "et n’a pas de ligne, enregistrez l’état mensuel pour l’ajouter.",
            contrat.pk,
        )
    for line in lines:
        if line.heures_declarees is None:
            yield Constat(
                True,
                f"{line.salarie} : saisissez les heures du mois, 0 s’il n’y en a pas.",
                line.contrat_id,
            )


def _hours_are_possible(month: Month, lines: list[LignePresence]) -> Iterator[Constat]:
    """Entry refuses such hours; a contract shortened since may make them impossible."""
    for line in lines:
        days = days_in_month(line.contrat.debut, line.contrat.dernier_jour, month)
        typed = line.heures_declarees
        if typed is not None and typed > plafond_heures(days):
            yield Constat(True, hours_fault(line.salarie, typed, days), line.contrat_id)


def _over_contract(month: Month, lines: list[LignePresence]) -> Iterator[Constat]:
    for line in lines:
        days = days_in_month(line.contrat.debut, line.contrat.dernier_jour, month)
        planned = heures_du_contrat(line.contrat.heures_hebdo, days, month)
        typed = line.heures_declarees
        if typed is not None and days and is_over_contract(typed, planned):
            yield Constat(
                False,
                f"{line.contrat.salarie} : {heures(typed)} déclarées, plus de 110 % des "
                f"{heures(planned)} prévues par le contrat.",
                line.contrat_id,
                "depassement",
            )


def _unlike_last_month(
    etat: EtatMensuel, month: Month, lines: list[LignePresence]
) -> Iterator[Constat]:
    """Only contracts open the whole of both months: an entry or an exit explains itself."""
    last = month - 1
    before = LignePresence.objects.previous_lines(etat.annexe.siae_id, etat.mois)
    for line in lines:
        old = before.get(line.contrat.serie_id)
        typed = line.heures_declarees
        if old is None or old.heures_declarees is None or typed is None:
            continue
        if not _whole(line.contrat, month):
            continue
        if _whole(old.contrat, last) and is_unlike_last_month(typed, old.heures_declarees):
            yield Constat(
                False,
                f"{line.contrat.salarie} : {heures(typed)} déclarées contre "
                f"{heures(old.heures_declarees)} en {last.label}, un écart de plus de 30 %.",
                line.contrat_id,
                "variation",
            )


def _whole(contrat: Contrat, month: Month) -> bool:
    return days_in_month(contrat.debut, contrat.dernier_jour, month) == month.last_day.day


def _more_than_full_time(etat: EtatMensuel, lines: list[LignePresence]) -> Iterator[Constat]:
    """The other employer is not named: one structure does not see another's statements."""
    here: dict[str, Decimal] = defaultdict(Decimal)
    who: dict[str, LignePresence] = {}
    for line in lines:
        here[line.salarie.pass_iae] += line.heures_declarees or ZERO
        who[line.salarie.pass_iae] = line
    others = (
        LignePresence.objects.current()
        .filter(
            etat_mensuel__mois=etat.mois,
            etat_mensuel__etat__in=(EtatMensuel.Etat.SAISI, EtatMensuel.Etat.VALIDE),
            salarie__pass_iae__in=here,
        )
        .exclude(etat_mensuel=etat)
        .order_by()
        .values_list("salarie__pass_iae")
        .annotate(heures=Sum("heures_declarees"))
    )
    with fence.system("hours elsewhere, without the name of where"):
        elsewhere = list(others)
    for number, other in sorted(elsewhere, key=lambda row: str(who[row[0]].salarie)):
        total = here[number] + other
        if other and here[number] and total > TEMPS_PLEIN_MENSUEL:
            yield Constat(
                False,
                f"{who[number].salarie} : déclaré aussi sur un autre état mensuel du même mois, "
                f"{heures(total)} en tout, au-delà d’un temps plein "
                f"({heures(TEMPS_PLEIN_MENSUEL)}).",
                who[number].contrat_id,
                "cumul",
            )


def _lowers_a_validated_month(etat: EtatMensuel, lines: list[LignePresence]) -> Iterator[Constat]:
    """Compared with the last version the ASP had validated: the aid of these hours is at stake."""
    if etat.version == 1:
        return
    validated = (
        LignePresence.objects.filter(
            etat_mensuel=etat, version__lt=etat.version, heures_eligibles__isnull=False
        )
        .order_by("-version")
        .values("version")
        .annotate(heures=Sum("heures_eligibles"))
        .first()
    )
    forecast = sum((line.heures_declarees or ZERO for line in lines if not line.motif_prevu), ZERO)
    if validated is None or forecast >= validated["heures"]:
        return
    lowered = validated["heures"] - forecast
    conditions = conditions_of(etat.annexe.courante)
    stake = value_of_hours(
        lowered, conditions.unitaire(Month.of(etat.mois)), conditions.heures_annuelles_etp
    )
    yield Constat(
        False,
        f"Les heures éligibles du mois baissent de {heures(lowered)} par rapport à la version "
        f"{validated['version']} validée : {euros(stake)} d’aide sont en jeu.",
        code="baisse",
    )
