"""The transfer file of an executed run (spec 05 §1): drawn, read again, archived, downloaded.

`write_transfer_file` is called by the execution, in its transaction and lock: the file exists if
and only if the run is executed.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import emetteur
from apps.core.services import next_number, store_file
from apps.journal.services import record
from apps.payments.models import Campagne, FichierVirements, Virement
from apps.payments.pain001 import Credit, Debiteur, draw
from apps.payments.permissions_banque import can_download_transfers
from apps.rules.money import total

XML = "application/xml"
SEQUENCE = "fichier_virements"


def write_transfer_file(
    campagne: Campagne, acting: Membership, jour: date
) -> FichierVirements | None:
    """The file of the transfers that the run has just sent; None when it sends none.

    Refus when the account to debit is not configured; FichierInexact when the file does not say
    exactly the transfers of the run. A fixed number of queries.
    """
    virements = list(
        campagne.virements.filter(etat=Virement.Etat.EMIS)
        .select_related("annexe", "coordonnees")
        .order_by("pk")
    )
    if not virements:
        return None
    numero = next_number(SEQUENCE)
    nom = f"EXTRANET-IAE-VIR-{numero:06d}.xml"
    contents = draw(
        nom,
        debtor(),
        [_credit(virement, campagne) for virement in virements],
        jour=jour,
        instant=timezone.localtime(),
    )
    fichier = FichierVirements.objects.create(
        numero=numero,
        campagne=campagne,
        nom=nom,
        nombre=len(virements),
        montant=total(virement.montant for virement in virements),
        fichier=store_file(
            contents, nom=nom, titre=f"Virements de la {_name_of(campagne)}", type_mime=XML
        ),
        produit_par=acting.user,
    )
    record(
        acting,
        "virements.fichier",
        fichier,
        apres={
            "nombre": fichier.nombre,
            "montant": fichier.montant,
            "sha256": fichier.fichier.sha256,
        },
    )
    return fichier


@transaction.atomic
def note_download(acting: Membership, fichier: FichierVirements) -> Fichier:
    """The archived file, for the agent comptable; each download is journaled."""
    can_download_transfers(acting).enforce()
    record(acting, "virements.telecharge", fichier, apres={"sha256": fichier.fichier.sha256})
    return fichier.fichier


def debtor() -> Debiteur:
    """The account of the agent comptable; Refus while the deployment has not given it."""
    account = emetteur()
    if not account["iban"] or not account["bic"]:
        raise Refus(
            "Le compte de l’agent comptable n’est pas renseigné : le fichier de virements ne peut "
            "pas être produit. L’administrateur complète ISSUER_IBAN et ISSUER_BIC."
        )
    return Debiteur(account["titulaire"] or account["nom"], account["iban"], account["bic"])


def _credit(virement: Virement, campagne: Campagne) -> Credit:
    compte = virement.coordonnees
    if compte is None or not virement.reference:
        raise ValueError(f"Transfer {virement.pk} was sent without account or reference")
    return Credit(
        reference=virement.reference,
        titulaire=compte.titulaire,
        iban=compte.iban,
        bic=compte.bic,
        montant=virement.montant,
        motif=f"Aide au poste IAE annexe {virement.annexe} campagne {campagne.mois:%m/%Y}",
    )


def _name_of(campagne: Campagne) -> str:
    return f"campagne n° {campagne.numero} ({campagne.mois:%m/%Y})"
