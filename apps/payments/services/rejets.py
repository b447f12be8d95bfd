"""A transfer rejected by the bank: due again, held when it must be, never lost (spec 05 §1).

The treasury is credited back for each funder and mandate, the account that the bank refuses is no
longer used, the structure waits. The next run sends the amount again (`reglements.settle`). Called
by the returns, inside their transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.journal.services import Fact, record, record_many
from apps.payments import ledger
from apps.payments.announcements_banque import announce_rejections
from apps.payments.codes_retour import OF_THE_ACCOUNT, Suite, meaning_of
from apps.payments.models import BlocagePaiement, Ecriture, Mouvement, Virement
from apps.payments.schemes import rejection_entries
from apps.payments.transitions import transfer_event
from apps.rules.money import ZERO
from apps.siae.models import CoordonneesBancaires
from apps.siae.services import refuse_active_bank_details

Evenement = Ecriture.Evenement
# The entries by which a transfer leaves: a re-imputation moves no cash of the structure.
ENVOIS = (Evenement.PAIEMENT, Evenement.REEMISSION)
LIFT_FIELDS = ["leve_le", "leve_par", "motif_levee", "compte_verifie"]
BLOCK_FIELDS = ["detail", "pose_le", "pose_par", *LIFT_FIELDS]


@dataclass(frozen=True, slots=True)
class Rejet:
    """What the bank says of a transfer; `le` is its own date."""

    virement: Virement
    code: str
    libelle: str
    le: date

    @property
    def phrase(self) -> str:
        """The reason in words, with the bank's own when it adds some."""
        told = meaning_of(self.code).phrase
        own = self.libelle.strip().rstrip(".")
        return f"{told} La banque ajoute : « {own} »."[:200] if own else told[:200]


def reject_transfers(acting: Membership, rejets: Sequence[Rejet], jour: date) -> None:
    """Sent or confirmed → rejected, with everything that follows, posted on the day `jour`.

    The transfers are locked by the caller. A fixed number of queries. Refus when the entries of a
    transfer are not its amount: nothing is then written.
    """
    if not rejets:
        return
    for rejet in rejets:
        virement = rejet.virement
        if not transfer_event(Virement.Etat.REJETE, virement.etat):
            raise Refus(f"Le virement {virement.reference} ne peut plus être rejeté.")
        virement.etat = Virement.Etat.REJETE
        virement.denoue_le = rejet.le
        virement.code_rejet = rejet.code[:4]
        virement.motif_rejet = rejet.phrase
    virements = [rejet.virement for rejet in rejets]
    fields = ["etat", "denoue_le", "code_rejet", "motif_rejet"]
    Virement.objects.bulk_update(virements, fields, batch_size=1000)
    ledger.post(_entries(virements), jour)
    _refuse_accounts(acting, rejets)
    _hold(acting, rejets, jour)
    record_many(
        acting,
        [
            Fact(
                "virement.rejete",
                rejet.virement,
                motif=f"{rejet.code} {rejet.phrase}".strip(),
                apres={"montant": rejet.virement.montant, "jour": jour, "le": rejet.le},
            )
            for rejet in rejets
        ],
    )
    announce_rejections(virements, jour)


@transaction.atomic
def undo_rejection(acting: Membership, ecriture: Ecriture, motif: str, jour: date) -> None:
    """REJETE → CONFIRME: the transfer had arrived, the rejection was recorded by mistake.

    What the reversal of the entry of a rejection does first (`services.extournes`). Refus once the
    amount is being sent again, or for an older rejection of the same transfer. The account stays
    refused: the structure proposes its own again.
    """
    if ecriture.virement_id is None:
        raise Refus("Cette écriture ne porte pas de virement.")
    virement = Virement.objects.select_for_update(of=("self",)).get(pk=ecriture.virement_id)
    if virement.etat != Virement.Etat.REJETE:
        raise Refus(f"Le virement {virement.reference} n’est pas rejeté : rien n’est à annuler.")
    if Virement.objects.filter(remplace=virement).exists():
        raise Refus(
            f"Le virement {virement.reference} est émis de nouveau, ou proposé par la campagne en "
            "cours : le rejet ne peut plus être annulé. Abandonnez la campagne, ou recouvrez le "
            "second versement."
        )
    virement.etat = Virement.Etat.CONFIRME
    virement.code_rejet = virement.motif_rejet = ""
    virement.save(update_fields=["etat", "code_rejet", "motif_rejet"])
    _lift(acting, [_object_of(virement)], virement.structure_id, f"Rejet annulé : {motif}", jour)
    record(acting, "virement.rejet_annule", virement, motif=motif, apres={"jour": jour})


