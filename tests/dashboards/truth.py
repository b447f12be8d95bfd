"""Every restitution, for several readers of the demonstration: its file, its page and plain SQL.

The queries below share nothing with the restitutions: they say on their own what each reader may
see and what it adds up to. Called by `test_demonstration`, on its database.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import lxml.html
import openpyxl
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.exports import NUMERIC
from apps.dashboards.bilans.calculs import final_bilan
from apps.dashboards.bilans.lecture import read_facts
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.fichier import excel_file
from apps.dashboards.restitutions.perimetre import read_versions
from apps.dashboards.restitutions.registry import RESTITUTIONS
from apps.dashboards.restitutions.restitution import Criteres, Restitution

READERS = ("asp.gestionnaire", "cd.lecteur", "cd.somme", "ddets", "jardins-morinie")
CENT = Decimal("0.01")

# Annexes of a reader: (kind of organisation, its id, its territory) as %(...)s.
ANNEXES = """
    SELECT DISTINCT v.annexe_id
      FROM annexes_versionannexe v
      JOIN siae_siae s ON s.id = v.siae_id
      JOIN siae_structure t ON t.id = s.structure_id
      LEFT JOIN conventions_financeur f ON f.id = v.financeur_cd_id
     WHERE %(kind)s = 'ASP'
        OR %(kind)s = 'DDETS' AND t.departement = %(territory)s
        OR %(kind)s = 'SIAE' AND t.organisation_id = %(organisation)s AND v.etat <> 'BROUILLON'
        OR %(kind)s = 'CD' AND f.organisation_id = %(organisation)s AND v.montant_cd > 0
           AND v.etat IN ('VALIDE', 'CLOTURE', 'HISTORISE')
"""
# Funders whose orders a reader sees: all, or the département itself.
FUNDERS = """
    SELECT id FROM conventions_financeur
     WHERE %(kind)s <> 'CD' OR organisation_id = %(organisation)s
"""
PAID = f"""
    SELECT COUNT(DISTINCT annexe_id) FILTER (WHERE montant > 0 OR part_cd <> 0),
           COALESCE(SUM(part_etat), 0), COALESCE(SUM(part_cd), 0), COALESCE(SUM(montant), 0)
      FROM payments_versement
     WHERE statut = 'EXECUTE' AND nature <> 'modulation' AND annexe_id IN ({ANNEXES})
"""
# Beside the total of the annexes, of the State alone.
MODULATED = f"""
    SELECT COALESCE(SUM(montant), 0), COALESCE(SUM(part_etat), 0)
      FROM payments_versement
     WHERE statut = 'EXECUTE' AND nature = 'modulation' AND annexe_id IN ({ANNEXES})
"""
# What the aid account of a funder bears before any order, what is due to the structures or to the
# other funder and not yet paid, what left the treasury.
ACCOUNTS = f"""
    SELECT COALESCE(SUM(m.debit - m.credit) FILTER (
               WHERE m.compte_id = '657' AND e.evenement IN ('LIQUIDATION', 'REIMPUTATION')), 0),
           COALESCE(SUM(m.credit - m.debit) FILTER (WHERE m.compte_id IN ('401', '581')), 0),
           COALESCE(SUM(m.credit - m.debit) FILTER (WHERE m.compte_id = '515'), 0)
      FROM payments_mouvement m
      JOIN payments_ecriture e ON e.id = m.ecriture_id
      JOIN conventions_financeur f ON f.id = m.financeur_id
     WHERE m.annexe_id IN ({ANNEXES}) AND f.type = %(funder)s
"""
# The same, from what waits for funds and the transfers that came back.
DUE = f"""
    SELECT (SELECT COALESCE(SUM(p.especes), 0)
              FROM payments_partenattente p
              JOIN payments_versement v ON v.id = p.versement_id
             WHERE p.liberee_le IS NULL AND v.statut = 'EXECUTE' AND v.annexe_id IN ({ANNEXES}))
         + (SELECT COALESCE(SUM(t.montant), 0)
              FROM payments_virement t
             WHERE t.etat = 'REJETE' AND t.annexe_id IN ({ANNEXES}) AND NOT EXISTS (
                   SELECT 1 FROM payments_virement r
                    WHERE r.remplace_id = t.id AND r.etat <> 'PROPOSE'))
