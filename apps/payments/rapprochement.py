"""What each line of a bank return does: applied, already applied, or unknown with its reason.

The same judgement for the preview and for the application, which alone locks the transfers and
writes (`services.retours`). A whole file answered at once gives one line per transfer of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from apps.payments.models import LigneRetour, Virement
from apps.payments.retours import LigneLue, Releve
from apps.payments.transitions import transfer_event
from apps.rules.explanation import euros

Statut, Issue = LigneRetour.Statut, LigneRetour.Issue
MAX_RAW_OF_FILE = 400


@dataclass(slots=True)
class Rapprochement:
    """Lines not yet saved, in the order of the file, and what the applied ones bring about."""

    lignes: list[LigneRetour] = field(default_factory=list)
    # The last answer applied to each transfer of the file, by its key.
    applied: dict[int, LigneRetour] = field(default_factory=dict)

    @property
    def confirmees(self) -> list[LigneRetour]:
        return [ligne for ligne in self.applied.values() if ligne.statut == Statut.CONFIRME]

    @property
    def rejetees(self) -> list[LigneRetour]:
        return [ligne for ligne in self.applied.values() if ligne.statut == Statut.REJETE]

    def count(self, issue: str) -> int:
        return sum(ligne.issue == issue for ligne in self.lignes)


def reconcile(releve: Releve, on: date, *, lock: bool = False) -> Rapprochement:
    """Judge every line on the day `on`: two queries, whatever their number."""
    sent = _transfers(reference__in={line.reference for line in releve.lignes}, lock=lock)
    by_reference = {virement.reference: virement for virement in sent}
    states = {virement.pk: virement.etat for virement in sent}
    found = Rapprochement()
    for line in releve.lignes:
        _judge(found, line, by_reference.get(line.reference), states, on)
    if releve.fichier is not None:
        _judge_file(found, releve.fichier, states, on, lock=lock)
    for rank, ligne in enumerate(found.lignes, start=1):
        ligne.rang = rank
    return found


def why_not(line: LigneLue, virement: Virement | None, etat: str, on: date) -> str:
    """Why a line cannot be applied to a transfer in that state, as a sentence; empty otherwise."""
    if line.defaut:
        return line.defaut
    if virement is None:
        return f"Aucun virement émis ne porte la référence « {line.reference} »."
    if line.montant is not None and line.montant != virement.montant:
        return (
            f"Le montant de la ligne ({euros(line.montant)}) n’est pas celui du virement "
            f"({euros(virement.montant)})."
        )
    if line.date and line.date > on:
        return f"La date de la banque ({line.date:%d/%m/%Y}) est à venir."
    if line.date and virement.emis_le and line.date < virement.emis_le:
        return (
            f"La date de la banque ({line.date:%d/%m/%Y}) précède l’émission du virement "
            f"({virement.emis_le:%d/%m/%Y})."
        )
    if line.statut != etat and not transfer_event(line.statut, etat):
        return "La ligne confirme un virement déjà rejeté : vérifiez auprès de la banque."
    return ""


def _judge(
    found: Rapprochement,
    line: LigneLue,
    virement: Virement | None,
    states: dict[int, str],
    on: date,
) -> None:
    etat = states[virement.pk] if virement else ""
    reason = why_not(line, virement, etat, on)
    ligne = LigneRetour(
        brut=line.brut,
        reference=line.reference,
        statut=line.statut,
        code=line.code,
        libelle=line.libelle,
        date=line.date,
        montant=line.montant,
        virement=None if reason else virement,
        issue=Issue.INCONNUE if reason else Issue.DEJA_APPLIQUEE,
        raison=reason[:300],
    )
    if virement and not reason and line.statut != etat:
        ligne.issue = Issue.APPLIQUEE
        states[virement.pk] = line.statut
        found.applied[virement.pk] = ligne
    found.lignes.append(ligne)


def _judge_file(
    found: Rapprochement, line: LigneLue, states: dict[int, str], on: date, *, lock: bool
) -> None:
    """An answer to a whole file: a line for each of its transfers that has none of its own.

    A simple acknowledgement says nothing of the transfers; a file we did not send is unknown.
    """
    own = {ligne.virement_id for ligne in found.lignes}
    name = f"{line.reference.removesuffix('.xml')}.xml"
    of_file = _transfers(campagne__fichier_virements__nom=name, lock=lock)
    if not of_file:
        sentence = f"Aucun fichier de virements ne porte le nom « {line.reference} »."
        unknown = LigneLue(line.brut, line.reference, line.statut, line.code, defaut=sentence)
        _judge(found, unknown, None, states, on)
    elif line.statut != Statut.AUTRE:
        for virement in of_file:
            if virement.pk not in own:
                states[virement.pk] = virement.etat
                own_line = LigneLue(
                    line.brut[:MAX_RAW_OF_FILE],
                    str(virement.reference),
                    line.statut,
                    line.code,
                    "Réponse donnée pour le fichier entier",
                    line.date,
                )
                _judge(found, own_line, virement, states, on)


def _transfers(*, lock: bool, **which: object) -> list[Virement]:
    """Sent transfers, locked in the order of their keys when they are to be written."""
    sent = Virement.objects.sent().filter(**which).order_by("pk")
    sent = sent.select_related("annexe", "structure", "campagne")
    return list(sent.select_for_update(of=("self",)) if lock else sent)
