"""The modulated part in a run: one line of the State per annex, once (arrêtés des aides au poste).

`modulated_lines` is called by the liquidation, hence by the preparation, the gate and the nightly
watch alike; `realised_of` computes the socle realised when the DDETS notifies a rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.errors import Refus
from apps.payments.models import PartModulee, Versement
from apps.payments.permissions_modulation import can_notify_modulation
from apps.presence.querysets import validated_totals
from apps.rules.conditions import Conditions
from apps.rules.due import Ligne, MoisValide
from apps.rules.etats import Etats
from apps.rules.explanation import REF_MODULATION, Etape, pourcent
from apps.rules.modulation import Modulation, modulated_part
from apps.rules.money import ZERO
from apps.rules.periods import Month

MODULATION = Versement.Nature.MODULATION


def parts_to_pay(annexe_ids: Iterable[int], jour: date) -> dict[int, PartModulee]:
    """Parts validated on the payment day that no executed run has paid, by annex: one query."""
    parts = PartModulee.objects.to_pay().filter(annexe__in=list(annexe_ids), decidee_le__lte=jour)
    return {part.annexe_id: part for part in parts}


def modulated_lines(part: PartModulee | None, conditions: Sequence[Conditions]) -> list[Ligne]:
    """The line of a modulated part still to pay, after those of the annex; none without a part.

    Its month is that after the last one of the annex, as for the final regularisation: one key
    whatever the run that pays it. The State bears it whole.
    """
    if part is None:
        return []
    last = conditions[-1]
    return [
        Ligne(
            mois=last.fin + 1,
            nature=MODULATION,
            sequence=1,
            montant=part.montant,
            part_etat=part.montant,
            part_cd=ZERO,
            recouvre_etat=ZERO,
            recouvre_cd=ZERO,
            version=last.reference,
            etapes=(_notified(part), *(Etape(**etape) for etape in part.calcul)),
        )
    ]


def realised_of(
    annexe: AnnexeFinanciere, taux: Decimal, on: date
) -> tuple[VersionAnnexe, Modulation]:
    """The socle realised of an annex and the part of it at a rate (per cent), on a day.

    Refus while its final regularisation is not executed or when a statement was re-opened since.
    """
    versions = conditions_by_annexe([annexe.pk]).get(annexe.pk, [])
    if not versions:
        raise Refus("Cette annexe n’a jamais été validée : elle n’a pas de part modulée.")
    version, conditions = versions[-1]
    settled = Versement.objects.executed().filter(
        annexe=annexe, nature=Versement.Nature.SOLDE, mois__gt=conditions.fin.last_day
    )
    if not settled.exists():
        raise Refus(
            "La régularisation finale de cette annexe n’est pas payée : le socle réalisé n’est pas "
            "encore connu. Attendez la campagne qui la règle."
        )
    etats = Etats(conditions.months, _statements(annexe.pk), on)
    if missing := etats.missing(conditions.n):
        names = ", ".join(month.label for month in missing)
        raise Refus(
            f"Des états mensuels ont été rouverts depuis la régularisation finale ({names}) : "
            "attendez qu’ils soient validés de nouveau."
        )
    try:
        return version, modulated_part(conditions, etats, taux)
    except ValueError:
        raise Refus("Le taux est compris entre 0 et 10 %, avec deux décimales au plus.") from None


def modulation_of(annexe: AnnexeFinanciere, acting: Membership) -> dict[str, object]:
    """What the schedule of an annex says of its modulated part to this reader: the part, and
    whether they may notify one now. Three queries at most."""
    seen = PartModulee.objects.visible_to(acting).filter(annexe=annexe)
    part = seen.exclude(etat=PartModulee.Etat.REFUSEE).first()
    version = annexe.courante
    is_open = version is not None and version.etat == VersionAnnexe.Etat.VALIDE
    may = part is None and is_open and bool(can_notify_modulation(acting, annexe))
    settled = Versement.objects.executed().filter(annexe=annexe, nature=Versement.Nature.SOLDE)
    return {"part_modulee": part, "peut_notifier_modulation": may and settled.exists()}


def _statements(annexe_id: int) -> Mapping[Month, MoisValide]:
    """Validated statements; what beneficiaries cost the département has no part in it."""
    found = {}
    for total in validated_totals([annexe_id]):
        mois = Month.of(total.mois)
        found[mois] = MoisValide(mois, total.heures, total.brsa, ZERO, total.valide_le)
    return found


def _notified(part: PartModulee) -> Etape:
    return Etape(
        "Taux notifié par la DDETS",
        f"notification {part.reference} du {part.notifiee_le:%d/%m/%Y}",
        pourcent(part.taux),
        REF_MODULATION,
    )
