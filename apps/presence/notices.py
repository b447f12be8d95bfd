"""What the ASP and the structures are told about statements and controls, in their own words.

Called by the services, inside the transaction of the act. No personal data: the words also leave
by e-mail.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.presence.models import Controle, EtatMensuel
from apps.rules.periods import Month

OF_STRUCTURE = (Role.SAISIE, Role.RESPONSABLE)


def tell_validated(etats: Sequence[EtatMensuel]) -> None:
    """One notice per structure, however many of its statements were validated."""
    owners = {etat.annexe.siae.structure.organisation_id for etat in etats}
    organisations = list(Organisation.objects.filter(pk__in=owners))
    if len(etats) == 1:
        etat = etats[0]
        title = f"État mensuel {_month_of(etat)} validé"
        url = reverse("presence:saisie", args=[etat.annexe_id, etat.mois])
    else:
        title, url = _title_of_batch(etats), reverse("presence:liste")
    notify(
        organisations,
        title,
        "L’ASP a validé les heures déclarées : elles comptent pour les paiements à venir.",
        url,
        nature=Nature.ETAT,
        roles=OF_STRUCTURE,
    )


def _title_of_batch(etats: Sequence[EtatMensuel]) -> str:
    """The month is said when all are of the same one: a year of notices stays readable."""
    months = {etat.mois for etat in etats}
    of_month = f" {_month_of(etats[0])}" if len(months) == 1 else ""
    return f"États mensuels{of_month} validés"


def tell_reopened(etat: EtatMensuel) -> None:
    notify(
        etat.annexe.siae.structure.organisation,
        f"État mensuel {_month_of(etat)} rouvert",
        f"L’ASP a rouvert l’état mensuel {_month_of(etat)} de l’annexe {etat.annexe} : lisez le "
        "motif, corrigez-le, puis certifiez-le de nouveau.",
        reverse("presence:saisie", args=[etat.annexe_id, etat.mois]),
        nature=Nature.ETAT,
        roles=OF_STRUCTURE,
        courriel=True,
    )


def tell_carence(etat: EtatMensuel) -> None:
    notify(
        etat.annexe.siae.structure.organisation,
        f"Carence constatée, {Month.of(etat.mois).label}",
        f"L’ASP a constaté la carence de l’état mensuel {_month_of(etat)} de l’annexe "
        f"{etat.annexe} : le mois compte pour 0 heure.",
        reverse("presence:saisie", args=[etat.annexe_id, etat.mois]),
        nature=Nature.ETAT,
        roles=OF_STRUCTURE,
        courriel=True,
    )


def tell_requested(controles: Sequence[Controle]) -> None:
    """Documents are asked for, or asked for again: one notice per structure for a whole draw."""
    title, by = "Pièces justificatives demandées", f"{controles[0].echeance:%d/%m/%Y}"
    if len(controles) == 1:
        etat = controles[0].etat_mensuel
        text = (
            f"L’ASP contrôle sur pièces l’état mensuel {_month_of(etat)} de l’annexe "
            f"{etat.annexe} : déposez les pièces au plus tard le {by}."
        )
        url = _page_of(controles[0])
    else:
        text = (
            "L’ASP contrôle des états mensuels sur pièces, dont un ou plusieurs des vôtres : "
            f"déposez les pièces demandées au plus tard le {by}."
        )
        url = reverse("presence:controles")
    _tell_structures(controles, title, text, url)


def tell_concluded(controle: Controle) -> None:
    _tell_structures(
        [controle],
        f"Contrôle sur pièces : {controle.get_etat_display().lower()}",
        f"L’ASP a conclu le contrôle de l’état mensuel {_month_of(controle.etat_mensuel)} de "
        f"l’annexe {controle.etat_mensuel.annexe}. La motivation est sur la page du contrôle.",
        _page_of(controle),
    )


def tell_sent(controle: Controle) -> None:
    """The ASP learns that the documents are there."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Pièces justificatives reçues",
        f"La structure {controle.etat_mensuel.annexe.siae.structure} a transmis les pièces du "
        f"contrôle n° {controle.pk}.",
        _page_of(controle),
        nature=Nature.CONTROLE,
        roles=(Role.GESTIONNAIRE,),
    )


def _tell_structures(controles: Sequence[Controle], titre: str, texte: str, url: str) -> None:
    notify(
        [controle.etat_mensuel.annexe.siae.structure.organisation for controle in controles],
        titre,
        texte,
        url,
        nature=Nature.CONTROLE,
        roles=OF_STRUCTURE,
        courriel=True,
    )


def _page_of(controle: Controle) -> str:
    return reverse("presence:controle", args=[controle.pk])


def _month_of(etat: EtatMensuel) -> str:
    return Month.of(etat.mois).label_with_de
