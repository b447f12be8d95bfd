"""What a call for funds rests on: facts of the ledger, notifications, forecasts of the annexes.

The arithmetic of the twelve lines is `apps.rules.appel`. The preview of a quarterly call is the
real computation: the service that proposes the call freezes the very same lines.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from apps.annexes.models import VersionAnnexe
from apps.conventions.models import ConventionMandat
from apps.payments.engagements import annexes_by_mandat, expected_by_run
from apps.payments.flux import flow, treasury_on
from apps.payments.models import (
    NotificationDeFonds,
    PartEnAttente,
    RecetteDeFonds,
    Versement,
)
from apps.rules.appel import LigneAppel, Situation, Trimestre, funds_call
from apps.rules.explanation import euros
from apps.rules.money import ZERO, total


def called_quarter(on: date) -> Trimestre:
    """The quarter that is called on a day: the next one."""
    return Trimestre.of(on) + 1


def quarterly_lines(
    mandat: ConventionMandat,
    on: date,
    *,
    complement: Decimal = ZERO,
    motif: str = "",
) -> tuple[LigneAppel, ...]:
    """The twelve lines of the call made on a day for the next quarter.

    `complement`: what the ASP adds to the forecast of that quarter, in euros, for annexes that are
    not in force yet; its reason is shown beside line 10.
    """
    trimestre = called_quarter(on)
    courant, passe = trimestre - 1, trimestre - 2
    arrete = passe.fin.last_day
    period = flow(mandat.pk, depuis=date(arrete.year, 1, 1), jusqu_a=arrete)
    annexes = annexes_by_mandat([mandat], on)[mandat.pk]
    expected = expected_by_run(annexes, on)
    live = sum(pairs[-1][0].etat == VersionAnnexe.Etat.VALIDE for pairs in annexes.values())
    spent = flow(mandat.pk, depuis=courant.debut.first_day, jusqu_a=on).aide
    waiting = waiting_sum(mandat.pk)
    rest = total(amount for run, amount in expected.items() if run <= courant.fin)
    after = total(a for run, a in expected.items() if courant.fin < run <= trimestre.fin)
    added = f" Complément de {euros(complement)} : {motif}" if complement else ""
    facts = Situation(
        arrete=arrete,
        report=treasury_on(mandat.pk, date(arrete.year - 1, 12, 31)),
        encaisse=period.fonds,
        mandate=period.sorties,
        recouvre=period.indus,
        ordonnances=ordered_not_received(mandat.pk, arrete, on),
        paye=flow(mandat.pk, depuis=passe.debut.first_day, jusqu_a=passe.fin.last_day).aide,
        prevu=spent + rest + waiting,
        prevu_suivant=after + complement,
        detail_prevu=(
            f"{euros(spent)} payés du {courant.debut.first_day:%d/%m/%Y} au {on:%d/%m/%Y}, "
            f"{euros(rest)} attendus des campagnes à venir jusqu’en {courant.fin.label} et "
            f"{euros(waiting)} en attente de fonds. {_how(live)}"
        ),
        detail_prevu_suivant=(
            f"{euros(after)} attendus des campagnes de {trimestre.debut.label} à "
            f"{trimestre.fin.label}. {_how(live)}{added}"
        ),
    )
    return funds_call(trimestre, facts)


def ordered_not_received(mandat_id: int, arrete: date, on: date) -> Decimal:
    """Funds notified until `on` and not received on `arrete`, in euros; those received since
    without a notification count too. Two queries."""
    received = Q(recettes__annulee_le__isnull=True)
    notices = (
        NotificationDeFonds.objects.standing()
        .filter(mandat=mandat_id, ordonnance_le__lte=on)
        .annotate(
            avant=Coalesce(
                Sum("recettes__montant", filter=received & Q(recettes__recu_le__lte=arrete)), ZERO
            ),
            depuis=Coalesce(
                Sum("recettes__montant", filter=received & Q(recettes__recu_le__gt=arrete)), ZERO
            ),
        )
        .values_list("montant", "avant", "depuis")
    )
    announced = total(max(montant - avant, depuis) for montant, avant, depuis in notices)
    others = RecetteDeFonds.objects.standing().filter(
        mandat=mandat_id, notification__isnull=True, recu_le__gt=arrete, recu_le__lte=on
    )
    return announced + (others.aggregate(total=Sum("montant"))["total"] or ZERO)


def waiting_parts(mandat_id: int) -> Any:
    """Parts of the executed runs that wait for the funds of a mandate, oldest month first."""
    return (
        PartEnAttente.objects.filter(
            mandat=mandat_id,
            liberee_le__isnull=True,
            versement__statut=Versement.Statut.EXECUTE,
        )
        .select_related("versement__annexe", "versement__structure", "versement__campagne")
        .defer("versement__calcul")
    )


def waiting_sum(mandat_id: int) -> Decimal:
    """What these parts need, re-imputations included, in euros."""
    needed = waiting_parts(mandat_id).aggregate(total=Sum(F("especes") + F("reimputation")))
    return needed["total"] or ZERO


def frozen_parts(mandat_id: int) -> list[dict[str, str]]:
    """The waiting parts as a call states them."""
    return [
        {
            "annexe": str(part.versement.annexe),
            "structure": part.versement.structure.denomination,
            "mois": f"{part.versement.mois:%Y-%m}",
            "nature": str(part.versement.get_nature_display()),
            "montant": str(part.especes + part.reimputation),
        }
        for part in waiting_parts(mandat_id)
    ]


def plain_line(numero: int, libelle: str, montant: Decimal, calcul: str, reference: str) -> Any:
    """A line of a call that is not quarterly, ready to be frozen."""
    return LigneAppel(numero, libelle, montant, calcul).as_dict() | {"reference": reference}


def _how(annexes: int) -> str:
    if not annexes:
        return "Aucune annexe cofinancée n’est en vigueur."
    noun = "annexe cofinancée" if annexes == 1 else "annexes cofinancées"
    return (
        f"Calcul sur {annexes} {noun} : les règles de paiement sont appliquées aux mois à venir, "
        "les états non validés étant supposés égaux aux heures et aux bénéficiaires de l’annexe."
    )
