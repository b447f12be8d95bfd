"""The attestation of the accountant, in the words of the convention de mandat (art. 11).

A provisional account says that it is one (art. 3.1). Read by the page of signature and by the PDF.
"""

from __future__ import annotations

from apps.dashboards.models import CompteEmploi

PIECES = (
    "certifie que les paiements effectués sont appuyés des pièces justificatives correspondantes "
    "prévues par l’article D. 1617-19 du code général des collectivités territoriales, et, dans le "
    "cadre des contrôles par sondage qu’il a réalisés conformément aux versions actualisées du "
    "décret du 27 mars 2009 relatif à l’ASP et de l’arrêté ministériel du 16 juillet 2021, qu’il "
    "est en possession des pièces afférentes aux opérations qu’il a contrôlées pour celles qu’il "
    "conserve, les autres étant détenues par les services de l’ordonnateur sous sa responsabilité."
)
BALANCE = (
    "Les états de développement de soldes joints sont certifiés conformes à la balance générale "
    "des comptes."
)
PROVISOIRE = (
    "Ce compte d’emploi, fourni pour la régularisation de l’exercice budgétaire du département "
    "(convention de mandat, article 3.1), revêt à ce stade un caractère provisoire."
)
AGENT = "L’agent comptable de l’Agence de services et de paiement"


def attestation_of(compte: CompteEmploi) -> list[str]:
    """The paragraphs that the accountant signs."""
    told = [f"{AGENT} {PIECES}", BALANCE]
    return [*told, PROVISOIRE] if compte.nature == CompteEmploi.Nature.PROVISOIRE else told
