"""End of an annex: cancellation when nothing was ever paid, closing once its accounts are settled.

An annex that was paid is shortened by an amendment, never cancelled (spec 02 §6). Payments stand
above this app in the map: they are read by the name of their relation, or register what their
accounts say in CLOSING_STEPS; they are never imported.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.notices import tell_cancelled
from apps.annexes.permissions import can_cancel, can_close
from apps.annexes.services.locking import lock_annexe
from apps.annexes.services.workflow import move
from apps.annexes.transitions import CANCEL, CLOSE
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.rules.periods import Month

# What the accounts say of an annex to be closed: a step raises Refus with the figures when
# something is still due, and returns the debts that survive the closing, as sentences.
CLOSING_STEPS: list[Callable[[AnnexeFinanciere], list[str]]] = []


@transaction.atomic
def cancel_annexe(
    acting: Membership, annexe: AnnexeFinanciere, *, motif: str, on: date | None = None
) -> VersionAnnexe:
    """Cancel the version in force; refused once a payment was made or is being made."""
    if not motif.strip():
        raise Refus("Indiquez le motif de l’annulation.")
    annexe = lock_annexe(annexe)
    can_cancel(acting, annexe).enforce()
    version = _end(acting, annexe, CANCEL, "annexe.annulee", motif.strip(), on)
    tell_cancelled(annexe, motif.strip(), on or today())
    return version


@transaction.atomic
def close_annexe(
    acting: Membership, annexe: AnnexeFinanciere, *, on: date | None = None
) -> VersionAnnexe:
    """Close the accounts of an annex: nothing is due any more, what it still owes is named.

    Its recovery orders go on: the journal keeps their list with the closing.
    """
    annexe = lock_annexe(annexe)
    can_close(acting, annexe).enforce()
    creances = surviving_debts(annexe)
    return _end(acting, annexe, CLOSE, "annexe.cloturee", "", on, creances)


def surviving_debts(annexe: AnnexeFinanciere) -> list[str]:
    """Debts that a closing leaves to be recovered; Refus when the annex cannot be closed yet."""
    if not annexe.versements.filter(nature="solde", statut="EXECUTE").exists():
        raise Refus(
            "La régularisation finale n’a pas été exécutée : l’annexe ne peut pas être clôturée."
        )
    if annexe.versements.filter(statut="PROPOSE").exists():
        raise Refus("Une campagne de paiement en cours comprend cette annexe : attendez sa fin.")
    _require_settled(annexe)
    _require_modulation_paid(annexe)
    return [debt for step in CLOSING_STEPS for debt in step(annexe)]


def _require_settled(annexe: AnnexeFinanciere) -> None:
    """Nothing more is due: a closed annex is in no run, what it is still owed would be lost.

    Every statement is validated, and a run has been executed since the last of them and since the
    last amendment, holding nothing of this annex (a second final regularisation may be due).
    """
    courante = annexe.courante
    months = annexe.etats_mensuels.filter(mois__gte=courante.debut, mois__lte=courante.fin)
    waiting = months.exclude(etat__in=("VALIDE", "CARENCE")).order_by("mois")
    if names := [Month.of(mois).label for mois in waiting.values_list("mois", flat=True)]:
        raise Refus(
            f"Des états mensuels ne sont pas validés ({', '.join(names)}) : validez-les, puis "
            "attendez la campagne de paiement qui les règle."
        )
    changes = [courante.validee_le, *months.values_list("valide_le", flat=True)]
    run = _last_run(annexe)
    if run.jour_paiement < max(changes) or run.retenues.filter(annexe=annexe).exists():
        raise Refus(
            "Une somme peut encore être due pour cette annexe : elle se clôture après une campagne "
            "de paiement exécutée depuis la dernière validation, et qui n’en retient rien."
        )


def _require_modulation_paid(annexe: AnnexeFinanciere) -> None:
    """A modulated part notified is decided, then paid, before the annex is closed."""
    parts = annexe.parts_modulees.exclude(etat="REFUSEE").filter(montant__gt=0)
    if (
        parts.exists()
        and not annexe.versements.filter(nature="modulation", statut="EXECUTE").exists()
    ):
        raise Refus(
            "Une part modulée a été notifiée pour cette annexe et n’est pas payée : validez-la ou "
            "refusez-la, puis attendez la campagne qui la verse."
        )


def _last_run(annexe: AnnexeFinanciere):  # type: ignore[no-untyped-def]
    """The last executed run, never before the one of the final regularisation."""
    settled = annexe.versements.filter(nature="solde", statut="EXECUTE").order_by("-sequence")
    own = settled.select_related("campagne")[0].campagne
    later = type(own).objects.executed().filter(numero__gt=own.numero).order_by("-numero")
    return later.first() or own


def _end(
    acting: Membership,
    annexe: AnnexeFinanciere,
    event: str,
    action: str,
    motif: str,
    on: date | None,
    creances: list[str] | None = None,
) -> VersionAnnexe:
    version = VersionAnnexe.objects.select_for_update(of=("self",)).get(pk=annexe.courante_id)
    version.annexe = annexe
    before = version.etat
    move(version, event)
    version.save(update_fields=["etat", "revision"])
    record(
        acting,
        action,
        version,
        motif=motif,
        avant={"etat": before},
        apres={
            "etat": version.etat,
            "le": on or today(),
            **({"creances_restantes": creances} if creances else {}),
        },
    )
    return version
