"""Bank returns: imported, previewed, applied once or set aside (spec 05 §1).

An import only keeps the file; applying it is another act, whose preview is the same judgement on
the same rows. One transaction: a return is applied whole or not at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.services import next_number, store_file
from apps.journal.services import record
from apps.payments.announcements_banque import announce_return
from apps.payments.codes_retour import CodeRetour, meaning_of
from apps.payments.models import LigneRetour, RetourBancaire, Virement
from apps.payments.permissions_banque import can_handle_return, can_import_return
from apps.payments.rapprochement import Rapprochement, reconcile
from apps.payments.retours import Releve, read_return
from apps.payments.services.rejets import Rejet, reject_transfers
from apps.rules.money import total

Etat, Issue = RetourBancaire.Etat, LigneRetour.Issue
SEQUENCE = "retour_bancaire"
TYPES = {RetourBancaire.Format.PAIN002: "application/xml", RetourBancaire.Format.CSV: "text/csv"}
BATCH = 2000


@dataclass(frozen=True, slots=True)
class ApercuRetour:
    """What applying a return would do now."""

    rapprochement: Rapprochement
    confirmes: int
    montant_confirme: Decimal
    rejetes: int
    montant_rejete: Decimal
    deja: int
    inconnues: list[LigneRetour]
    codes: list[tuple[str, CodeRetour, int]]


def import_return(
    acting: Membership, nom: str, contents: bytes, *, on: date | None = None
) -> RetourBancaire:
    """Keep the file of a return, to be applied. Refus when it is not one, or is known already."""
    can_import_return(acting).enforce()
    releve = read_return(contents)
    with transaction.atomic():
        # The sequence is locked: of two imports of the same file, the second sees the first.
        numero = next_number(SEQUENCE)
        sha256 = hashlib.sha256(contents).hexdigest()
        _refuse_known(sha256)
        nom = nom.replace("\x00", "").strip()[-150:] or "retour"
        retour = RetourBancaire.objects.create(
            numero=numero,
            nom=nom,
            format=releve.format,
            sha256=sha256,
            fichier=store_file(
                contents,
                nom=nom,
                titre=f"Retour bancaire n° {numero}",
                type_mime=TYPES[RetourBancaire.Format(releve.format)],
            ),
            importe_par=acting.user,
            importe_le=on or today(),
            accuse=releve.accuse,
            nombre=len(releve.lignes),
        )
        record(acting, "retour.importe", retour, apres={"fichier": nom, "sha256": sha256})
    return retour


def preview_return(retour: RetourBancaire, *, on: date | None = None) -> ApercuRetour:
    """What applying the return would do on the day; writes nothing."""
    found = reconcile(_read_again(retour), on or today())
    codes = Counter(ligne.code for ligne in found.rejetees)
    return ApercuRetour(
        rapprochement=found,
        confirmes=len(found.confirmees),
        montant_confirme=_amount(found.confirmees),
        rejetes=len(found.rejetees),
        montant_rejete=_amount(found.rejetees),
        deja=found.count(Issue.DEJA_APPLIQUEE),
        inconnues=[ligne for ligne in found.lignes if ligne.issue == Issue.INCONNUE],
        codes=[(code, meaning_of(code), count) for code, count in sorted(codes.items())],
    )


@transaction.atomic
def apply_return(
    acting: Membership, retour: RetourBancaire, *, on: date | None = None
) -> RetourBancaire:
    """RECU → APPLIQUE: each line ends applied, already applied or unknown; done twice, done once.

    Refus when the return was set aside, or when a rejection cannot be entered: nothing is applied.
    """
    retour = _lock(retour)
    can_handle_return(acting, retour).enforce()
    if retour.etat == Etat.APPLIQUE:
        return retour
    _require_received(retour)
    jour = on or today()
    found = reconcile(_read_again(retour), jour, lock=True)
    for ligne in found.lignes:
        ligne.retour = retour
    LigneRetour.objects.bulk_create(found.lignes, batch_size=BATCH)
    confirm_transfers(found.confirmees, jour)
    reject_transfers(acting, [rejection_of(ligne, jour) for ligne in found.rejetees], jour)
    retour.etat = Etat.APPLIQUE
    retour.nombre = len(found.lignes)
    retour.appliquees = found.count(Issue.APPLIQUEE)
    retour.deja_appliquees = found.count(Issue.DEJA_APPLIQUEE)
    retour.inconnues = found.count(Issue.INCONNUE)
    retour.traite_par, retour.traite_le = acting.user, jour
    retour.save()
    counts = ("nombre", "appliquees", "deja_appliquees", "inconnues")
    record(
        acting, "retour.applique", retour, apres={name: getattr(retour, name) for name in counts}
    )
    announce_return(retour, jour)
    return retour


@transaction.atomic
def set_aside_return(
    acting: Membership, retour: RetourBancaire, *, motif: str, on: date | None = None
) -> RetourBancaire:
    """RECU → ECARTE, with its reason: imported by mistake; the same file may be imported again."""
    retour = _lock(retour)
    can_handle_return(acting, retour).enforce()
    _require_received(retour)
    retour.motif = motif.strip()[:300]
    if not retour.motif:
        raise Refus("Indiquez le motif de la mise à l’écart du retour.")
    retour.etat = Etat.ECARTE
    retour.traite_par, retour.traite_le = acting.user, on or today()
    retour.save()
    record(acting, "retour.ecarte", retour, motif=retour.motif)
    return retour


@transaction.atomic
def note_return_download(acting: Membership, retour: RetourBancaire) -> Fichier:
    """The file as it was received, for the agent comptable; each download is journaled."""
    can_handle_return(acting, retour).enforce()
    record(acting, "retour.telecharge", retour, apres={"sha256": retour.sha256})
    return retour.fichier


def confirm_transfers(lignes: list[LigneRetour], jour: date) -> None:
    """EMIS → CONFIRME on the day of the bank: one query per day found in the return."""
    days: dict[date, list[int]] = {}
    for ligne in lignes:
        days.setdefault(ligne.date or jour, []).append(ligne.virement_id or 0)
    for day, keys in days.items():
        Virement.objects.filter(pk__in=keys, etat=Virement.Etat.EMIS).update(
            etat=Virement.Etat.CONFIRME, denoue_le=day
        )


def rejection_of(ligne: LigneRetour, jour: date) -> Rejet:
    if ligne.virement is None:
        raise ValueError("A line applied bears a transfer")
    return Rejet(ligne.virement, ligne.code, ligne.libelle, ligne.date or jour)


def _lock(retour: RetourBancaire) -> RetourBancaire:
    return RetourBancaire.objects.select_for_update(of=("self",)).get(pk=retour.pk)


def _require_received(retour: RetourBancaire) -> None:
    if retour.etat != Etat.RECU:
        raise Refus(
            f"Ce retour bancaire est à l’état « {retour.get_etat_display()} » depuis le "
            f"{retour.traite_le:%d/%m/%Y} : il ne peut plus changer."
        )


def _refuse_known(sha256: str) -> None:
    known = RetourBancaire.objects.filter(sha256=sha256).exclude(etat=Etat.ECARTE).first()
    if known:
        raise Refus(
            f"Ce fichier a déjà été importé le {known.importe_le:%d/%m/%Y} : c’est le retour "
            f"n° {known.numero} ({known.get_etat_display().lower()})."
        )


def _read_again(retour: RetourBancaire) -> Releve:
    """The file that was imported, byte for byte."""
    with retour.fichier.contenu.open("rb") as file:
        contents = file.read()
    if hashlib.sha256(contents).hexdigest() != retour.sha256:
        raise Refus(
            "Le fichier conservé n’est plus celui qui a été importé : écartez ce retour et "
            "importez-le de nouveau."
        )
    return read_return(contents)


def _amount(lignes: list[LigneRetour]) -> Decimal:
    return total(ligne.virement.montant for ligne in lignes if ligne.virement)
