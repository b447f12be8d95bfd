"""Work left pending on the demonstration, so that the pictures show queues with something in them.

After its year the demonstration owes nothing to anybody: this re-opens a statement, certifies two,
transmits an amendment, keeps another as a draft and proposes bank details, each through its
service. Called by `capturer_manuels`, never by the demonstration itself.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.services import attach_piece, open_avenant, transmit_annexe
from apps.core.pdf import render_pdf
from apps.dashboards.demo import identities
from apps.dashboards.demo.frame import acting
from apps.presence.models import EtatMensuel, LignePresence
from apps.presence.services import LineInput, certify_etat, open_etat, reopen_etat, save_lines
from apps.rules.money import cents
from apps.siae.models import CoordonneesBancaires, Structure
from apps.siae.services import propose_bank_details

LE = date(2024, 2, 12)
ROUVERT, CORRIGE, PROVISOIRE = "jardins-morinie", "terrils-verts", "mains-boulonnaises"
TRANSMIS, BROUILLON, BANQUE = "canche-solidaire", "cuisine-partagee", "ressourcerie-ternois"
MOTIF = "Contrôle sur pièces : des heures d’absence non rémunérées sont déclarées."
JUSTIFICATION = "Correction demandée par l’ASP : absences non rémunérées retirées."


def leave_work() -> None:
    """Everything pending, once: nothing when it is already there."""
    if CoordonneesBancaires.objects.filter(etat=CoordonneesBancaires.Etat.PROPOSEE).exists():
        return
    with transaction.atomic():
        _reopen(ROUVERT, date(2023, 12, 1), less=Decimal(14))
        _certify(_reopen(CORRIGE, date(2023, 10, 1), less=Decimal(9)), CORRIGE)
        _certify(_first_of_the_year(), PROVISOIRE)
        _transmit(_avenant(TRANSMIS, Decimal("8.00")))
        _avenant(BROUILLON, Decimal("6.00"))
        _propose_bank_details()


def _reopen(username: str, mois: date, *, less: Decimal) -> EtatMensuel:
    """Re-opened by the ASP; the structure has taken hours off its first two lines."""
    structure = acting(username)
    etat = EtatMensuel.objects.visible_to(structure).filter(mois=mois).earliest("pk")
    before = {line.contrat_id: line.heures_declarees for line in _lines(etat)}
    reopen_etat(acting("asp.gestionnaire"), etat, motif=MOTIF, on=LE)
    etat = open_etat(structure, etat.annexe, mois)
    hours = [before[line.contrat_id] or Decimal(0) for line in _lines(etat)]
    _save(username, etat, [h - less if i < 2 else h for i, h in enumerate(hours)])
    return etat


def _first_of_the_year() -> EtatMensuel:
    """January of the provisional annex, at the hours of the contracts."""
    structure = acting(PROVISOIRE)
    annexe = AnnexeFinanciere.objects.visible_to(structure).latest("pk")
    etat = open_etat(structure, annexe, date(2024, 1, 1))
    weekly = [line.contrat.heures_hebdo for line in _lines(etat)]
    _save(PROVISOIRE, etat, [cents(hours * 52 / 12) for hours in weekly])
    return etat


def _lines(etat: EtatMensuel) -> list[LignePresence]:
    lines = LignePresence.objects.filter(etat_mensuel=etat, version=etat.version)
    return list(lines.select_related("contrat").order_by("contrat__salarie__cle_tri", "pk"))


def _save(username: str, etat: EtatMensuel, hours: list[Decimal]) -> None:
    rows = [
        LineInput(line.contrat_id, line.revision, value, line.contrat.salaire_brut, "")
        for line, value in zip(_lines(etat), hours, strict=True)
    ]
    save_lines(acting(username), etat, rows)


def _certify(etat: EtatMensuel, username: str) -> None:
    etat.refresh_from_db()
    certify_etat(acting(username), etat, justification=JUSTIFICATION, on=LE)


def _avenant(username: str, etp: Decimal) -> VersionAnnexe:
    annexe = AnnexeFinanciere.objects.visible_to(acting(username)).select_related("courante")
    current = annexe.earliest("pk")
    assert current.courante is not None  # noqa: S101 - a validated annex has a version in force
    signed = {"signataire": current.courante.signataire, "signee_le": LE}
    return open_avenant(
        acting("ddets"), current, motif="Postes ajoutés en cours d’année", on=LE, etp=etp, **signed
    )


def _transmit(version: VersionAnnexe) -> None:
    text = "Annexe financière fictive, jointe à la démonstration."
    signed = render_pdf("pdf/piece_demonstration.html", {"version": version, "texte": text})
    ddets = acting("ddets")
    attach_piece(ddets, version, SimpleUploadedFile("annexe-signee.pdf", signed, "application/pdf"))
    version.refresh_from_db()
    transmit_annexe(ddets, version, on=LE)


def _propose_bank_details() -> None:
    structure = acting(BANQUE)
    found = Structure.objects.get(organisation=structure.organisation)
    iban, bic = identities.iban(905)
    propose_bank_details(structure, found, titulaire=found.denomination[:70], iban=iban, bic=bic)