def lift_after_new_account(acting: Membership, coordonnees: CoordonneesBancaires, on: date) -> None:
    """A new account is active: what its predecessor's refusal held is released, with a trace.

    Checked since the day of the rejection, it is not held once more by the next run as a changed
    account (`services.blocages`). The same account checked again is not a new one: a person then
    lifts the hold.
    """
    refused = Virement.objects.filter(
        structure=coordonnees.structure_id,
        etat=Virement.Etat.REJETE,
        code_rejet__in=OF_THE_ACCOUNT,
    ).exclude(coordonnees__iban=coordonnees.iban)
    objects = [_object_of(virement) for virement in refused]
    sentence = "Nouvelles coordonnées bancaires activées"
    _lift(acting, objects, coordonnees.structure_id, sentence, on, compte=coordonnees)


def _entries(virements: list[Virement]) -> list[ledger.Projet]:
    """One entry per transfer, from the cash that it had taken to each treasury."""
    movements: dict[int, list[Mouvement]] = {}
    for movement in Mouvement.objects.filter(
        compte=ledger.TRESOR,
        ecriture__virement__in=virements,
        ecriture__evenement__in=ENVOIS,
    ).select_related("ecriture"):
        movements.setdefault(movement.ecriture.virement_id or 0, []).append(movement)
    projets = []
    for virement in virements:
        sent = movements.get(virement.pk, [])
        if _cash(sent) != virement.montant:
            raise Refus(
                f"Les écritures du virement {virement.reference} ne font pas son montant : son "
                "rejet n’est pas enregistré. Signalez-le à l’assistance."
            )
        projets += rejection_entries(virement, sent)
    return projets


def _cash(sent: list[Mouvement]) -> Decimal:
    return sum((movement.credit - movement.debit for movement in sent), ZERO)


def _refuse_accounts(acting: Membership, rejets: Sequence[Rejet]) -> None:
    """The accounts that the bank says wrong, when they are still those in use."""
    motifs = {
        rejet.virement.coordonnees_id: f"Refusé par la banque. {rejet.phrase}"
        for rejet in rejets
        if rejet.code in OF_THE_ACCOUNT and rejet.virement.coordonnees_id
    }
    if motifs:
        refuse_active_bank_details(acting, motifs)


def _hold(acting: Membership, rejets: Sequence[Rejet], jour: date) -> None:
    """Hold the structures, but for a cause of ours or an account that is replaced already."""
    corrected = set(
        CoordonneesBancaires.objects.filter(
            structure__in=[rejet.virement.structure_id for rejet in rejets],
            etat=CoordonneesBancaires.Etat.ACTIVE,
        ).values_list("structure_id", flat=True)
    )
    blocks = []
    for rejet in rejets:
        suite = meaning_of(rejet.code).suite
        replaced = suite is Suite.COMPTE and rejet.virement.structure_id in corrected
        if suite is Suite.REEMETTRE or replaced:
            continue
        blocks.append(
            BlocagePaiement(
                structure_id=rejet.virement.structure_id,
                motif=BlocagePaiement.Motif.REJET_VIREMENT,
                detail=f"Virement {rejet.virement.reference} rejeté. {rejet.phrase} {suite}"[:400],
                objet=_object_of(rejet.virement),
                pose_le=jour,
                pose_par=acting.user,
            )
        )
    # A transfer rejected, confirmed by a correction, then rejected: the same hold again.
    BlocagePaiement.objects.bulk_create(
        blocks,
        update_conflicts=True,
        unique_fields=["structure", "motif", "objet"],
        update_fields=BLOCK_FIELDS,
    )


def _lift(
    acting: Membership,
    objects: list[str],
    structure_id: int,
    sentence: str,
    jour: date,
    compte: CoordonneesBancaires | None = None,
) -> None:
    held = list(
        BlocagePaiement.objects.select_for_update(of=("self",)).filter(
            structure=structure_id,
            motif=BlocagePaiement.Motif.REJET_VIREMENT,
            objet__in=objects,
            leve_le__isnull=True,
        )
    )
    for block in held:
        block.leve_le, block.leve_par, block.motif_levee = jour, acting.user, sentence[:400]
        block.compte_verifie = compte if _checked_since(compte, block.pose_le) else None
    BlocagePaiement.objects.bulk_update(held, LIFT_FIELDS)
    record_many(acting, [Fact("virement.deblocage", block, motif=sentence) for block in held])


def _checked_since(compte: CoordonneesBancaires | None, day: date) -> bool:
    """A control made before the rejection was known, or that day, has not looked at it."""
    checked = compte and compte.controle_le
    return bool(checked) and timezone.localdate(checked) > day


def _object_of(virement: Virement) -> str:
    return f"virement {virement.pk}"