"""
# What the structures sent back: on their orders, and beyond them until it is used or refunded.
BACK = f"""
    SELECT (SELECT COALESCE(SUM(o.recouvre), 0)
              FROM recoveries_ordrederecouvrer o
              JOIN conventions_financeur f ON f.id = o.financeur_id
             WHERE o.annexe_id IN ({ANNEXES}) AND f.type = %(funder)s)
         + (SELECT COALESCE(SUM(x.montant - x.impute - x.rembourse), 0)
              FROM recoveries_excedent x
              JOIN recoveries_ordrederecouvrer o ON o.id = x.ordre_id
              JOIN conventions_financeur f ON f.id = x.financeur_id
             WHERE x.annule_le IS NULL AND o.annexe_id IN ({ANNEXES}) AND f.type = %(funder)s)
"""
# The transfers that reached, or are about to reach, the structures.
TRANSFERS = f"""
    SELECT COALESCE(SUM(montant), 0)
      FROM payments_virement
     WHERE etat IN ('EMIS', 'CONFIRME') AND annexe_id IN ({ANNEXES})
"""
SET_OFF = f"""
    SELECT COALESCE(SUM(d.montant), 0)
      FROM payments_deduction d
      JOIN payments_versement v ON v.id = d.versement_id
     WHERE v.statut = 'EXECUTE' AND v.annexe_id IN ({ANNEXES})
"""
# Orders of a funder: issued and completed, less reductions; what is still owed.
ORDERS = f"""
    SELECT COALESCE(SUM(m.debit - m.credit) FILTER (
               WHERE e.evenement IN ('ORDRE', 'REDUCTION_ORDRE')), 0),
           COALESCE(SUM(m.debit - m.credit), 0)
      FROM payments_mouvement m
      JOIN payments_ecriture e ON e.id = m.ecriture_id
      JOIN conventions_financeur f ON f.id = m.financeur_id
     WHERE m.compte_id = '463' AND m.annexe_id IN ({ANNEXES})
       AND m.financeur_id IN ({FUNDERS}) AND f.type = %(funder)s
"""
# Treasury of the mandates of a reader: on the first day of the year, and received since.
FUNDS = f"""
    SELECT COALESCE(SUM(m.debit - m.credit) FILTER (WHERE e.jour < %(year)s), 0)
         + COALESCE(SUM(m.debit) FILTER (WHERE e.jour >= %(year)s), 0)
      FROM payments_mouvement m
      JOIN payments_ecriture e ON e.id = m.ecriture_id
      JOIN conventions_conventionmandat k ON k.id = m.mandat_id
     WHERE m.compte_id = '515' AND k.financeur_id IN ({FUNDERS})
"""
# Statements whose hours are read: for a département, certified, of a month that it co-finances.
STATEMENTS = f"""
    SELECT e.id, e.version, e.etat
      FROM presence_etatmensuel e
     WHERE e.annexe_id IN ({ANNEXES})
       AND (%(kind)s <> 'CD' OR e.etat <> 'BROUILLON' AND EXISTS (
            SELECT 1 FROM annexes_versionannexe v
              JOIN conventions_financeur f ON f.id = v.financeur_cd_id
             WHERE v.annexe_id = e.annexe_id AND f.organisation_id = %(organisation)s
               AND v.montant_cd > 0 AND v.etat IN ('VALIDE', 'CLOTURE', 'HISTORISE')
               AND e.mois BETWEEN v.debut AND v.fin))
"""
HOURS = f"""
    SELECT COUNT(*), COALESCE(SUM(l.heures_declarees), 0), COALESCE(SUM(l.heures_eligibles), 0),
           COALESCE(SUM(l.heures_declarees * 12 / c.heures_annuelles_etp), 0),
           COALESCE(SUM(l.heures_eligibles) FILTER (WHERE e.etat = 'VALIDE'), 0)
      FROM presence_lignepresence l
      JOIN ({STATEMENTS}) e ON e.id = l.etat_mensuel_id AND e.version = l.version
      JOIN presence_etatmensuel m ON m.id = e.id
      JOIN annexes_annexefinanciere a ON a.id = m.annexe_id
      JOIN annexes_versionannexe c ON c.id = a.courante_id
