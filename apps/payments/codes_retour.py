"""What the banks say when they reject a transfer, in words, and what follows.

Codes of the external list of ISO 20022 (ExternalStatusReason1Code) that banks of the SEPA zone use;
any other is answered by a general sentence and a person. Read by the returns and their screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Suite(StrEnum):
    """What follows a rejection; the amount is due again in every case."""

    COMPTE = "Les paiements de la structure attendent de nouvelles coordonnées bancaires."
    VERIFIER = "Les paiements de la structure attendent une vérification de l’ASP."
    REEMETTRE = "La cause n’est pas du côté de la structure : la prochaine campagne réémet."


@dataclass(frozen=True, slots=True)
class CodeRetour:
    phrase: str
    suite: Suite


CODES: dict[str, CodeRetour] = {
    "AC01": CodeRetour("Le numéro de compte (IBAN) est inconnu de la banque.", Suite.COMPTE),
    "AC03": CodeRetour("Le numéro de compte du bénéficiaire est invalide.", Suite.COMPTE),
    "AC04": CodeRetour("Le compte est clos.", Suite.COMPTE),
    "AC06": CodeRetour("Le compte est bloqué.", Suite.COMPTE),
    "CNOR": CodeRetour("La banque du bénéficiaire ne reçoit pas les virements SEPA.", Suite.COMPTE),
    "RC01": CodeRetour("Le code de la banque (BIC) est incorrect.", Suite.COMPTE),
    "RC07": CodeRetour("Le code de la banque du bénéficiaire est invalide.", Suite.COMPTE),
    "AG01": CodeRetour("Ce compte ne peut pas recevoir de virement.", Suite.VERIFIER),
    "AG02": CodeRetour("La banque n’admet pas cette opération.", Suite.VERIFIER),
    "AM05": CodeRetour("La banque considère ce virement comme un doublon.", Suite.VERIFIER),
    "BE01": CodeRetour("Le titulaire ne correspond pas au compte.", Suite.VERIFIER),
    "BE04": CodeRetour("L’adresse du bénéficiaire est absente ou incorrecte.", Suite.VERIFIER),
    "FOCR": CodeRetour("Le virement est restitué à la demande de la banque.", Suite.VERIFIER),
    "MD07": CodeRetour("La banque signale le décès du titulaire du compte.", Suite.VERIFIER),
    "MS02": CodeRetour("Le bénéficiaire a refusé le virement.", Suite.VERIFIER),
    "MS03": CodeRetour("La banque ne donne pas la raison du rejet.", Suite.VERIFIER),
    "NARR": CodeRetour("La banque explique le rejet en toutes lettres.", Suite.VERIFIER),
    "RR01": CodeRetour("Une mention réglementaire manque : compte du débiteur.", Suite.VERIFIER),
    "RR02": CodeRetour("Une mention réglementaire manque : débiteur.", Suite.VERIFIER),
    "RR03": CodeRetour("Une mention réglementaire manque : bénéficiaire.", Suite.VERIFIER),
    "RR04": CodeRetour("La banque invoque un motif réglementaire.", Suite.VERIFIER),
    "AM04": CodeRetour("Le compte de l’agent comptable n’est pas assez pourvu.", Suite.REEMETTRE),
    "DNOR": CodeRetour("La banque de l’agent comptable n’est pas joignable.", Suite.REEMETTRE),
    "DT01": CodeRetour("La date d’exécution demandée est refusée.", Suite.REEMETTRE),
    "ED05": CodeRetour("Le règlement entre les banques a échoué.", Suite.REEMETTRE),
    "FF01": CodeRetour("Le format du fichier est refusé.", Suite.REEMETTRE),
    "TM01": CodeRetour("Le fichier est arrivé après l’heure limite de la banque.", Suite.REEMETTRE),
}
AUTRE = CodeRetour("La banque a rejeté le virement.", Suite.VERIFIER)
OF_THE_ACCOUNT = frozenset(code for code, known in CODES.items() if known.suite is Suite.COMPTE)


def meaning_of(code: str) -> CodeRetour:
    """The sentence of a code and what follows; a general one when it is not known."""
    return CODES.get(code, AUTRE)
