"""What happened to the annexes of « Suivi des annexes financières »: statements, payments,
suspensions, recovery orders.

Read once for all the annexes of a file, in a fixed number of queries. Sums paid are those of the
executed lines, which the ledger posts one by one; what became of the orders is in the accounts.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe
from apps.annexes.models import Suspension, VersionAnnexe
from apps.payments.ledger import Ordres, orders_by_annexe
from apps.payments.models import Versement
from apps.presence.models import EtatMensuel
from apps.presence.querysets import TotalValide, validated_totals
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.conditions import Conditions
from apps.rules.money import ZERO, total
from apps.rules.periods import Month
from apps.rules.realisation import ecart_heures, reste_a_payer
from apps.rules.suspension import SuiviEtat, suspending_months


class Facts:
    """What happened to many annexes, read once: statements, payments, suspensions, orders."""

    def __init__(self, acting: Membership, ids: list[int], today: date) -> None:
        self.today = today
        self.conditions = conditions_by_annexe(ids)
        seen_versions = VersionAnnexe.objects.visible_to(acting).filter(annexe__in=ids)
        self.versions = set(seen_versions.values_list("pk", flat=True))
        self.suspensions = {
            s.annexe_id: s for s in Suspension.objects.open().filter(annexe__in=ids)
        }
        self.etats: dict[int, dict[Month, EtatMensuel]] = {}
        seen = EtatMensuel.objects.visible_to(acting).filter(annexe__in=ids)
        for etat in seen.only("annexe_id", "mois", "etat", "premiere_saisie_le"):
            self.etats.setdefault(etat.annexe_id, {})[Month.of(etat.mois)] = etat
        self.heures: dict[int, list[TotalValide]] = {}
        for validated in validated_totals(ids):
            self.heures.setdefault(validated.annexe_id, []).append(validated)
        paid = Versement.objects.visible_to(acting).executed().filter(annexe__in=ids)
        # The modulated part stands beside the total of the annex.
        paid = paid.exclude(nature=Versement.Nature.MODULATION)
        self.paid = {
            row["annexe_id"]: row
            for row in paid.order_by()
            .values("annexe_id")
            .annotate(verse=Sum("montant"), etat=Sum("part_etat"), cd=Sum("part_cd"))
        }
        self.last = {
            line.annexe_id: line
            for line in paid.filter(nature__in=("regularisation", "solde"))
            .order_by("annexe_id", "-campagne__numero", "-mois", "-sequence")
            .distinct("annexe_id")
        }
        self.ordres: dict[int, dict[str, Decimal]] = {}
        # Whose accounts bear them: an order keeps its funder, its balance passes to the successor.
        payers: dict[int, set[int | None]] = {}
        # Whatever became of them since; one cancelled claims nothing.
        issued = OrdreDeRecouvrer.objects.visible_to(acting).filter(annexe__in=ids, montant__gt=0)
        for annexe_id, financeur_id, heir_id, kind, amount in (
            issued.order_by()
            .values_list("annexe_id", "financeur_id", "financeur__successeur_id", "financeur__type")
            .annotate(somme=Sum("montant"))
        ):
            amounts = self.ordres.setdefault(annexe_id, {})
            amounts[kind] = amounts.get(kind, ZERO) + amount
            payers.setdefault(annexe_id, set()).update((financeur_id, heir_id))
        self.comptes: dict[int, list[Ordres]] = {}
        for (annexe_id, financeur_id), account in orders_by_annexe(self.ordres).items():
            if financeur_id in payers[annexe_id]:
                self.comptes.setdefault(annexe_id, []).append(account)

    def statements(self, version: VersionAnnexe, conditions: Conditions) -> dict[str, Any]:
        """Suspension, last months entered and validated, months late."""
        etats = self.etats.get(version.annexe_id, {})
        entered = [m for m, e in etats.items() if e.premiere_saisie_le]
        validated = [m for m, e in etats.items() if e.etat in EtatMensuel.ETATS_VALIDES]
        suspension = self.suspensions.get(version.annexe_id)
        return {
            "suspendue": suspension is not None,
            "suspendue_depuis": suspension.depuis if suspension else None,
            "suspendue_motif": suspension.detail if suspension else "",
            "dernier_saisi": max(entered).first_day if entered else None,
            "dernier_valide": max(validated).first_day if validated else None,
            "mois_en_retard": self._late(version, conditions, etats),
        }

    def payments(self, version: VersionAnnexe) -> dict[str, Any]:
        """Sums paid by funder, and what is left of the annex: nothing once it is settled, unless an
        amendment has extended it since."""
        paid = self.paid.get(version.annexe_id, {"verse": ZERO, "etat": ZERO, "cd": ZERO})
        last = self.last.get(version.annexe_id)
        settled = (
            last is not None
            and last.nature == Versement.Nature.SOLDE
            and Month.of(last.mois) > self.conditions[version.annexe_id][-1][1].fin
        )
        left = unused = ZERO
        if version.etat in VersionAnnexe.ETATS_PAYES:
            left = reste_a_payer(version.montant_total, paid["verse"], soldee=settled)
            unused = version.montant_total - paid["verse"] - left
        return {
            "verse_etat": paid["etat"],
            "verse_cd": paid["cd"],
            "verse": paid["verse"],
            "reste": left,
            "non_consomme": unused,
        }

    def regularisation(self, annexe_id: int) -> dict[str, Any]:
        """Month, gap of hours and effect of the last regularisation paid; nothing of one computed
        with a version that the reader does not see."""
        line = self.last.get(annexe_id)
        if line is None or line.version_id not in self.versions:
            return {"regul_mois": None, "regul_ecart": None, "regul_effet": None}
        known = {version.pk: terms for version, terms in self.conditions[annexe_id]}
        conditions = known[line.version_id]
        mois = Month.of(line.mois)
        solde = line.nature == Versement.Nature.SOLDE
        rank = conditions.n if solde else conditions.quarter_end(mois)
        limit = conditions.debut + (rank - 1)
        heures = sum(
            (t.heures for t in self.heures.get(annexe_id, []) if Month.of(t.mois) <= limit), ZERO
        )
        expected = line.recouvre_etat + line.recouvre_cd if solde else conditions.forfait(mois)
        return {
            "regul_mois": line.mois,
            "regul_ecart": ecart_heures(conditions, heures, rank),
            "regul_effet": line.montant - expected,
        }

    def orders(self, annexe_id: int) -> dict[str, Any]:
        """Orders issued by funder; what was recovered, given up and is left, from the ledger."""
        seen = self.ordres.get(annexe_id, {})
        accounts = self.comptes.get(annexe_id, [])
        return {
            "ordres_etat": seen.get("ETAT", ZERO),
            "ordres_cd": seen.get("CD", ZERO),
            "ordres_recouvres": total(account.recouvre for account in accounts),
            "ordres_abandonnes": total(account.abandonne for account in accounts),
            "ordres_reste": total(account.reste for account in accounts),
        }

    def _late(
        self, version: VersionAnnexe, conditions: Conditions, etats: dict[Month, EtatMensuel]
    ) -> int:
        if version.etat != VersionAnnexe.Etat.VALIDE:
            return 0
        follow_up = []
        for mois in conditions.months:
            etat = etats.get(mois)
            follow_up.append(
                SuiviEtat(
                    mois,
                    etat.premiere_saisie_le if etat else None,
                    etat is not None and etat.etat in EtatMensuel.ETATS_VALIDES,
                )
            )
        return len(suspending_months(follow_up, self.today))
