"""Documents of the disputes, remissions and non-valeurs, drawn once and archived.

Written order of the ordonnateur (décret 2012-1246, art. 192), letters of decision to the debtor,
fiche de synthèse and bordereau sent to the département (convention de mandat, art. 5).
"""

from __future__ import annotations

from typing import Any

from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import Drawn, archive_once, render_pdf
from apps.recoveries.models import Contestation, DemandeRemise, ListeNonValeur
from apps.rules.money import ZERO, total

Etat = DemandeRemise.Etat


def written_order(pk: int) -> Fichier:
    """Written order that suspends the pursuit, or lets it go on."""
    return archive_once(_disputes(), pk, "ordre_ecrit", _draw_written_order)


def dispute_letter(pk: int) -> Fichier:
    """Letter of decision on a dispute."""
    return archive_once(_disputes(), pk, "document", _draw_dispute_letter)


def synthesis(pk: int) -> Fichier:
    """Fiche de synthèse with the proposal of the ASP."""
    return archive_once(_remissions(), pk, "fiche", _draw_synthesis)


def remission_letter(pk: int) -> Fichier:
    """Letter of decision on a request of remission, or that says it is not admitted."""
    return archive_once(_remissions(), pk, "document", _draw_remission_letter)


def list_slip(pk: int) -> Fichier:
    """Bordereau of a list, as it was submitted."""
    lists = ListeNonValeur.objects.select_related("financeur", "preparee_par", "soumise_par")
    return archive_once(lists, pk, "document", _draw_slip)


def _draw_written_order(contestation: Contestation) -> Drawn:
    if contestation.suspension_le is None:
        raise Refus("L’ordonnateur n’a pas encore statué sur les poursuites.")
    return _drawn("ordre-ecrit", "Ordre écrit de l’ordonnateur", "ordre_ecrit_pdf", contestation)


def _draw_dispute_letter(contestation: Contestation) -> Drawn:
    if contestation.decidee_le is None:
        raise Refus("Cette contestation n’est pas encore décidée.")
    return _drawn("contestation", "Décision sur contestation", "contestation_pdf", contestation)


def _draw_synthesis(remise: DemandeRemise) -> Drawn:
    if remise.proposee_le is None:
        raise Refus("La fiche de synthèse n’est pas encore établie.")
    return _drawn("fiche-de-synthese", "Fiche de synthèse", "fiche_pdf", remise)


def _draw_remission_letter(remise: DemandeRemise) -> Drawn:
    if remise.etat in DemandeRemise.OUVERTES:
        raise Refus("Cette demande n’est pas encore décidée.")
    return _drawn("remise", "Décision sur demande de remise", "remise_pdf", remise)


def _draw_slip(liste: ListeNonValeur) -> Drawn:
    if liste.soumise_le is None:
        raise Refus("Cette liste n’est pas encore soumise.")
    rows = liste.lignes.select_related("ordre__structure", "ordre__annexe", "piece")
    lignes = list(rows.prefetch_related("ordre__actes"))
    context = {"liste": liste, "lignes": lignes, "total": total(row.montant for row in lignes)}
    return Drawn(
        nom=f"non-valeurs-{liste.numero}.pdf",
        titre=str(liste),
        contents=render_pdf("apurement/liste_pdf.html", context),
    )


def _drawn(name: str, titre: str, template: str, objet: Any) -> Drawn:
    ordre = objet.ordre
    lowered = ordre.montant + (getattr(objet, "reduction", None) or ZERO)
    context = {
        "objet": objet,
        "ordre": ordre,
        "structure": ordre.structure,
        "annexe": ordre.annexe,
        "montant": getattr(objet, "montant_accorde", None) or ZERO,
        # What an order comes to, while nothing else has changed it.
        "ramene_a": ordre.montant if lowered == ordre.montant_initial else None,
    }
    return Drawn(
        nom=f"{name}-ordre-{ordre.numero}.pdf",
        titre=f"{titre} – ordre n° {ordre.numero}",
        contents=render_pdf(f"apurement/{template}.html", context),
    )


def _disputes() -> Any:
    return Contestation.objects.with_order().select_related(
        "ordre__structure",
        "ordre__financeur",
        "ordre__annexe__siae",
        "suspension_par",
        "decidee_par",
        "instruite_par",
    )


def _remissions() -> Any:
    return DemandeRemise.objects.select_related(
        "ordre__structure",
        "ordre__financeur",
        "ordre__annexe__siae",
        "proposee_par",
        "decidee_par",
        "transmise_par",
    )
