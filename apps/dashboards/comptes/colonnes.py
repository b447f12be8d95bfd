"""Columns of the sheets of a compte d’emploi, as data; they name the attributes of `figures`."""

from __future__ import annotations

from apps.core.exports import Column, Definition, Kind


def _text(key: str, heading: str, width: int = 26) -> Column:
    return Column(key, heading, width=width)


def _euros(key: str, heading: str, definition: str = "", *, total: bool = True) -> Column:
    return Column(key, heading, Kind.EUROS, 16, definition, total=total)


def _day(key: str, heading: str) -> Column:
    return Column(key, heading, Kind.DATE, 12)


def _count(key: str, heading: str) -> Column:
    return Column(key, heading, Kind.INT, 11, total=True)


RUBRIQUE, NATURE = _text("rubrique", "Rubrique", 44), _text("nature", "Nature", 28)
ANNEXE, STRUCTURE = _text("annexe", "Annexe financière", 20), _text("structure", "Structure", 34)
SIRET, PIECE = _text("siret", "SIRET", 16), _text("piece", "Pièce", 12)
NOMBRE = _count("nombre", "Nombre")
RESSOURCES = _euros("recette", "Ressources", "Trésorerie à l’ouverture et recettes.")
EMPLOIS = _euros("depense", "Emplois", "Dépenses et trésorerie à la clôture.")


def _define(key: str, title: str, sheet: str, *columns: Column) -> Definition:
    return Definition(key, title, sheet, columns)


