"""« Suivi des annexes financières »: one row per annex, in its current version.

Columns of the cahier des charges §3.1: identity, dates, financing, monthly statements,
suspension, payments by funder, last regularisation, orders. Sums paid are those of the executed
lines, which the ledger posts one by one. Eleven queries, whatever the number of annexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Sum

from apps.accounts.models import Membership
from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import Suspension, VersionAnnexe
from apps.core.clock import today
from apps.core.exports import Column, Definition, Kind
from apps.dashboards.restitutions.perimetre import read_versions, versions
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.payments.models import Versement
from apps.presence.models import EtatMensuel
from apps.presence.querysets import TotalValide, validated_totals
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.conditions import Conditions
from apps.rules.money import ZERO
from apps.rules.periods import Month
from apps.rules.realisation import ecart_heures, reste_a_payer
from apps.rules.suspension import SuiviEtat, suspending_months


def _sees_all_funders(acting: Membership) -> bool:
    """A département knows the orders of its own share only."""
    return not acting.is_cd


DEFINITION = Definition(
    key="suivi-annexes",
    title="Suivi des annexes financières",
    sheet="Annexes financières",
    columns=(
        Column("convention", "Convention", width=24),
        Column("numero", "N° d’annexe", width=18),
        Column("renouvellement", "Renouvellement (A)", Kind.INT, 8),
        Column("modification", "Modification (M)", Kind.INT, 8),
        Column("mesure", "Mesure", width=10),
        Column("etat", "État", width=16, definition="État de la version courante de l’annexe."),
        Column("siret", "SIRET", width=17, definition="SIRET actuel de la structure."),
        Column("structure", "Structure", width=38),
        Column("commune", "Commune", width=22),
        Column("debut", "Début", Kind.DATE, 12),
        Column("fin", "Fin", Kind.DATE, 12),
        Column("mois", "Nombre de mois", Kind.INT, 9),
        Column("signee_le", "Signée le", Kind.DATE, 12),
        Column(
            "transmise_le",
            "Reçue par l’ASP le",
            Kind.DATE,
            12,
            "Date de transmission à l’ASP par la DDETS.",
        ),
        Column("validee_le", "Validée le", Kind.DATE, 12),
        Column("etp", "ETP conventionnés", Kind.NUMBER, 14, total=True),
        Column("brsa", "BRSA visés", Kind.INT, 9, total=True),
        Column(
            "unitaire",
            "Montant unitaire annuel",
            Kind.EUROS,
            14,
            "Montant annuel par ETP en vigueur le dernier mois de l’annexe.",
        ),
        Column("montant_total", "Montant total", Kind.EUROS, 17, total=True),
        Column("montant_etat", "Part État", Kind.EUROS, 17, total=True),
        Column("montant_cd", "Part département", Kind.EUROS, 17, total=True),
        Column("taux_etat", "Taux État", Kind.PERCENT, 10),
        Column("taux_cd", "Taux département", Kind.PERCENT, 12),
        Column("departement", "Département cofinanceur", width=26),
        Column("suspendue", "Suspendue", Kind.BOOL, 11),
        Column("suspendue_depuis", "Suspendue depuis le", Kind.DATE, 12),
        Column("suspendue_motif", "Motif de la suspension", width=34),
        Column(
            "dernier_saisi",
            "Dernier mois saisi",
            Kind.MONTH,
            11,
            "Dernier mois dont l’état a été certifié au moins une fois par la structure.",
        ),
        Column(
            "dernier_valide",
            "Dernier mois validé",
            Kind.MONTH,
            11,
            "Dernier mois dont l’état est validé par l’ASP, ou dont la carence est constatée.",
        ),
        Column(
            "mois_en_retard",
            "Mois en retard",
            Kind.INT,
            9,
            "Nombre de mois non saisis dans le délai du mois suivant et non encore validés.",
            total=True,
        ),
        Column("verse_etat", "Versé État", Kind.EUROS, 17, total=True),
        Column("verse_cd", "Versé département", Kind.EUROS, 17, total=True),
        Column(
            "verse",
            "Versé total",
            Kind.EUROS,
            17,
            "Sommes payées à la structure par les campagnes exécutées, avant tout recouvrement.",
            total=True,
        ),
        Column(
            "reste",
            "Reste à payer",
            Kind.EUROS,
            17,
            "Montant total moins versé total ; 0 dès que la régularisation finale est payée.",
            total=True,
        ),
        Column("regul_mois", "Dernière régularisation : mois", Kind.MONTH, 13),
        Column(
            "regul_ecart",
            "Dernière régularisation : écart d’heures",
            Kind.HOURS,
            15,
            "Heures éligibles moins heures théoriques, cumulées jusqu’au mois régularisé.",
        ),
        Column(
            "regul_effet",
            "Dernière régularisation : effet",
            Kind.EUROS,
            15,
            "Montant régularisé moins forfait mensuel ; pour la régularisation finale, "
            "montant versé moins sommes à recouvrer.",
        ),
        Column(
            "ordres_etat",
            "Ordres émis État",
            Kind.EUROS,
            15,
            total=True,
            audience=_sees_all_funders,
        ),
        Column("ordres_cd", "Ordres émis département", Kind.EUROS, 15, total=True),
        Column(
            "ordres_reste",
            "Ordres restant dus",
            Kind.EUROS,
            15,
            "Montant actuel des ordres de recouvrer non annulés, dans votre périmètre.",
            total=True,
        ),
    ),
)


def count(acting: Membership, criteres: Criteres) -> int:
    """Number of rows of the file."""
    return int(versions(acting, criteres).count())


def rows(acting: Membership, criteres: Criteres) -> Iterator[dict[str, Any]]:
    """Rows of the file, by annex number."""
    chosen = read_versions(acting, criteres)
    ids = [version.annexe_id for version in chosen]
    facts = Facts(acting, ids, today())
    for version in chosen:
        conditions = conditions_of(version)
        yield {
            **_identity(version, conditions),
            **_financing(version, conditions),
            **facts.statements(version, conditions),
            **facts.payments(version),
            **facts.regularisation(version.annexe_id),
            **facts.orders(version.annexe_id),
        }


def _identity(version: VersionAnnexe, conditions: Conditions) -> dict[str, Any]:
    annexe = version.annexe
    structure = annexe.siae.structure
    return {
        "convention": annexe.convention.numero,
        "numero": annexe.numero_affiche,
        "renouvellement": annexe.renouvellement,
        "modification": version.modification,
        "mesure": annexe.siae.get_mesure_display(),
        "etat": version.get_etat_display(),
        "siret": structure.siret,
        "structure": structure.denomination,
        "commune": structure.commune,
        "debut": version.debut,
        "fin": version.fin,
        "mois": conditions.n,
        "signee_le": version.signee_le,
        "transmise_le": version.transmise_le,
        "validee_le": version.validee_le,
    }


def _financing(version: VersionAnnexe, conditions: Conditions) -> dict[str, Any]:
    return {
        "etp": version.etp,
        "brsa": version.brsa_vises,
        "unitaire": conditions.unitaires[-1],
        "montant_total": version.montant_total,
        "montant_etat": version.montant_total - version.montant_cd,
        "montant_cd": version.montant_cd,
        "taux_etat": conditions.taux_etat,
        "taux_cd": conditions.taux_cd,
        "departement": str(version.financeur_cd or ""),
    }


class Facts:
    """What happened to many annexes, read once: statements, payments, suspensions, orders."""

    def __init__(self, acting: Membership, ids: list[int], today: date) -> None:
        self.today = today
        self.conditions = conditions_by_annexe(ids)
        self.suspensions = {
            s.annexe_id: s for s in Suspension.objects.open().filter(annexe__in=ids)
        }
        self.etats: dict[int, dict[Month, EtatMensuel]] = {}
        seen = EtatMensuel.objects.visible_to(acting).filter(annexe__in=ids)
        for etat in seen.only("annexe_id", "mois", "etat", "premiere_saisie_le"):
            self.etats.setdefault(etat.annexe_id, {})[Month.of(etat.mois)] = etat
        self.heures: dict[int, list[TotalValide]] = {}
        for total in validated_totals(ids):
            self.heures.setdefault(total.annexe_id, []).append(total)
        paid = Versement.objects.visible_to(acting).executed().filter(annexe__in=ids)
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
        self.ordres: dict[int, dict[str, Any]] = {}
        issued = OrdreDeRecouvrer.objects.visible_to(acting).filter(annexe__in=ids, etat="EMIS")
        for annexe_id, kind, amount in (
            issued.order_by()
            .values_list("annexe_id", "financeur__type")
            .annotate(somme=Sum("montant"))
        ):
            self.ordres.setdefault(annexe_id, {})[kind] = amount

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
        """Sums paid by funder, and what is left of the annex."""
        paid = self.paid.get(version.annexe_id, {"verse": ZERO, "etat": ZERO, "cd": ZERO})
        last = self.last.get(version.annexe_id)
        settled = last is not None and last.nature == Versement.Nature.SOLDE
        return {
            "verse_etat": paid["etat"],
            "verse_cd": paid["cd"],
            "verse": paid["verse"],
            "reste": reste_a_payer(version.montant_total, paid["verse"], soldee=settled),
        }

    def regularisation(self, annexe_id: int) -> dict[str, Any]:
        """Month, gap of hours and effect of the last regularisation paid."""
        line = self.last.get(annexe_id)
        if line is None:
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
        """Orders issued by funder; no cash is recorded on them yet, so all of it is left."""
        amounts = self.ordres.get(annexe_id, {})
        etat, cd = amounts.get("ETAT", ZERO), amounts.get("CD", ZERO)
        return {"ordres_etat": etat, "ordres_cd": cd, "ordres_reste": etat + cd}

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


SUIVI_ANNEXES = Restitution(
    definition=DEFINITION,
    description=(
        "Une ligne par annexe financière, dans sa version courante : convention, financement par "
        "financeur, états mensuels, suspension, paiements, régularisations et ordres de recouvrer."
    ),
    rows=rows,
    count=count,
    row_header="numero",
    filters=("departement", "mesure", "debut", "fin"),
    notes=(
        (
            "Période",
            "Annexes dont la période comprend au moins un mois entre le premier et le dernier "
            "mois demandés.",
        ),
    ),
)
