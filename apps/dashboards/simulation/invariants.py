"""What must hold after every event, whatever happened before it (spec 02 §7, 05).

Each function returns the sentences of what is broken; an empty list is health. Plain SQL over the
tables, so that nothing here rests on the code it watches. The database's own constraints are
checked at once by the caller (`SET CONSTRAINTS ALL IMMEDIATE`).
"""

from __future__ import annotations

from functools import cache

from django.db import connection
from psycopg import sql

# Title → query that lists what is broken: no row is health. Amounts in euros.
QUERIES: dict[str, str] = {
    "écriture déséquilibrée": """
        SELECT ecriture_id, financeur_id, mandat_id, SUM(debit - credit)
        FROM payments_mouvement GROUP BY 1, 2, 3 HAVING SUM(debit - credit) <> 0""",
    "mouvement de département sans convention de mandat, ou de l’État avec": """
        SELECT m.id, f.code FROM payments_mouvement m
        JOIN conventions_financeur f ON f.id = m.financeur_id
        WHERE (f.type = 'CD') <> (m.mandat_id IS NOT NULL)""",
    "trésorerie de mandat négative": """
        SELECT mandat_id, SUM(debit - credit) FROM payments_mouvement
        WHERE compte_id = '515' AND mandat_id IS NOT NULL
        GROUP BY 1 HAVING SUM(debit - credit) < 0""",
    "versement négatif ou parts qui ne font pas le montant": """
        SELECT id FROM payments_versement WHERE montant < 0 OR part_etat + part_cd <> montant""",
    # A dispute upheld lowers an order without a line; a later regularisation counts it first.
    "charge d’un financeur différente de ses parts moins ses ordres": """
        WITH parts AS (
            SELECT annexe_id, 'ETAT' AS type, SUM(part_etat - recouvre_etat) AS net
            FROM payments_versement WHERE statut = 'EXECUTE' GROUP BY 1
            UNION ALL
            SELECT annexe_id, 'CD', SUM(part_cd - recouvre_cd)
            FROM payments_versement WHERE statut = 'EXECUTE' GROUP BY 1),
        charges AS (
            SELECT m.annexe_id, f.type, SUM(m.debit - m.credit) AS toutes,
                SUM(CASE WHEN e.evenement = 'REDUCTION_ORDRE' AND e.versement_id IS NULL
                    THEN 0 ELSE m.debit - m.credit END) AS sans_contestation
            FROM payments_mouvement m
            JOIN conventions_financeur f ON f.id = m.financeur_id
            JOIN payments_ecriture e ON e.id = m.ecriture_id
            WHERE m.compte_id = '657' GROUP BY 1, 2)
        SELECT COALESCE(p.annexe_id, c.annexe_id), COALESCE(p.type, c.type), p.net,
            c.sans_contestation, c.toutes
        FROM parts p FULL JOIN charges c ON c.annexe_id = p.annexe_id AND c.type = p.type
        WHERE COALESCE(p.net, 0) NOT BETWEEN COALESCE(c.sans_contestation, 0)
                                         AND COALESCE(c.toutes, 0)""",
    "aides à payer (401) différentes de ce qui attend ou a été rejeté": """
        WITH dues AS (
            SELECT annexe_id, SUM(credit - debit) AS du
            FROM payments_mouvement WHERE compte_id = '401' GROUP BY 1),
        attentes AS (
            SELECT v.annexe_id, SUM(p.especes) AS attend
            FROM payments_partenattente p JOIN payments_versement v ON v.id = p.versement_id
            WHERE v.statut = 'EXECUTE' AND p.liberee_le IS NULL GROUP BY 1),
        rejets AS (
            SELECT r.annexe_id, SUM(r.montant) AS rejete
            FROM payments_virement r
            LEFT JOIN payments_virement s ON s.remplace_id = r.id AND s.etat <> 'PROPOSE'
            WHERE r.etat = 'REJETE' AND s.id IS NULL GROUP BY 1)
        SELECT annexe_id, du, attend, rejete
        FROM dues LEFT JOIN attentes USING (annexe_id) LEFT JOIN rejets USING (annexe_id)
        WHERE du <> COALESCE(attend, 0) + COALESCE(rejete, 0)""",
    "réimputations (581) différentes de celles qui attendent": """
        WITH soldes AS (
            SELECT m.annexe_id, SUM(m.debit - m.credit) AS solde
            FROM payments_mouvement m JOIN conventions_financeur f ON f.id = m.financeur_id
            WHERE m.compte_id = '581' AND f.type = 'CD' GROUP BY 1),
        attentes AS (
            SELECT v.annexe_id, SUM(p.reimputation) AS attend
            FROM payments_partenattente p JOIN payments_versement v ON v.id = p.versement_id
            WHERE v.statut = 'EXECUTE' AND p.liberee_le IS NULL GROUP BY 1)
        SELECT COALESCE(s.annexe_id, a.annexe_id), solde, attend
        FROM soldes s FULL JOIN attentes a ON a.annexe_id = s.annexe_id
        WHERE COALESCE(solde, 0) <> -COALESCE(attend, 0)""",
    "ordre de recouvrer différent de son compte (463)": """
        WITH comptes AS (
            SELECT e.reference, SUM(m.debit - m.credit) AS solde
            FROM payments_mouvement m JOIN payments_ecriture e ON e.id = m.ecriture_id
            WHERE m.compte_id = '463' GROUP BY 1)
        SELECT o.numero, o.montant - o.recouvre - o.abandonne, c.solde
        FROM recoveries_ordrederecouvrer o
        LEFT JOIN comptes c ON c.reference = 'OR-' || o.numero
        WHERE o.montant - o.recouvre - o.abandonne <> COALESCE(c.solde, 0)""",
    "virements d’une campagne différents de ses paiements": """
        WITH envoyes AS (
            SELECT campagne_id, SUM(montant) AS total FROM payments_virement
            WHERE etat <> 'PROPOSE' GROUP BY 1),
        passes AS (
            SELECT e.campagne_id, SUM(m.debit) AS total
            FROM payments_mouvement m JOIN payments_ecriture e ON e.id = m.ecriture_id
            WHERE m.compte_id = '401' AND e.evenement IN ('PAIEMENT', 'REEMISSION') GROUP BY 1)
        SELECT COALESCE(v.campagne_id, p.campagne_id), v.total, p.total
        FROM envoyes v FULL JOIN passes p ON p.campagne_id = v.campagne_id
        WHERE COALESCE(v.total, 0) <> COALESCE(p.total, 0)""",
    "montant viré de la campagne différent de ses virements": """
        SELECT c.numero, c.montant_vire, COALESCE(SUM(v.montant), 0)
        FROM payments_campagne c LEFT JOIN payments_virement v ON v.campagne_id = c.id
        WHERE c.etat IN ('EXECUTEE', 'DENOUEE')
        GROUP BY c.id HAVING c.montant_vire <> COALESCE(SUM(v.montant), 0)""",
    "fichier de virements différent de ses virements": """
        SELECT f.nom, f.nombre, f.montant, COUNT(v.id), SUM(v.montant)
        FROM payments_fichiervirements f
        LEFT JOIN payments_virement v ON v.campagne_id = f.campagne_id
        GROUP BY f.id HAVING f.nombre <> COUNT(v.id) OR f.montant <> SUM(v.montant)""",
    "échéance payée deux fois": """
        SELECT annexe_id, mois, nature, sequence FROM payments_versement
        WHERE statut = 'EXECUTE' GROUP BY 1, 2, 3, 4 HAVING COUNT(*) > 1""",
    "département au-delà du plus haut montant de son annexe": """
        SELECT v.annexe_id, SUM(v.part_cd - v.recouvre_cd), MAX(t.plafond)
        FROM payments_versement v
        JOIN (SELECT annexe_id, MAX(montant_cd) AS plafond FROM annexes_versionannexe GROUP BY 1) t
          ON t.annexe_id = v.annexe_id
        WHERE v.statut = 'EXECUTE'
        GROUP BY 1 HAVING SUM(v.part_cd - v.recouvre_cd) > MAX(t.plafond)
                       OR SUM(v.part_cd - v.recouvre_cd) < 0""",
    "écritures numérotées avec un trou": """
        SELECT MAX(numero), COUNT(*) FROM payments_ecriture HAVING MAX(numero) <> COUNT(*)""",
    "ordres numérotés avec un trou": """
        SELECT MAX(numero), COUNT(*) FROM recoveries_ordrederecouvrer
        HAVING MAX(numero) <> COUNT(*)""",
    "ordre clos qui doit encore, ou ordre ouvert qui ne doit rien": """
        SELECT numero, etat FROM recoveries_ordrederecouvrer
        WHERE (etat IN ('EMIS', 'NOTIFIE', 'RELANCE', 'MIS_EN_DEMEURE', 'FORCE'))
              <> (montant > recouvre + abandonne)""",
}


def faults() -> list[str]:
    """Everything that is broken now, in sentences; empty when all holds."""
    with connection.cursor() as cursor:
        cursor.execute(_at_once(tuple(QUERIES.items())))
        return [f"{title} : {values.strip('()')}" for title, values in cursor.fetchall()]


@cache
def _at_once(queries: tuple[tuple[str, str], ...]) -> str:
    """All the queries in one, which gives the title and the values of each broken thing.

    A year asks some 150 times: as many round trips as queries would be felt.
    """
    parts = [
        sql.SQL("SELECT {}, q::text FROM ({}) AS q").format(sql.Literal(title), sql.SQL(query))
        for title, query in queries
    ]
    return sql.SQL(" UNION ALL ").join(parts).as_string()