RESUME = _define(
    "recettes-et-depenses",
    "Recettes et dépenses",
    "Recettes et dépenses",
    RUBRIQUE,
    NATURE,
    NOMBRE,
    RESSOURCES,
    EMPLOIS,
)
BALANCE = _define(
    "balance",
    "Balance générale des comptes",
    "Balance générale",
    _text("compte", "Compte", 10),
    _text("libelle", "Intitulé", 38),
    _euros("ouverture_debit", "Ouverture, débit"),
    _euros("ouverture_credit", "Ouverture, crédit"),
    _euros("debit", "Période, débit"),
    _euros("credit", "Période, crédit"),
    _euros("solde_debit", "Clôture, débit"),
    _euros("solde_credit", "Clôture, crédit"),
)
FRAIS = _define("frais", "Comptes des frais de gestion", "Frais de gestion", *BALANCE.columns)
TRESORERIE = _define(
    "tresorerie",
    "Situation de la trésorerie par mois",
    "Trésorerie",
    Column("mois", "Mois", Kind.MONTH, 14),
    _euros("ouverture", "Ouverture", total=False),
    _euros("recettes", "Recettes"),
    _euros("depenses", "Dépenses"),
    _euros("cloture", "Clôture", total=False),
)
PAR_MOIS = _define(
    "operations-par-mois",
    "Recettes et dépenses par nature et par mois",
    "Opérations par mois",
    RUBRIQUE,
    NATURE,
    Column("mois", "Mois", Kind.MONTH, 14),
    NOMBRE,
    _euros("recette", "Recettes"),
    _euros("depense", "Dépenses"),
)
FONDS = _define(
    "fonds",
    "Fonds reçus du département et reversés",
    "Fonds",
    _day("jour", "Date"),
    PIECE,
    _text("libelle", "Libellé", 44),
    Column("ecriture", "Écriture n°", Kind.INT, 11),
    _euros("recu", "Reçu"),
    _euros("reverse", "Reversé ou annulé"),
)
EXECUTION = _define(
    "execution",
    "État comptable d’exécution de la convention",
    "État d’exécution",
    _text("libelle", "Ligne", 50),
    _text("partie", "Partie", 28),
    _euros("avant", "Exercices antérieurs", total=False),
    _euros("periode", "Période", total=False),
    _euros("cumul", "Depuis l’origine", total=False),
)
ENGAGEMENTS = _define(
    "engagements",
    "Suivi des engagements",
    "Engagements",
    Column("annee", "Année", Kind.YEAR, 9),
    _euros("credits", "Crédits d’intervention", "Avenant financier de l’année (art. 3)."),
    _count("annexes", "Annexes signées"),
    _euros("engage", "Engagé", "Part du département dans les annexes signées cette année-là."),
    _euros("disponible", "Reste à engager", "Crédits moins engagé."),
    _euros("liquide", "À la charge du département", "Aide de ces annexes, avant tout ordre."),
)
ANNEXES = _define(
    "annexes",
    "Suivi des annexes financières",
    "Annexes",
    ANNEXE,
    STRUCTURE,
    _text("etat", "État", 12),
    _day("signee_le", "Signée le"),
    _euros("engage", "Engagé"),
    _euros("liquide_avant", "Aide des exercices antérieurs"),
    _euros("liquide_periode", "Aide de la période"),
    _euros("solde", "Reste sur l’engagement", "Engagé moins aide à la charge du département."),
    _euros("en_attente", "Dont non encore payé"),
    _euros("emis", "Ordres émis"),
    _euros("recouvre", "Recouvré"),
    _euros("abandonne", "Remis, admis en non-valeur, éteint ou apuré"),
    _euros("a_recouvrer", "Reste à recouvrer"),
)
CREANCES = _define(
    "creances",
    "État des créances impayées par débiteur",
    "Créances impayées",
    STRUCTURE,
    SIRET,
    Column("numero", "Ordre n°", Kind.YEAR, 9),
    ANNEXE,
    _day("emis_le", "Émis le"),
    _euros("emis", "Montant émis"),
    _euros("reduit", "Réductions"),
    _euros("recouvre", "Recouvré"),
    _euros("abandonne", "Remis ou abandonné"),
    _euros("reste", "Reste dû"),
    _text("etat", "Avancement", 18),
    _day("notifie_le", "Notifié le"),
    _day("echeance", "Échéance"),
    Column("retard", "Jours de retard", Kind.INT, 9),
    _day("relance_le", "Relancé le"),
    _day("mise_en_demeure_le", "Mis en demeure le"),
    _day("poursuites_le", "Poursuites engagées le"),
    _text("delais", "Délais", 40),
    _text("suites", "Contestations, procédures, non-valeurs", 48),
)
ABANDONS = _define(
    "abandons",
    "Remises, admissions en non-valeur, créances éteintes et apurements",
    "Abandons de créances",
    _day("jour", "Date"),
    _text("motif", "Décision", 34),
    PIECE,
    ANNEXE,
    STRUCTURE,
    _euros("montant", "Montant à la charge du département"),
)
SOLDES = _define(
    "soldes",
    "Développement des soldes et opérations non dénouées",
    "Soldes",
    _text("compte", "Compte", 10),
    _text("operation", "Opération", 50),
    PIECE,
    ANNEXE,
    STRUCTURE,
    _euros("debit", "Solde débiteur"),
    _euros("credit", "Solde créditeur"),
)
BENEFICIAIRES = _define(
    "beneficiaires",
    "Bénéficiaires payés",
    "Bénéficiaires",
    STRUCTURE,
    SIRET,
    ANNEXE,
    _count("nombre", "Paiements"),
    _euros("paye", "Payé"),
    _euros("compense", "Payé par compensation"),
    _euros("rejete", "Rejeté par la banque"),
    _euros("reemis", "Émis de nouveau"),
)

# On paper the diligences of a debt are one text, and an annex says less of its state: every column
# of the workbook would not be readable across a page.
IMPRIMEES: dict[str, Definition] = {
    CREANCES.key: _define(
        CREANCES.key,
        CREANCES.title,
        CREANCES.sheet,
        *(
            column
            for column in CREANCES.columns
            if column.key
            in ("structure", "numero", "annexe", "emis_le", "emis", "recouvre", "reste", "retard")
        ),
        _text("diligences", "Diligences", 60),
    ),
    ANNEXES.key: _define(
        ANNEXES.key,
        ANNEXES.title,
        ANNEXES.sheet,
        *(column for column in ANNEXES.columns if column.key not in ("etat", "signee_le")),
    ),
}
