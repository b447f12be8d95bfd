"""Columns that several restitutions hold: one fact has one heading, one definition, one width.

Read by the definitions of the restitutions. `summed` gives a column its total, where a row is
counted once; `dataclasses.replace` gives it a code of an exchange format or the scope of a file.
"""

from __future__ import annotations

from dataclasses import replace

from apps.accounts.models import Membership
from apps.core.exports import Column, Kind


def sees_all_funders(acting: Membership) -> bool:
    """A département knows the orders of its own share only."""
    return not acting.is_cd


def summed(column: Column) -> Column:
    """The same column with its sum at the foot of the file."""
    return replace(column, total=True)


STRUCTURE = Column(
    "structure", "Structure", width=38, definition="Dénomination actuelle de la structure."
)
SIRET = Column(
    "siret",
    "SIRET",
    width=17,
    definition="SIRET actuel de la structure, même s’il a changé depuis la signature de l’annexe.",
)
COMMUNE = Column(
    "commune",
    "Commune",
    width=22,
    definition="Commune de l’adresse administrative de la structure.",
)
MESURE = Column(
    "mesure",
    "Mesure",
    width=10,
    definition="Dispositif de l’annexe : ACI, EI, AI, ETTI ou EITI.",
)
CONVENTION = Column(
    "convention",
    "Convention",
    width=24,
    definition="Numéro de la convention IAE dont relève l’annexe.",
)
ANNEXE = Column(
    "annexe",
    "N° d’annexe",
    width=21,
    definition="Annexe financière, avec son renouvellement (A) ; le même numéro dans tous les "
    "fichiers.",
)
RENOUVELLEMENT = Column(
    "renouvellement",
    "Renouvellement (A)",
    Kind.INT,
    16,
    "Rang du renouvellement ; 0 pour la première annexe.",
)
MODIFICATION = Column(
    "modification",
    "Modification (M)",
    Kind.INT,
    14,
    "Rang de l’avenant de modification ; 0 pour l’annexe d’origine.",
)
ETAT = Column("etat", "État", width=22, definition="État de la version de l’annexe.")
SUSPENDUE = Column(
    "suspendue",
    "Suspendue",
    Kind.BOOL,
    12,
    "Oui lorsque les paiements de l’annexe sont suspendus à la date du fichier.",
)
DEBUT = Column("debut", "Début", Kind.DATE, 12, "Premier jour de la période de l’annexe.")
FIN = Column("fin", "Fin", Kind.DATE, 12, "Dernier jour de la période de l’annexe.")
MOIS = Column("mois", "Nombre de mois", Kind.INT, 9, "Mois civils de la période de l’annexe.")
SIGNEE_LE = Column(
    "signee_le",
    "Signée le",
    Kind.DATE,
    12,
    "Date de signature de l’annexe ou, si elle a été modifiée, de son avenant.",
)
TRANSMISE_LE = Column(
    "transmise_le",
    "Reçue par l’ASP le",
    Kind.DATE,
    12,
    "Date de transmission à l’ASP par la DDETS.",
)
VALIDEE_LE = Column(
    "validee_le",
    "Validée le",
    Kind.DATE,
    12,
    "Date de validation par l’ASP ; vide tant que la version n’est pas validée.",
)
ETP = Column(
    "etp",
    "ETP conventionnés",
    Kind.NUMBER,
    16,
    "Postes d’insertion de l’annexe, en équivalents temps plein.",
)
BRSA = Column(
    "brsa",
    "BRSA visés",
    Kind.INT,
    9,
    "Nombre mensuel de bénéficiaires du RSA que vise le cofinancement.",
)
UNITAIRE = Column(
    "unitaire",
    "Montant unitaire annuel",
    Kind.EUROS,
    14,
    "Montant annuel par ETP en vigueur le dernier mois de l’annexe.",
)
MONTANT_TOTAL = Column(
    "montant_total",
    "Montant total",
    Kind.EUROS,
    17,
    "Montant maximal de l’aide sur la période de l’annexe, tous financeurs.",
)
MONTANT_ETAT = Column(
    "montant_etat", "Part État", Kind.EUROS, 17, "Montant total moins part du département."
)
MONTANT_CD = Column(
    "montant_cd",
    "Part département",
    Kind.EUROS,
    17,
    "Cofinancement du département inscrit à l’annexe.",
)
TAUX_ETAT = Column("taux_etat", "Taux État", Kind.PERCENT, 12, "100 % moins taux du département.")
TAUX_CD = Column(
    "taux_cd", "Taux département", Kind.PERCENT, 14, "Part du département / montant total."
)
COFINANCEUR = Column(
    "departement",
    "Département cofinanceur",
    width=34,
    definition="Département qui cofinance l’annexe ; vide sans cofinancement.",
)
VERSE_ETAT = Column(
    "verse_etat",
    "Versé État",
    Kind.EUROS,
    17,
    "Part de l’État dans les sommes payées, réimputations comprises.",
    total=True,
)
VERSE_CD = Column(
    "verse_cd",
    "Versé département",
    Kind.EUROS,
    17,
    "Part du département dans les sommes payées, réimputations comprises.",
    total=True,
)
VERSE = Column(
    "verse",
    "Versé total",
    Kind.EUROS,
    17,
    "Sommes payées à la structure par les campagnes exécutées, avant tout recouvrement.",
    total=True,
)
ORDRES_ETAT = Column(
    "ordres_etat",
    "Ordres émis État",
    Kind.EUROS,
    15,
    "Montant actuel des ordres de recouvrer de l’État, réductions déduites.",
    total=True,
    audience=sees_all_funders,
)
ORDRES_CD = Column(
    "ordres_cd",
    "Ordres émis département",
    Kind.EUROS,
    15,
    "Montant actuel des ordres de recouvrer du département, réductions déduites.",
    total=True,
)
