"""Holds that the product puts before it pays, and their lifting by a person (spec 05 §1).

An account that is not the one paid last, an instalment that falls sharply: paid only once somebody
has looked. Put by the preparation of a run, hence rolled back with its preview; judged, with the
other reasons not to pay, by `holds.holds_on`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.accounts.models import Membership, Nature
from apps.accounts.notifications import notify
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import Fact, record, record_many
from apps.payments.announcements import announce_blocks
from apps.payments.liquidation import Liquidation
from apps.payments.models import BlocagePaiement, Versement, Virement
from apps.payments.permissions import can_lift
from apps.rules.explanation import euros
from apps.rules.money import ZERO
from apps.siae.models import CoordonneesBancaires

Motif = BlocagePaiement.Motif
INSTALMENTS = (Versement.Nature.FORFAIT, Versement.Nature.REGULARISATION)
REPLACED = "Ce compte n’est plus celui de la structure."


@transaction.atomic
def lift_block(
    acting: Membership, blocage: BlocagePaiement, *, motif: str, on: date | None = None
) -> BlocagePaiement:
    """What was held is paid by the next run, or by the same one prepared again.

    Refus without a reason, when it is lifted already, or to whoever checked the account.
    """
    blocage = BlocagePaiement.objects.select_for_update(of=("self",)).get(pk=blocage.pk)
    can_lift(acting, blocage).enforce()
    if not motif.strip():
        raise Refus("Indiquez le motif de la levée du blocage.")
    blocage.leve_le = on or today()
    blocage.leve_par = acting.user
    blocage.motif_levee = motif.strip()
    blocage.save(update_fields=["leve_le", "leve_par", "motif_levee"])
    record(acting, "blocage.leve", blocage, motif=motif)
    notify(
        blocage.structure.organisation,
        "Paiements débloqués",
        "L’ASP a terminé la vérification qui retenait vos paiements : la prochaine campagne les "
        "versera, si rien d’autre ne les retient.",
        reverse("payments:retenues"),
        nature=Nature.PAIEMENT,
        on=on,
    )
    return blocage


def hold_changed_accounts(on: date) -> list[BlocagePaiement]:
    """Hold the structures whose account is not the one credited last; a fixed number of queries.

    An account given because the bank had refused the other, and checked since by the person who
    thereby lifted the hold of the rejection, is not held a second time. The hold of an account
    since replaced falls by itself: its successor has its own.
    """
    accounts = CoordonneesBancaires.objects.filter(etat=CoordonneesBancaires.Etat.ACTIVE)
    stale = BlocagePaiement.objects.open().filter(motif=Motif.BANQUE_MODIFIEE)
    active = {BlocagePaiement.objet_compte(pk) for pk in _active_accounts(stale)}
    stale.exclude(objet__in=active).update(leve_le=on, motif_levee=REPLACED)
    verified = BlocagePaiement.objects.filter(compte_verifie=OuterRef("pk"))
    changed = accounts.annotate(credite=_last_credited()).exclude(
        Exists(verified) | Q(iban=F("credite"))
    )
    return _put(
        [
            BlocagePaiement(
                structure_id=account.structure_id,
                motif=Motif.BANQUE_MODIFIEE,
                detail=(
                    f"Le compte {account.iban_masque} n’a encore reçu aucun paiement, le dernier "
                    "est allé sur un autre compte : l’ASP vérifie le changement avec la structure."
                ),
                objet=BlocagePaiement.objet_compte(account.pk),
                pose_le=on,
            )
            for account in changed.filter(credite__isnull=False).order_by("pk")
        ]
    )


def hold_sharp_falls(liquidations: Iterable[Liquidation], on: date) -> set[int]:
    """Hold the annexes of which an instalment falls; returns those to compute again.

    Nothing to pay is nothing to hold: an instalment of 0.00 is the ordinary outcome of a
    regularisation (cahier des charges §2.3).
    """
    last = _last_instalments()
    put = _put(
        [
            blocage
            for liquidation in liquidations
            for blocage in _falls(liquidation, last.get(liquidation.annexe_id, ZERO), on)
        ]
    )
    return {blocage.annexe_id for blocage in put if blocage.annexe_id is not None}


def _falls(liquidation: Liquidation, before: Decimal, on: date) -> Iterator[BlocagePaiement]:
    for line in liquidation.payables:
        if line.nature not in INSTALMENTS:
            continue
        if ZERO < line.montant < (1 - settings.SEUIL_BAISSE) * before:
            yield BlocagePaiement(
                structure_id=liquidation.structure_id,
                annexe_id=liquidation.annexe_id,
                motif=Motif.BAISSE,
                detail=(
                    f"L’échéance {line.mois.label_with_de}, {euros(line.montant)}, est très "
                    f"inférieure à la précédente, {euros(before)} : l’ASP la vérifie."
                ),
                objet=f"annexe {liquidation.annexe_id} – {line.mois}",
                pose_le=on,
            )
        before = line.montant


def _put(blocages: list[BlocagePaiement]) -> list[BlocagePaiement]:
    """Record the holds that are new: the same fact blocks once, even lifted since."""
    facts = set(
        BlocagePaiement.objects.filter(
            structure__in=[b.structure_id for b in blocages], motif__in={b.motif for b in blocages}
        ).values_list("structure_id", "motif", "objet")
    )
    new = [b for b in blocages if (b.structure_id, b.motif, b.objet) not in facts]
    BlocagePaiement.objects.bulk_create(new)
    record_many(None, [Fact("blocage.pose", b, motif=b.detail) for b in new])
    if new:
        announce_blocks(len(new), new[0].pose_le)
    return new


def _active_accounts(blocages: QuerySet[BlocagePaiement]) -> QuerySet[CoordonneesBancaires]:
    accounts = CoordonneesBancaires.objects.filter(
        structure__in=blocages.order_by().values("structure"),
        etat=CoordonneesBancaires.Etat.ACTIVE,
    )
    return accounts.order_by().values_list("pk", flat=True)


def _last_credited() -> Coalesce:
    """IBAN of the last transfer sent to the structure of an account, or of its last paid line."""
    own = Q(structure=OuterRef("structure"), coordonnees__isnull=False)
    sent = Virement.objects.filter(own).exclude(etat=Virement.Etat.PROPOSE)
    paid = Versement.objects.executed().filter(own, montant__gt=0)
    return Coalesce(
        Subquery(sent.order_by("-emis_le", "-pk").values("coordonnees__iban")[:1]),
        Subquery(paid.order_by("-execute_le", "-pk").values("coordonnees__iban")[:1]),
    )


def _last_instalments() -> dict[int, Decimal]:
    """Last instalment executed of each annex, in euros."""
    paid = Versement.objects.executed().filter(nature__in=INSTALMENTS)
    last = paid.order_by("annexe", "-mois").distinct("annexe")
    return dict(last.values_list("annexe", "montant"))