"""
COMMITTED = f"""
    SELECT COUNT(*), COALESCE(SUM(v.montant_cd), 0)
      FROM annexes_versionannexe v
     WHERE v.etat IN ('VALIDE', 'CLOTURE') AND v.montant_cd > 0 AND v.annexe_id IN ({ANNEXES})
       AND EXISTS (
            SELECT 1 FROM annexes_versionannexe o
              JOIN conventions_caom k ON k.annee = EXTRACT(YEAR FROM o.signee_le)
             WHERE o.annexe_id = v.annexe_id AND o.modification = 0
               AND k.financeur_id = v.financeur_cd_id)
"""


@dataclass(frozen=True)
class Book:
    """A file as read back: its rows and its totals, by heading."""

    rows: list[dict[str, Any]]
    totals: dict[str, Decimal]


def every_figure_is_the_same_everywhere() -> None:
    """Files, pages, bilans, ledger and plain SQL, for each kind of reader."""
    for username in READERS:
        acting = Membership.objects.select_related("organisation", "user").get(
            user__username=username
        )
        books = {
            key: read(acting, restitution)
            for key, restitution in RESTITUTIONS.items()
            if can_export(acting, restitution) and not restitution.required
        }
        assert {"suivi-annexes", "realisations-structures"} < set(books), username
        files_agree_with_sql(acting, books)
        bilans_agree(acting, books)
        for key, book in books.items():
            if key != "alertes":
                page_agrees(acting, RESTITUTIONS[key], book)


def read(acting: Membership, restitution: Restitution) -> Book:
    definition = restitution.definition.for_reader(acting)
    with excel_file(acting, restitution, Criteres())[0] as handle:
        sheet = openpyxl.load_workbook(io.BytesIO(handle.read())).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    body = rows[definition.header_rows :]
    heading = [column.heading for column in definition.columns]
    totals = {}
    if len(body) == 1 and str(body[0][0]).startswith("Aucune ligne"):
        body = []
    if body and body[-1][0] == "Total":
        last = dict(zip(heading, body.pop(), strict=True))
        totals = {
            column.heading: money(last[column.heading])
            for column in definition.columns
            if column.total and column.kind in NUMERIC
        }
    return Book([dict(zip(heading, row, strict=True)) for row in body], totals)


def files_agree_with_sql(acting: Membership, books: dict[str, Book]) -> None:
    who = acting.user.username
    annexes = books["suivi-annexes"]
    assert len(annexes.rows) == sql(acting, f"SELECT COUNT(*) FROM ({ANNEXES}) x")[0], who
    count, etat, cd, total = sql(acting, PAID)
    assert paid_of(annexes) == [etat, cd, total], who
    modulated, of_etat = sql(acting, MODULATED)
    assert modulated == of_etat, who
    accounts_agree(acting, {"ETAT": etat + modulated, "CD": cd})
    claimed_cd = orders_agree(acting, annexes)
    hours_agree(acting, books)
    if "beneficiaires-payes" in books:
        payees = books["beneficiaires-payes"]
        seen = money(0) if acting.is_cd else modulated
        assert (len(payees.rows), paid_of(payees)) == (count, [etat + seen, cd, total + seen]), who
        assert payees.totals["Ordres émis département"] == sql(acting, ORDERS, "CD")[0], who
        commitments_agree(acting, books["suivi-engagements"], cd, claimed_cd)
    if "creances-impayees" in books:
        debts, account = books["creances-impayees"], books["compte-emploi"]
        assert debts.totals.get("Reste dû", money(0)) == annexes.totals["Ordres restant dus"], who
        assert account.totals["Ressources"] == account.totals["Emplois"] > 0, who
        assert account.totals["Ressources"] == sql(acting, FUNDS)[0], who


def accounts_agree(acting: Membership, paid: dict[str, Decimal]) -> None:
    """Each funder bears its shares; what it has not sent is due, what came back is received."""
    who = acting.user.username
    all_due = money(0)
    for funder, share in paid.items():
        borne, due, left_treasury = sql(acting, ACCOUNTS, funder)
        (back,) = sql(acting, BACK, funder)
        assert borne == share, (who, funder)
        assert left_treasury == share - due - back, (who, funder)
        all_due += due
    assert all_due == sql(acting, DUE)[0], who
    (sent,), (set_off,) = sql(acting, TRANSFERS), sql(acting, SET_OFF)
    assert sent + set_off == sum(paid.values()) - all_due, who


def orders_agree(acting: Membership, annexes: Book) -> Decimal:
    """Orders issued, recovered, given up and left; returns what the département still claims."""
    who = acting.user.username
    issued_cd, claimed_cd = sql(acting, ORDERS, "CD")
    issued_etat, claimed_etat = sql(acting, ORDERS, "ETAT")
    assert annexes.totals["Ordres émis département"] == issued_cd, who
    assert annexes.totals.get("Ordres émis État", issued_etat) == issued_etat, who
    assert annexes.totals["Ordres restant dus"] == claimed_cd + claimed_etat, who
    became = (
        annexes.totals["Ordres recouvrés"]
        + annexes.totals["Ordres remis ou admis en non-valeur"]
        + annexes.totals["Ordres restant dus"]
    )
    assert became == issued_cd + issued_etat, who
    return Decimal(claimed_cd)


def commitments_agree(acting: Membership, book: Book, paid: Decimal, claimed: Decimal) -> None:
    who = acting.user.username
    count, committed = sql(acting, COMMITTED)
    assert book.totals["AE engagées"] == committed, who
    assert len([row for row in book.rows if row["AE engagées"]]) == count, who
    assert book.totals["Payé"] == paid, who
    closed = paid + book.totals["Reste à payer"] + book.totals["AE non consommées"]
    assert closed == committed, who
    assert book.totals["À recouvrer"] == claimed, who
    available = book.totals["AE décidées"] - committed
    assert book.totals["Reste à engager"] == available, who


def hours_agree(acting: Membership, books: dict[str, Book]) -> None:
    who = acting.user.username
    count, declared, eligible, posts, validated = sql(acting, HOURS)
    lines = books["realisations-structures"]
    assert len(lines.rows) == count > 0, who
    assert lines.totals["Heures déclarées"] == declared, who
    assert lines.totals["Heures éligibles"] == eligible, who
    assert lines.totals["ETP du mois"] == money(posts), who
    years = {
        (row["N° d’annexe"], row["Année d’analyse"]): money(row["Heures éligibles"])
        for row in books["suivi-postes"].rows
    }
    assert sum(years.values()) == validated, who


def bilans_agree(acting: Membership, books: dict[str, Book]) -> None:
    """The bilans of all the annexes of a reader, added up."""
    versions = read_versions(acting, Criteres())
    bilans = [final_bilan(faits, today()) for faits in read_facts(acting, versions, today())]
    etat, cd, both = (
        [sum(bilan.montants[rank].verse for bilan in bilans), rank] for rank in range(3)
    )
    assert paid_of(books["suivi-annexes"]) == [etat[0], cd[0], both[0]], acting.user.username
    hours = sum(bilan.heures.realisees for bilan in bilans)
    assert hours == sql(acting, HOURS)[4], acting.user.username


def page_agrees(acting: Membership, restitution: Restitution, book: Book) -> None:
    """Number of rows and totals printed on the page: those of the file."""
    client = Client()
    client.force_login(acting.user)
    every = ",".join(column.key for column in restitution.definition.columns)
    address = reverse("dashboards:restitution", args=[restitution.key])
    response = client.get(address, {"colonnes": every}, follow=True)
    where = f"{restitution.key} {acting.user.username}"
    assert response.status_code == 200, where
    assert response.context["nombre"] == len(book.rows), where
    page = lxml.html.fromstring(response.content)
    headings = [text(cell) for cell in page.xpath("//thead//th")]
    footers = [text(cell) for cell in page.xpath("//tfoot//*[self::td or self::th]")]
    printed = {
        heading: figure(footer)
        for heading, footer in zip(headings, footers, strict=bool(footers))
        if heading in book.totals
    }
    assert printed == book.totals, where


def text(cell: Any) -> str:
    return " ".join(cell.text_content().split())


def figure(printed: str) -> Decimal:
    """A figure as pages print it: no-break spaces, comma, unit, true minus sign."""
    return money(re.sub(r"[^\d,−-]", "", printed).replace(",", ".").replace("−", "-"))


def paid_of(book: Book) -> list[Decimal]:
    return [book.totals[key] for key in ("Versé État", "Versé département", "Versé total")]


def sql(acting: Membership, query: str, funder: str = "") -> tuple[Any, ...]:
    organisation = acting.organisation
    values = {
        "kind": organisation.type,
        "organisation": organisation.pk,
        "territory": organisation.departement,
        "funder": funder,
        "year": date(today().year, 1, 1),
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()


def money(value: object) -> Decimal:
    return Decimal(str(value or 0)).quantize(CENT)
