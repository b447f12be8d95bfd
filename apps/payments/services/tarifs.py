"""New prices of the management fees each 1 January, and the letter that says them (art. 3.2).

Indexed by `apps.rules.indexation`; prepared by one person or by the clock, notified by another.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Nature
from apps.accounts.notifications import notify
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.payments.facturation import tarif_of
from apps.payments.models import AvisTarif
from apps.payments.permissions_frais import can_notify_tarif, can_prepare_fees
from apps.rules.indexation import revise
from apps.rules.parameter import ParametreInconnu

Etat = AvisTarif.Etat


@transaction.atomic
def prepare_tarif(
    acting: Membership | None, mandat: ConventionMandat, annee: int, *, on: date | None = None
) -> AvisTarif:
    """Compute the prices of a year from those of the year before; again while not notified.

    Refus when an index is not recorded, outside the years of the mandate, once an avenant
    financier of the year sets its prices, once notified.
    """
    can_prepare_fees(acting).enforce()
    jour = on or today()
    mandat = ConventionMandat.objects.select_for_update(of=("self",)).get(pk=mandat.pk)
    if not mandat.debut.year < annee <= mandat.fin.year:
        raise Refus(
            f"Les prix s’actualisent du 1er janvier {mandat.debut.year + 1} au 1er janvier "
            f"{mandat.fin.year} pour cette convention : choisissez une année de sa période."
        )
    if annee > jour.year + 1:
        raise Refus(f"Les indices qui fixent les prix de {annee} ne sont pas encore publiés.")
    if mandat.avenants.filter(annee=annee).exists():
        raise Refus(f"L’avenant financier {annee} fixe déjà les prix de cette année.")
    avis = AvisTarif.objects.filter(mandat=mandat, annee=annee).first()
    if avis is not None and avis.etat == Etat.NOTIFIE:
        raise Refus(f"Les tarifs {annee} ont été notifiés le {avis.notifie_le:%d/%m/%Y}.")
    ancien = tarif_of(mandat, annee - 1)
    if ancien is None:
        raise Refus(f"Aucun prix n’est connu pour {annee - 1} : enregistrez l’avenant financier.")
    try:
        revision = revise(ancien, annee, jour)
    except ParametreInconnu as unknown:
        raise Refus(str(unknown)) from unknown
    avis = avis or AvisTarif(mandat=mandat, annee=annee)
    avis.prix_ancien, avis.forfait_ancien = ancien.prix_annexe, ancien.forfait_annuel
    avis.prix_annexe = revision.tarif.prix_annexe
    avis.forfait_annuel = revision.tarif.forfait_annuel
    avis.calcul = [etape.as_dict() for etape in revision.etapes]
    avis.prepare_par, avis.prepare_le = (acting.user if acting else None), jour
    avis.save()
    record(acting, "tarif.prepare", avis, apres=_figures(avis))
    return avis


@transaction.atomic
def notify_tarif(acting: Membership, avis: AvisTarif, *, on: date | None = None) -> AvisTarif:
    """PREPARE → NOTIFIE by an ordonnateur who did not prepare it; its invoices use these prices."""
    avis = (
        AvisTarif.objects.select_for_update(of=("self",))
        .select_related("mandat__financeur__successeur")
        .get(pk=avis.pk)
    )
    can_notify_tarif(acting, avis).enforce()
    if avis.etat == Etat.NOTIFIE:
        raise Refus(f"Ces tarifs ont déjà été notifiés le {avis.notifie_le:%d/%m/%Y}.")
    jour = on or today()
    avis.etat = Etat.NOTIFIE
    avis.notifie_par, avis.notifie_le = acting.user, jour
    avis.save(update_fields=["etat", "notifie_par", "notifie_le"])
    record(acting, "tarif.notifie", avis, apres={"notifie_le": jour, **_figures(avis)})
    organisation = avis.mandat.financeur.payer_on(jour).organisation
    if organisation is not None:
        notify(
            organisation,
            f"Frais de gestion : prix au 1er janvier {avis.annee}",
            "L’ASP vous informe de l’actualisation des prix de la convention de mandat "
            "(article 3.2). La lettre donne le calcul.",
            reverse("frais:tarif", args=[avis.pk]),
            nature=Nature.CONVENTION,
            courriel=True,
            on=jour,
        )
    return avis


def _figures(avis: AvisTarif) -> dict[str, object]:
    return {
        "annee": avis.annee,
        "prix_annexe": avis.prix_annexe,
        "forfait_annuel": avis.forfait_annuel,
    }
