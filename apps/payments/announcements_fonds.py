"""Who is told what of the funds of a mandate: the ASP that acts next, the département.

Called by the services of the calls, notifications, receipts and sums paid back, in their
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.conventions.models import ConventionMandat
from apps.payments.models import (
    AppelDeFonds,
    NotificationDeFonds,
    RecetteDeFonds,
    ReversementDeFonds,
)
from apps.rules.explanation import euros


def announce_proposal(appel: AppelDeFonds, on: date) -> None:
    """Tell the ASP that a call waits to be issued."""
    _tell_asp(
        f"Appel de fonds à émettre : {appel.mandat.financeur}",
        f"L’appel de fonds n° {appel.numero} ({appel.get_nature_display().lower()}, "
        f"{euros(appel.montant)}) est proposé. Une autre personne que celle qui l’a proposé doit "
        "l’émettre.",
        reverse("fonds:appel", args=[appel.pk]),
        on,
        roles=(Role.ORDONNATEUR, Role.COMPTABLE),
        courriel=True,
    )


def announce_call(appel: AppelDeFonds, on: date) -> None:
    """Tell the département a call issued, or cancelled after it was."""
    if appel.etat == AppelDeFonds.Etat.ANNULE:
        titre = f"Appel de fonds n° {appel.numero} annulé"
        texte = (
            f"L’appel de fonds n° {appel.numero} ({euros(appel.montant)}) est annulé : aucune "
            f"somme n’est à verser à ce titre. Motif : {appel.motif_annulation}"
        )
    elif not appel.montant:
        titre = f"Appel de fonds n° {appel.numero} : aucune somme à verser"
        texte = (
            f"Votre situation financière est sur la page de l’appel n° {appel.numero} : la "
            "trésorerie disponible suffit, aucune somme n’est appelée."
        )
    else:
        titre = f"Appel de fonds n° {appel.numero} à payer"
        texte = (
            f"L’ASP vous adresse une demande d’avance de {euros(appel.montant)}, à verser avant le "
            f"{appel.echeance:%d/%m/%Y}. Son calcul et le document sont sur la page de l’appel."
        )
    _tell_departement(
        appel.mandat, titre, texte, reverse("fonds:appel", args=[appel.pk]), on, courriel=True
    )


def announce_notice(notification: NotificationDeFonds, on: date) -> None:
    """Tell the ASP that the département has ordered funds, or takes its notification back."""
    withdrawn = notification.annulee_le is not None
    act = "retire la notification de" if withdrawn else "a ordonnancé"
    _tell_asp(
        "Notification de fonds retirée" if withdrawn else "Fonds notifiés par un département",
        f"{notification.mandat.financeur} {act} {euros(notification.montant)} "
        f"(mandat de paiement {notification.reference}).",
        reverse("fonds:mandat", args=[notification.mandat_id]),
        on,
        roles=(Role.GESTIONNAIRE, Role.COMPTABLE),
    )


def announce_receipt(recette: RecetteDeFonds, on: date) -> None:
    """Tell the département that its funds have come; the ASP, that payments may be resumed."""
    page = reverse("fonds:mandat", args=[recette.mandat_id])
    texte = f"{euros(recette.montant)} reçus le {recette.recu_le:%d/%m/%Y}"
    _tell_departement(
        recette.mandat, "Fonds reçus par l’ASP", f"L’ASP a enregistré {texte}.", page, on
    )
    _tell_asp(
        f"Fonds reçus : {recette.mandat.financeur}",
        f"{texte}. Ce qui attendait ces fonds sera payé par la prochaine campagne.",
        page,
        on,
        roles=(Role.GESTIONNAIRE, Role.ORDONNATEUR),
    )


def announce_reversal(recette: RecetteDeFonds, on: date) -> None:
    """Tell the département that a receipt recorded by mistake was taken back."""
    _tell_departement(
        recette.mandat,
        "Recette de fonds annulée",
        f"L’enregistrement de {euros(recette.montant)}, reçus le {recette.recu_le:%d/%m/%Y}, est "
        f"annulé. Motif : {recette.motif_annulation}",
        reverse("fonds:mandat", args=[recette.mandat_id]),
        on,
    )


def announce_pay_back(reversement: ReversementDeFonds, on: date) -> None:
    """Tell who pays that a sum is ordered; the département, that it is paid."""
    page = reverse("fonds:reversement", args=[reversement.pk])
    if reversement.etat == ReversementDeFonds.Etat.EXECUTE:
        _tell_departement(
            reversement.mandat,
            f"Reversement de {euros(reversement.montant)}",
            f"L’ASP vous reverse {euros(reversement.montant)} "
            f"({reversement.get_nature_display().lower()}, exercice {reversement.annee}).",
            page,
            on,
            courriel=True,
        )
        return
    _tell_asp(
        f"Reversement de fonds à payer : {reversement.mandat.financeur}",
        f"Un reversement de {euros(reversement.montant)} est ordonnancé : l’agent comptable doit "
        "le payer.",
        page,
        on,
        roles=(Role.COMPTABLE,),
        courriel=True,
    )


def announce_closing(mandat: ConventionMandat, on: date) -> None:
    _tell_departement(
        mandat,
        "Convention de mandat clôturée",
        f"La {str(mandat)[:1].lower()}{str(mandat)[1:]} est clôturée : tout est payé, recouvré ou "
        "apuré, et sa trésorerie est nulle.",
        reverse("fonds:mandat", args=[mandat.pk]),
        on,
        courriel=True,
    )


def organisation_of(mandat: ConventionMandat, on: date) -> Organisation | None:
    """The département's organisation: that of the successor once it has taken over."""
    financeur = mandat.financeur
    while financeur.successeur is not None and financeur.succede_le and financeur.succede_le <= on:
        financeur = financeur.successeur
    return financeur.organisation


def _tell_departement(
    mandat: ConventionMandat,
    titre: str,
    texte: str,
    url: str,
    on: date,
    *,
    courriel: bool = False,
) -> None:
    organisation = organisation_of(mandat, on)
    if organisation is not None:
        notify(organisation, titre, texte, url, nature=Nature.CONVENTION, courriel=courriel, on=on)


def _tell_asp(
    titre: str,
    texte: str,
    url: str,
    on: date,
    *,
    roles: Sequence[Role],
    courriel: bool = False,
) -> None:
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        titre,
        texte,
        url,
        nature=Nature.PAIEMENT,
        roles=roles,
        courriel=courriel,
        on=on,
    )
