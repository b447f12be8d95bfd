"""Whether the accounts signed still say what the ledger says: their seal, their figures.

The database refuses to change an entry or a signed account; this finds what would have been changed
in spite of it. Called by the command `verifier_comptes` and by the page of an account.
"""

from __future__ import annotations

from collections.abc import Iterator

from apps.dashboards.comptes.calcul import account_of
from apps.dashboards.comptes.contenu import dump, load
from apps.dashboards.comptes.empreinte import mandate_hash
from apps.dashboards.models import CompteEmploi
from apps.payments.empreinte import ledger_hash

# What the ledger alone decides; the rest (states, acts) is that of the day of the preparation.
FROM_THE_LEDGER = ("operations", "balance", "frais", "soldes", "fonds", "execution", "abandons")


def faults_of(compte: CompteEmploi) -> list[str]:
    """Sentences; empty when the account is intact."""
    found = []
    if mandate_hash(compte.mandat_id, compte.arrete_au) != compte.empreinte:
        found.append(
            f"{compte} : l’empreinte des écritures jusqu’au {compte.arrete_au:%d/%m/%Y} n’est plus "
            "celle du compte. Des écritures ont été ajoutées ou modifiées depuis."
        )
    closing = compte.empreinte_cloture
    if closing and ledger_hash(compte.arrete_au).sha256 != closing:
        found.append(
            f"{compte} : le grand livre au {compte.arrete_au:%d/%m/%Y} n’est plus celui de la "
            "clôture de l’année."
        )
    again = dump(account_of(compte.mandat, compte.arrete_au, compte.prepare_le))["chiffres"]
    kept = dump(load(compte.contenu))["chiffres"]
    changed = [name for name in FROM_THE_LEDGER if again[name] != kept[name]]
    if changed:
        found.append(
            f"{compte} : les chiffres conservés ne sont plus ceux du grand livre "
            f"({', '.join(changed)})."
        )
    return found


def faults() -> Iterator[str]:
    """Of every signed account, the oldest first."""
    signed = CompteEmploi.objects.signed().select_related("mandat__financeur")
    for compte in signed.order_by("numero").iterator():
        yield from faults_of(compte)
