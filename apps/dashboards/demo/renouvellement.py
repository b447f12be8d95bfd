"""The turn of the year: what is left to do on the day the demonstration is served.

Annexes renewed in January 2024, provisional until they are signed; two of them transmitted, which
wait for the ASP; the statements of January under way in their structures. Nothing of it is paid:
the figures of the year played are those of 2023.
"""

from __future__ import annotations

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.services import attach_piece, renew_annexe, transmit_annexe, update_version
from apps.conventions.models import Financeur
from apps.conventions.services import create_caom
from apps.core.pdf import render_pdf
from apps.dashboards.demo.fonds import call_advances
from apps.dashboards.demo.frame import MONTANT_MENSUEL_CD, acting, create_mandat_of_year
from apps.dashboards.demo.hours import hours_of
from apps.dashboards.demo.population import Dossier, signataire_of
from apps.presence.models import LignePresence
from apps.presence.services import LineInput, certify_etat, open_etat, save_lines
from apps.rules.periods import Month
from apps.siae.models import Contrat
from apps.siae.services import renew_contrat

JANVIER, FEVRIER = Month(2024, 1), Month(2024, 2)
SIGNATURE = date(2024, 1, 22)
ENTREES_BRSA = 729
JUSTIFICATION = "Reprise de janvier : équipe au complet."


def turn_the_year(dossiers: list[Dossier], month: Month, seed: int) -> None:
    """What happens in a calendar month to the annexes that are renewed."""
    renewed = [dossier for dossier in dossiers if dossier.fiche.renouvelee]
    if month == JANVIER:
        _prepare_conventions()
        for dossier in renewed:
            renew_annexe(acting("ddets"), dossier.annexe, on=month.first_day.replace(day=6))
            _keep_employees(dossier)
    if month == FEVRIER:
        for dossier in renewed:
            version = _renewal_of(dossier)
            if dossier.fiche.suite == "transmise":
                _sign_and_transmit(dossier, version)
            _enter_january(dossier, version.annexe, seed)


def _prepare_conventions() -> None:
    """The mandate of the new year; its CAOM, whose objectives are known, is not signed yet."""
    objectif = {
        "mesure": "ACI_DC",
        "entrees": 1_090,
        "entrees_brsa": ENTREES_BRSA,
        "montant_mensuel": MONTANT_MENSUEL_CD,
        "mois_prevus": 12,
    }
    financeur = Financeur.objects.get(code="062")
    create_caom(acting("asp.gestionnaire"), financeur, annee=2024, objectifs=[objectif])
    create_mandat_of_year(financeur, 2024, ENTREES_BRSA * MONTANT_MENSUEL_CD * 12)
    call_advances(2024)


def _keep_employees(dossier: Dossier) -> None:
    """Contracts that end with the year go on for six months under the provisional annex."""
    responsable = acting(dossier.fiche.cle_responsable)
    ending = Contrat.objects.filter(
        siae=dossier.annexe.siae, fin=date(2023, 12, 31), date_sortie__isnull=True
    )
    for contrat in ending.order_by("pk"):
        renew_contrat(responsable, contrat, debut=date(2024, 1, 1), fin=date(2024, 6, 30))


def _renewal_of(dossier: Dossier) -> VersionAnnexe:
    return VersionAnnexe.objects.select_related("annexe").get(
        siae=dossier.annexe.siae, debut=JANVIER.first_day
    )


def _sign_and_transmit(dossier: Dossier, version: VersionAnnexe) -> None:
    ddets = acting("ddets")
    signed = {"signataire": signataire_of(dossier.fiche), "signee_le": SIGNATURE}
    update_version(ddets, version, revision=version.revision, on=SIGNATURE, **signed)
    version.refresh_from_db()
    text = "Annexe financière fictive, jointe à la démonstration."
    piece = render_pdf("pdf/piece_demonstration.html", {"version": version, "texte": text})
    attach_piece(ddets, version, SimpleUploadedFile("annexe-signee.pdf", piece, "application/pdf"))
    version.refresh_from_db()
    transmit_annexe(ddets, version, on=FEVRIER.first_day)


def _enter_january(dossier: Dossier, annexe: AnnexeFinanciere, seed: int) -> None:
    """The whole month certified, half of it typed, or nothing yet: what is left to try."""
    if dossier.fiche.suite == "a_saisir":
        return
    responsable = acting(dossier.fiche.cle_responsable)
    etat = open_etat(responsable, annexe, JANVIER.first_day, on=FEVRIER.first_day)
    hours = hours_of(dossier.fiche, annexe, etat, seed)
    lines = list(LignePresence.objects.filter(pk__in=hours).select_related("contrat"))
    if dossier.fiche.suite == "commencee":
        lines = lines[: len(lines) // 2]
    rows = [
        LineInput(line.contrat_id, line.revision, hours[line.pk], line.contrat.salaire_brut, "")
        for line in lines
    ]
    save_lines(responsable, etat, rows)
    etat.refresh_from_db()
    if dossier.fiche.suite == "transmise":
        on = FEVRIER.first_day.replace(day=5)
        certify_etat(responsable, etat, justification=JUSTIFICATION, on=on)
