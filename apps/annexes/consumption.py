"""What the annexes commit on a CAOM: amounts and beneficiaries, in force and waiting.

Text: convention de mandat art. 3 (envelope) and art. 9 (an annex counts on the CAOM of the year it
was signed). Read by the checks under lock of the CAOM, and by its follow-up page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.envelope import Enveloppe, envelope_of
from apps.conventions.models import Caom, ObjectifCaom
from apps.core import fence
from apps.core.clock import today
from apps.rules.money import HUNDRED, ZERO, divide, rate

ENGAGEES = (VersionAnnexe.Etat.VALIDE, VersionAnnexe.Etat.CLOTURE)


@dataclass(frozen=True, slots=True)
class Consommation:
    """Amounts in euros; `engage` counts versions in force or closed, `transmis` those to validate
    (the whole new amount of an amendment, whose former amount is still in `engage`)."""

    enveloppe: Enveloppe
    engage: Decimal
    beneficiaires: int
    annexes: int
    transmis: Decimal
    annexes_transmises: int

    @property
    def reste(self) -> Decimal:
        return self.enveloppe.montant - self.engage

    @property
    def beneficiaires_restants(self) -> int:
        return self.enveloppe.beneficiaires - self.beneficiaires

    @property
    def taux(self) -> Decimal:
        """Share of the envelope committed, in per cent."""
        if not self.enveloppe.montant:
            return ZERO
        return rate(divide(HUNDRED * self.engage, self.enveloppe.montant))


@dataclass(frozen=True, slots=True)
class ParMesure:
    """An objective and what is committed on it, in euros and beneficiaries."""

    objectif: ObjectifCaom
    engage: Decimal
    beneficiaires: int

    @property
    def reste(self) -> Decimal:
        return self.objectif.montant - self.engage

    @property
    def beneficiaires_restants(self) -> int:
        return self.objectif.entrees_brsa - self.beneficiaires


def signature_year(version: VersionAnnexe) -> int:
    """Year of the CAOM a version counts on: that of the annex's signature (art. 9).

    An amendment stays on the CAOM of the annex it amends. Not signed yet: the year it starts.
    """
    if version.modification:
        first = version.annexe.versions.filter(modification=0).values_list("signee_le", flat=True)
        signed = first.first()
    else:
        signed = version.signee_le
    return (signed or version.debut).year


def caom_of(version: VersionAnnexe) -> Caom | None:
    """The CAOM a co-financed version counts on: its funder's, or its successor's."""
    funder = version.financeur_cd
    if funder is None:
        return None
    caoms = Caom.objects.filter(annee=signature_year(version)).select_related("financeur")
    found = caoms.filter(financeur=funder).first()
    if found is None and funder.successeur_id:
        found = caoms.filter(financeur=funder.successeur_id).first()
    return found


@fence.system("a CAOM is used by several territories")
def consumption_of(
    caom: Caom, *, exclude: AnnexeFinanciere | None = None, on: date | None = None
) -> Consommation:
    """Consumption of a CAOM, without the annex to `exclude` (the one being checked)."""
    versions = _counted_on(caom)
    if exclude is not None:
        versions = versions.exclude(annexe=exclude)
    in_force = Q(etat__in=ENGAGEES)
    waiting = Q(etat=VersionAnnexe.Etat.SAISI)
    sums = versions.aggregate(
        engage=Sum("montant_cd", filter=in_force),
        beneficiaires=Sum("brsa_vises", filter=in_force),
        annexes=Count("pk", filter=in_force),
        transmis=Sum("montant_cd", filter=waiting),
        annexes_transmises=Count("pk", filter=waiting),
    )
    return Consommation(
        enveloppe=envelope_of(caom, on or today()),
        engage=sums["engage"] or ZERO,
        beneficiaires=sums["beneficiaires"] or 0,
        annexes=sums["annexes"],
        transmis=sums["transmis"] or ZERO,
        annexes_transmises=sums["annexes_transmises"],
    )


@fence.system("a CAOM is used by several territories")
def consumption_by_mesure(caom: Caom, on: date) -> list[ParMesure]:
    """Each objective in effect, with what is committed for its measure (one query).

    The envelope is checked on its total: an objective may be exceeded as long as another is not
    used up, and an exchange of letters then adjusts both.
    """
    rows = _counted_on(caom).filter(etat__in=ENGAGEES).order_by().values_list("siae__mesure")
    engaged = {
        mesure: (amount, people)
        for mesure, amount, people in rows.annotate(Sum("montant_cd"), Sum("brsa_vises"))
    }
    return [
        ParMesure(objectif, *engaged.get(mesure, (ZERO, 0)))
        for mesure, objectif in sorted(envelope_of(caom, on).objectifs.items())
    ]


@fence.system("a CAOM is used by several territories")
def in_preparation_on(caom: Caom) -> tuple[Decimal, int]:
    """Euros and beneficiaries of the new annexes, not in force yet, that will count on a CAOM."""
    drafts = (
        VersionAnnexe.objects.filter(_funded_by(caom), modification=0, montant_cd__gt=0)
        .filter(etat__in=VersionAnnexe.ETATS_EN_PREPARATION)
        .annotate(signature=Coalesce("signee_le", "debut"))
        .filter(signature__year=caom.annee)
    )
    sums = drafts.aggregate(montant=Sum("montant_cd"), beneficiaires=Sum("brsa_vises"))
    return sums["montant"] or ZERO, sums["beneficiaires"] or 0


def _funded_by(caom: Caom) -> Q:
    # A predecessor without a CAOM of its own that year counts on its successor's.
    predecessors = caom.financeur.predecesseurs.exclude(caoms__annee=caom.annee)
    return Q(financeur_cd=caom.financeur_id) | Q(financeur_cd__in=predecessors)


def _counted_on(caom: Caom):  # type: ignore[no-untyped-def]
    signed_that_year = AnnexeFinanciere.objects.filter(
        versions__modification=0, versions__signee_le__year=caom.annee
    )
    return VersionAnnexe.objects.filter(
        _funded_by(caom), annexe__in=signed_that_year, montant_cd__gt=0
    )
