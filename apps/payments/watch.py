"""Looking for what did *not* happen: due and in no run, held for too long (spec 05 §1).

An instalment may be held for good reasons; nobody must discover months later that it was
forgotten. Read by the nightly task and by the home page of the ASP.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef

from apps.annexes.models import VersionAnnexe
from apps.payments.liquidation import liquidate
from apps.payments.models import Campagne, Retenue, Versement
from apps.payments.reglements import to_send_again
from apps.payments.services.preparation import payment_day
from apps.presence.models import EtatMensuel
from apps.rules.periods import Month

HELD_TOO_LONG = timedelta(days=45)
RETURNED_TOO_LONG = timedelta(days=30)
# Nature of an alert that is about a transfer, not an instalment.
VIREMENT = "virement"


@dataclass(frozen=True, slots=True)
class Alerte:
    """An instalment to look at: `montant` in euros, `depuis` its nominal payment day."""

    annexe_id: int
    mois: date
    nature: str
    montant: Decimal
    depuis: date
    motif: str


@dataclass(frozen=True, slots=True)
class Veille:
    """Everything the watch has found on a day."""

    oubliees: list[Alerte]
    retenues: list[Alerte]
    sans_suite: list[Alerte]
    non_renvoyes: list[Alerte]

    @property
    def nombre(self) -> int:
        found = (self.oubliees, self.retenues, self.sans_suite, self.non_renvoyes)
        return sum(len(alerts) for alerts in found)


def watch(on: date) -> Veille:
    """The searches of the night, as the supervision shows them."""
    return Veille(unpaid_due(on), held_too_long(on), validated_unreleased(on), returned_unsent(on))


def unpaid_due(on: date) -> list[Alerte]:
    """Payable on the last payment day on or before `on`, and in no run; empty when all is well.

    Lines withdrawn or rejected by a person are known: they appear as held, not here.
    """
    month = on.replace(day=1)
    if on < payment_day(month):
        month = (Month.of(month) - 1).first_day
    jour = payment_day(month)
    if Campagne.objects.in_progress().filter(mois__lte=month).exists():
        return []
    runs = Campagne.objects.filter(mois=month).exclude(etat=Campagne.Etat.ABANDONNEE)
    key = ("annexe", "mois", "nature")
    known = set(Versement.objects.filter(campagne__in=runs).values_list(*key))
    known |= set(Retenue.objects.filter(campagne__in=runs).values_list(*key))
    return [
        Alerte(
            liquidation.annexe_id,
            ligne.mois.first_day,
            ligne.nature,
            ligne.montant,
            jour,
            "Échéance due qui ne figure dans aucune campagne.",
        )
        for liquidation in liquidate(Month.of(month), jour)
        for ligne in liquidation.payables
        if (liquidation.annexe_id, ligne.mois.first_day, ligne.nature) not in known
    ]


def held_too_long(on: date) -> list[Alerte]:
    """Instalments held by the last executed run whose nominal payment day is over 45 days ago:
    those that a person must check and those of which a part waits for funds are among them."""
    last = Campagne.objects.executed().order_by("-mois", "-numero").first()
    if last is None:
        return []
    before = on - HELD_TOO_LONG
    holds = last.retenues.filter(mois__lte=before).select_related("annexe").order_by("mois", "pk")
    return [
        Alerte(
            hold.annexe_id,
            hold.mois,
            hold.nature,
            hold.montant_prevu,
            payment_day(hold.mois),
            hold.detail,
        )
        for hold in holds
        if payment_day(hold.mois) <= before
    ]


def returned_unsent(on: date) -> list[Alerte]:
    """Transfers rejected by the bank over 30 days ago that no run has sent again."""
    rejected = to_send_again().filter(denoue_le__lt=on - RETURNED_TOO_LONG)
    return [
        Alerte(
            virement.annexe_id,
            virement.campagne.mois,
            VIREMENT,
            virement.montant,
            virement.denoue_le,
            f"Virement {virement.reference} rejeté, à envoyer de nouveau. {virement.motif_rejet}",
        )
        for virement in rejected.select_related("campagne").order_by("denoue_le", "pk")
    ]


def validated_unreleased(on: date) -> list[Alerte]:
    """Statements validated before the last executed payment day whose following instalment is
    neither paid, proposed nor held by that run for a reason said."""
    last = Campagne.objects.executed().order_by("-mois", "-numero").first()
    if last is None:
        return []
    following = (Month.of(last.mois) - 1).first_day
    etats = EtatMensuel.objects.filter(
        etat=EtatMensuel.Etat.VALIDE,
        mois=following,
        valide_le__lte=min(last.jour_paiement, on),
        annexe__courante__etat=VersionAnnexe.Etat.VALIDE,
        annexe__courante__fin__gte=last.mois,
        annexe__courante__a_partir_de__lte=last.mois,
    )
    paid = Versement.objects.filter(
        annexe=OuterRef("annexe"),
        mois=last.mois,
        statut__in=(Versement.Statut.EXECUTE, Versement.Statut.PROPOSE),
    )
    held = Retenue.objects.filter(annexe=OuterRef("annexe"), campagne=last)
    silent = etats.exclude(Exists(paid)).exclude(Exists(held)).order_by("annexe", "mois")
    return [
        Alerte(
            etat.annexe_id,
            last.mois,
            Versement.Nature.FORFAIT,
            Decimal("0.00"),
            last.jour_paiement,
            f"État mensuel {Month.of(etat.mois).label_with_de} validé le "
            f"{etat.valide_le:%d/%m/%Y} : rien n’a été versé ni retenu.",
        )
        for etat in silent
    ]
