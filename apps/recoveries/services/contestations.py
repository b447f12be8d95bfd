"""Disputes: filed, pursuit suspended by written order or not, examined, decided (spec 05 §5).

Décret 2012-1246, art. 192: only the ordonnateur's written order suspends the pursuit. Rejected,
the debtor has a new deadline; upheld, wholly or partly, the order is reduced.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import File
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.recoveries.ecritures import piece_of
from apps.recoveries.models import Contestation, OrdreDeRecouvrer
from apps.recoveries.notices import tell_asp, tell_debtor, tell_funder
from apps.recoveries.permissions_apurement import can_examine, can_file, can_order
from apps.recoveries.services.ordres import lock
from apps.recoveries.services.pertes import keep_piece, needed, not_later
from apps.recoveries.services.reduction import apply_cuts, spread_cut
from apps.recoveries.transitions_apurement import reached
from apps.rules.delais import last_day_to_contest
from apps.rules.explanation import euros
from apps.rules.money import ZERO

Etat = Contestation.Etat
EtatOrdre = OrdreDeRecouvrer.Etat
# Time to pay given again once a dispute that had suspended the pursuit is decided, in days.
NOUVEAU_DELAI = 30
# A debt paid may still be disputed: what was not owed is then a surplus.
CONTESTABLES = (*OrdreDeRecouvrer.OUVERTS, EtatOrdre.SOLDE)


@transaction.atomic
def contest(
    acting: Membership,
    ordre: OrdreDeRecouvrer,
    *,
    motif: str,
    piece: File[bytes] | None = None,
    recue_le: date | None = None,
    on: date | None = None,
) -> Contestation:
    """File a dispute, or record the one received by letter on `recue_le`.

    Past the two months of the remedies it is kept as a gracious appeal, and says so.
    """
    on = on or today()
    ordre = lock(ordre.pk)
    can_file(acting, ordre).enforce()
    motif = needed(motif, "Indiquez les motifs de la contestation.")
    if ordre.etat not in CONTESTABLES:
        raise Refus(
            f"L’ordre n° {ordre.numero} est « {ordre.get_etat_display()} » : plus rien n’y est "
            "à contester."
        )
    if ordre.contestations.open().exists():
        raise Refus(
            f"Une contestation de l’ordre n° {ordre.numero} est déjà en cours d’examen : attendez "
            "sa décision."
        )
    received = not_later(recue_le or on, on, "La date de réception de la contestation")
    if received < ordre.emis_le:
        raise Refus("La contestation ne peut pas précéder l’émission de l’ordre.")
    late = bool(ordre.notifie_le and received > last_day_to_contest(ordre.notifie_le))
    found = Contestation.objects.create(
        ordre=ordre,
        motif=motif,
        deposee_le=received,
        deposee_par=acting.user,
        hors_delai=late,
        piece=keep_piece(
            piece, f"contestation-ordre-{ordre.numero}", f"Contestation de l’{_named(ordre)}"
        )
        if piece
        else None,
    )
    record(acting, "contestation.deposee", found, motif=motif, apres={"deposee_le": received})
    tell_asp(
        "Ordre de recouvrer contesté",
        f"L’ordre n° {ordre.numero} est contesté : donnez un avis, puis décidez de la suspension "
        "des poursuites et du bien-fondé.",
        _page(found),
        (Role.GESTIONNAIRE, Role.COMPTABLE, Role.ORDONNATEUR),
        on,
    )
    return found


@transaction.atomic
def suspend_pursuit(
    acting: Membership, contestation: Contestation, *, motif: str, on: date | None = None
) -> Contestation:
    """Written order of the ordonnateur to the accountant: the pursuit stops."""
    return _rule_on_pursuit(acting, contestation, "suspendre", motif, on or today())


@transaction.atomic
def keep_pursuit(
    acting: Membership, contestation: Contestation, *, motif: str, on: date | None = None
) -> Contestation:
    """The ordonnateur refuses to suspend the pursuit, or lifts its suspension."""
    return _rule_on_pursuit(acting, contestation, "maintenir", motif, on or today())


@transaction.atomic
def examine_dispute(
    acting: Membership,
    contestation: Contestation,
    *,
    avis: str,
    reduction: Decimal,
    on: date | None = None,
) -> Contestation:
    """Opinion given to the ordonnateur: what the order should be reduced by (0: reject)."""
    on = on or today()
    contestation = _lock(contestation)
    can_examine(acting).enforce()
    reached(contestation, "rejeter")
    _check_reduction(contestation.ordre, reduction)
    contestation.avis = needed(avis, "Motivez l’avis.")
    contestation.reduction_proposee = reduction
    contestation.instruite_par, contestation.instruite_le = acting.user, on
    contestation.save(update_fields=["avis", "reduction_proposee", "instruite_par", "instruite_le"])
    record(
        acting,
        "contestation.instruite",
        contestation,
        motif=contestation.avis,
        apres={"reduction_proposee": reduction},
    )
    tell_asp(
        "Contestation à décider",
        f"La contestation de l’ordre n° {contestation.ordre.numero} est instruite : décidez.",
        _page(contestation),
        (Role.ORDONNATEUR,),
        on,
    )
    return contestation


@transaction.atomic
def decide_dispute(
    acting: Membership,
    contestation: Contestation,
    *,
    reduction: Decimal,
    motif: str,
    on: date | None = None,
) -> Contestation:
    """Reject (0) or uphold by `reduction` euros, wholly when nothing is left of the order.

    The décideur is neither who filed it nor who gave the opinion. A pursuit that was suspended
    is taken up again with a new deadline to pay.
    """
    on = on or today()
    contestation = _lock(contestation)
    can_order(acting).enforce()
    ordre = contestation.ordre
    event = _event(ordre, reduction)
    state = reached(contestation, event)
    _check_reduction(ordre, reduction)
    motif = needed(motif, "Motivez la décision : la structure la lit.")
    if contestation.instruite_par_id is None:
        raise Refus("Cette contestation n’a pas encore reçu l’avis d’un instructeur.")
    if acting.user_id in (contestation.instruite_par_id, contestation.deposee_par_id):
        raise Refus("La décision revient à une autre personne que celle qui a donné l’avis.")
    was_suspended = contestation.etat == Etat.SUSPENDUE
    if reduction:
        cuts, _left = spread_cut([ordre], reduction, piece_of(ordre))
        apply_cuts(acting, cuts, on)
    if was_suspended and ordre.etat in OrdreDeRecouvrer.OUVERTS and ordre.notifie_le:
        ordre.echeance = on + timedelta(days=NOUVEAU_DELAI)
        ordre.save(update_fields=["echeance"])
    contestation.etat = state
    contestation.reduction, contestation.decision = reduction, motif
    contestation.decidee_par, contestation.decidee_le = acting.user, on
    contestation.save(update_fields=["etat", "reduction", "decision", "decidee_par", "decidee_le"])
    record(
        acting,
        "contestation.decidee",
        contestation,
        motif=motif,
        apres={"etat": state, "reduction": reduction, "montant": ordre.montant},
    )
    _tell_decision(contestation, on)
    return contestation


def _rule_on_pursuit(
    acting: Membership, contestation: Contestation, event: str, motif: str, on: date
) -> Contestation:
    contestation = _lock(contestation)
    can_order(acting).enforce()
    before, state = contestation.etat, reached(contestation, event)
    contestation.etat = state
    contestation.suspension_motif = needed(motif, "Motivez cette décision.")
    contestation.suspension_par, contestation.suspension_le = acting.user, on
    # A new order is a new document.
    contestation.ordre_ecrit = None
    contestation.save(
        update_fields=[
            "etat",
            "suspension_motif",
            "suspension_par",
            "suspension_le",
            "ordre_ecrit",
        ]
    )
    suspended = state == Etat.SUSPENDUE
    record(
        acting,
        "contestation.suspendue" if suspended else "contestation.maintenue",
        contestation,
        motif=contestation.suspension_motif,
        avant={"etat": before},
        apres={"etat": state},
    )
    numero = contestation.ordre.numero
    words = (
        ("Poursuites suspendues", f"Les poursuites de l’ordre n° {numero} sont suspendues.")
        if suspended
        else ("Poursuites maintenues", f"Les poursuites de l’ordre n° {numero} continuent.")
    )
    tell_debtor(contestation.ordre, *words, _page(contestation), on)
    tell_asp(*words, _page(contestation), (Role.COMPTABLE,), on)
    return contestation


def _event(ordre: OrdreDeRecouvrer, reduction: Decimal) -> str:
    if not reduction:
        return "rejeter"
    return "admettre" if reduction == reducible(ordre) else "admettre_en_partie"


def reducible(ordre: OrdreDeRecouvrer) -> Decimal:
    """What an order may be reduced by, in euros: all but what was remitted or written off."""
    return ordre.montant - ordre.abandonne


def _check_reduction(ordre: OrdreDeRecouvrer, reduction: Decimal) -> None:
    most = reducible(ordre)
    if not ZERO <= reduction <= most:
        raise Refus(f"La réduction va de 0 (rejet) à {euros(most)} (ordre annulé).")


def _tell_decision(contestation: Contestation, on: date) -> None:
    ordre = contestation.ordre
    texte = (
        f"La contestation de l’ordre n° {ordre.numero} est rejetée : il reste à payer."
        if contestation.etat == Etat.REJETEE
        else f"La contestation de l’ordre n° {ordre.numero} est admise : l’ordre est réduit de "
        f"{euros(contestation.reduction or ZERO)}, il reste {euros(ordre.reste)} à payer."
    )
    tell_debtor(ordre, "Contestation décidée", texte, _page(contestation), on)
    tell_funder(ordre.financeur, "Contestation décidée", texte, _page(contestation), on)


def _lock(contestation: Contestation) -> Contestation:
    """The order first, then its dispute: the same order of locks for every act."""
    ordre = lock(contestation.ordre_id)
    found = Contestation.objects.select_for_update(of=("self",)).get(pk=contestation.pk)
    found.ordre = ordre
    return found


def _named(ordre: OrdreDeRecouvrer) -> str:
    return f"ordre de recouvrer n° {ordre.numero}"


def _page(contestation: Contestation) -> str:
    return reverse("apurement:contestation", args=[contestation.pk])
