"""A month of the ASP, as people would take it up again after a power cut: each act once.

Run of April (soldes, instalments, transfers), answers of the bank, an order notified and partly
paid. `resume` looks at what the database says is done and does the rest; `money` is everything that
it leaves in the accounts. What is only made ahead (PDF of the notices, e-mails that leave) is not
made: a message lost with the process costs the time to draw it when it is asked for.
"""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from apps.accounts.models import Membership
from apps.core.models import CourrielEnvoye, Fichier, Sequence
from apps.journal.models import Entree
from apps.payments.models import (
    Campagne,
    Ecriture,
    LigneRetour,
    Mouvement,
    RetourBancaire,
    Versement,
    Virement,
)
from apps.payments.services import (
    approve_campagne,
    control_campagne,
    execute_campagne,
    prepare_campagne,
    visa_campagne,
)
from apps.payments.services.retours import apply_return, import_return
from apps.recoveries.models import Encaissement, OrdreDeRecouvrer
from apps.recoveries.services.actes import pursue
from apps.recoveries.services.encaissements import record_cash
from tests.payments.banque import confirmed, csv_of, rejected
from tests.payments.dossiers import Asp, make_annexe, make_asp, run, statements

AVRIL, PAID_ON, ANSWERED_ON = date(2018, 4, 1), date(2018, 4, 20), date(2018, 4, 24)
QUARTER = {
    "mesure": "ACI_DC",
    "debut": "2018-01-01",
    "fin": "2018-03-31",
    "etp": "1.00",
    "montant_unitaire_annuel": "12000.00",
    "heures_annuelles_etp": "1820",
    "montant_cd": "1500.00",
}
YEAR = QUARTER | {
    "fin": "2018-12-31",
    "etp": "6.00",
    "montant_unitaire_annuel": "19655.00",
    "montant_cd": "23040.96",
}
Etat = Campagne.Etat


nothing_ahead = patch("celery.app.task.Task.delay")


@nothing_ahead
def before_april(_delay: Any) -> None:
    """Three annexes and the runs of the first quarter: one ends, with too few hours."""
    asp = make_asp()
    make_annexe(QUARTER | {"mois": statements("2018-01", ["0.00", "20.00", "0.00"])})
    for brsa in (0, 4):
        hours = ["910.00", "870.00", "910.00"]
        make_annexe(YEAR | {"mois": statements("2018-01", hours, brsa=brsa)})
    for month in ("2018-01", "2018-02", "2018-03"):
        run(asp, month)


def people() -> Asp:
    """Those who ran the first quarter."""
    roles = ("GESTIONNAIRE", "ORDONNATEUR", "COMPTABLE")
    held = {m.role: m for m in Membership.objects.filter(organisation__type="ASP")}
    return Asp(*(held[role] for role in roles))


@nothing_ahead
def resume(_delay: Any) -> None:
    """What is left to do of April."""
    asp = people()
    campagne = _executed(asp)
    _bank(asp, campagne)
    _orders(asp)


def _executed(asp: Asp) -> Campagne:
    campagne = Campagne.objects.filter(mois=AVRIL).first()
    campagne = campagne or prepare_campagne(asp.gestionnaire, AVRIL)
    if campagne.etat == Etat.PREPAREE:
        campagne = control_campagne(asp.gestionnaire, campagne)
    if campagne.etat == Etat.CONTROLEE:
        campagne = approve_campagne(asp.ordonnateur, campagne)
    if campagne.etat == Etat.APPROUVEE:
        campagne = visa_campagne(asp.comptable, campagne)
    # Asked again of a run that is executed, it is the same run.
    return execute_campagne(asp.comptable, campagne, on=PAID_ON)


def _bank(asp: Asp, campagne: Campagne) -> None:
    first, *others = campagne.virements.order_by("reference")
    lines = [rejected(first, day=ANSWERED_ON), *(confirmed(v, day=ANSWERED_ON) for v in others)]
    retour = RetourBancaire.objects.first() or import_return(
        asp.comptable, "retour.csv", csv_of(lines), on=ANSWERED_ON
    )
    apply_return(asp.comptable, retour, on=ANSWERED_ON)


def _orders(asp: Asp) -> None:
    ordre = OrdreDeRecouvrer.objects.order_by("numero")[0]
    if ordre.etat == "EMIS":
        pursue(asp.comptable, ordre, "notifier", on=ANSWERED_ON)
    if not Encaissement.objects.exists():
        record_cash(
            asp.comptable,
            ordre,
            montant=Decimal("100.00"),
            recu_le=ANSWERED_ON,
            reference="VIR 1",
            on=ANSWERED_ON,
        )


def money() -> dict[str, list[tuple[Any, ...]]]:
    """Line for line, without the keys (a killed transaction skips some) nor the clock."""
    annexe = "annexe__numero"
    wanted: dict[str, tuple[Any, tuple[str, ...]]] = {
        "campagnes": (Campagne.objects.order_by("numero"), ("numero", "mois", "etat")),
        "versements": (
            Versement.objects.order_by("campagne__numero", annexe, "mois", "nature"),
            (annexe, "mois", "nature", "montant", "part_etat", "part_cd", "statut"),
        ),
        "ecritures": (
            Ecriture.objects.order_by("numero"),
            ("numero", "jour", "evenement", "libelle"),
        ),
        "mouvements": (
            Mouvement.objects.order_by("ecriture__numero", "pk"),
            ("ecriture__numero", "compte", "debit", "credit"),
        ),
        "virements": (
            Virement.objects.order_by("reference"),
            ("reference", "montant", "etat", "denoue_le"),
        ),
        "retours": (
            LigneRetour.objects.order_by("retour__numero", "rang"),
            ("retour__numero", "reference", "issue"),
        ),
        "ordres": (
            OrdreDeRecouvrer.objects.order_by("numero"),
            ("numero", "montant", "recouvre", "etat"),
        ),
        "encaissements": (Encaissement.objects.order_by("pk"), ("ordre__numero", "montant")),
        "journal": (Entree.objects.order_by("pk"), ("action",)),
        "courriels": (CourrielEnvoye.objects.order_by("destinataire", "sujet"), ("sujet",)),
        "numeros": (Sequence.objects.order_by("name"), ("name", "last")),
        "fichiers": (Fichier.objects.order_by("titre", "nom"), ("titre", "nom", "type_mime")),
    }
    return {name: list(rows.values_list(*columns)) for name, (rows, columns) in wanted.items()}


def files_are_whole() -> None:
    """Every file that a row names is there, byte for byte."""
    for fichier in Fichier.objects.all():
        with fichier.contenu.open("rb") as opened:
            contents = opened.read()
        assert len(contents) == fichier.taille, fichier
        assert hashlib.sha256(contents).hexdigest() == fichier.sha256, fichier
