"""Columns of « Réalisations mensuelles par salarié », for one annex and for every structure.

Each one says what it holds, for the « Critères » sheet and the documentation. Read by
`realisations`, which fills them.
"""

from __future__ import annotations

from decimal import Decimal

from apps.core.exports import Column, Definition, Kind, Sums
from apps.dashboards.restitutions import colonnes
from apps.rules.realisation import etp_total


def _etp(sums: Sums) -> Decimal:
    return etp_total(sums["etp_exact"])


def _etp_cd(sums: Sums) -> Decimal:
    return etp_total(sums["etp_cd_exact"])


def _etp_etat(sums: Sums) -> Decimal:
    return _etp(sums) - _etp_cd(sums)


COLUMNS = (
    Column("mois", "Mois", Kind.MONTH, 10, "Mois de l’état mensuel."),
    Column(
        "numero",
        "N° de salarié",
        Kind.INT,
        10,
        "Numéro du salarié dans sa structure.",
    ),
    Column("nom", "Nom", width=22, definition="Nom d’usage du salarié."),
    Column("prenom", "Prénom", width=18, definition="Prénom du salarié."),
    Column("naissance", "Date de naissance", Kind.DATE, 12, "Date inscrite à la fiche salarié."),
    Column("sexe", "Sexe", width=7, definition="M ou F, d’après la civilité de la fiche salarié."),
    Column(
        "brsa",
        "BRSA avant l’embauche",
        width=16,
        definition="Situation au regard du RSA fixée au premier contrat de la série.",
    ),
    Column(
        "forme",
        "Forme du contrat",
        width=20,
        definition="Nature du contrat de travail, par exemple CDDI.",
    ),
    Column("debut", "Date d’embauche", Kind.DATE, 12, "Premier jour du contrat."),
    Column("fin", "Date de fin prévue", Kind.DATE, 12, "Dernier jour prévu au contrat."),
    Column(
        "renouvellement",
        "Renouvellement",
        Kind.INT,
        10,
        "0 pour un contrat initial, puis le numéro du renouvellement.",
    ),
    Column(
        "heures",
        "Heures déclarées",
        Kind.HOURS,
        12,
        "Heures saisies par la structure pour ce mois ; vide tant que rien n’est saisi.",
        total=True,
    ),
    Column(
        "eligibles",
        "Heures éligibles",
        Kind.HOURS,
        12,
        "Heures retenues pour l’aide, figées à la validation par l’ASP ; vide auparavant.",
        total=True,
    ),
    Column(
        "motif",
        "Motif de non-éligibilité",
        width=34,
        definition="Raison pour laquelle des heures déclarées ne sont pas retenues ; vide si elles "
        "le sont.",
    ),
    Column(
        "etp",
        "ETP du mois",
        Kind.NUMBER,
        9,
        "Heures déclarées × 12 / heures annuelles d’un ETP. Sur plusieurs mois, le total divisé "
        "par 12 donne des ETP annuels, comme dans le « Suivi de réalisation des postes "
        "d’insertion ». Il est calculé sur les heures : il peut différer de quelques "
        "centièmes de la somme des lignes, arrondies une à une.",
        total=_etp,
    ),
    Column(
        "etp_etat",
        "ETP du mois, part État",
        Kind.NUMBER,
        9,
        "ETP × taux de l’État de l’annexe.",
        total=_etp_etat,
    ),
    Column(
        "etp_cd",
        "ETP du mois, part département",
        Kind.NUMBER,
        12,
        "ETP × taux du département de l’annexe.",
        total=_etp_cd,
    ),
    Column(
        "sortie",
        "Date de sortie",
        Kind.DATE,
        12,
        "Sortie déclarée par la structure, répétée sur chaque mois du contrat : comptez les "
        "contrats, pas les lignes. Vide s’il n’y en a pas eu.",
    ),
    Column(
        "motif_sortie",
        "Motif de sortie",
        width=34,
        definition="Motif déclaré par la structure avec la date de sortie.",
    ),
    Column(
        "categorie",
        "Catégorie de sortie",
        width=22,
        definition="Catégorie du motif : emploi durable, emploi de transition, sortie positive, "
        "autre sortie ou retrait des sorties constatées.",
    ),
    Column(
        "etat",
        "État de la saisie",
        width=20,
        definition="Étape de l’état mensuel, de la saisie par la structure à la validation par "
        "l’ASP.",
    ),
    Column("version", "Version", Kind.INT, 9, "Version de l’état mensuel : + 1 par réouverture."),
    Column(
        "valide_le",
        "Validé le",
        Kind.DATE,
        12,
        "Date de validation de l’état mensuel ; vide tant qu’il n’est pas validé.",
    ),
)
NAMING = 3  # the first columns: the month, the number and the name of the employee
HIDDEN = ("etp_exact", "etp_cd_exact")

ANNEXE = Definition(
    key="realisations-annexe",
    title="Réalisations mensuelles par salarié",
    sheet="Réalisations",
    columns=COLUMNS,
    accumulated=HIDDEN,
    kept=NAMING,
)
STRUCTURES = Definition(
    key="realisations-structures",
    title="Réalisations mensuelles des salariés de toutes les structures",
    sheet="Réalisations",
    columns=(
        colonnes.ANNEXE,
        *COLUMNS[:NAMING],
        colonnes.STRUCTURE,
        colonnes.SIRET,
        colonnes.MESURE,
        *COLUMNS[NAMING:],
    ),
    accumulated=HIDDEN,
    kept=NAMING + 1,
)
