"""The printed summary of the demonstration: figures read back from the database and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

from django.db.models import Count, Q, Sum

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import Caom
from apps.core.templatetags.extranet import euros
from apps.dashboards.demo.frame import MOT_DE_PASSE
from apps.dashboards.demo.runs import RunFigures
from apps.payments.models import Campagne, Mouvement, Retenue, Versement
from apps.presence.models import LignePresence
from apps.recoveries.models import OrdreDeRecouvrer
from apps.siae.models import Salarie

COMPTES = (
    ("jardins-morinie", "structure « Les Jardins de la Haute-Morinie », responsable"),
    ("jardins.saisie", "même structure, saisie"),
    ("deux.structures", "saisie dans deux structures (changement d’organisation)"),
    ("ddets", "DDETS du Pas-de-Calais, instructrice"),
    ("asp.gestionnaire", "ASP, gestionnaire"),
    ("asp.gestionnaire2", "ASP, second gestionnaire"),
    ("asp.ordonnateur", "ASP, ordonnatrice"),
    ("asp.comptable", "ASP, agent comptable"),
    ("cd.lecteur", "département du Pas-de-Calais, lectrice"),
    ("cd.decideur", "département du Pas-de-Calais, décideuse"),
    ("cd.somme", "département de la Somme, lecteur"),
    ("admin", "administration des comptes"),
)


def print_summary(
    say: Callable[[str], None], figures: Iterable[RunFigures], files: list[Path]
) -> None:
    """Write what the demonstration holds: annexes, sums, holds, orders, times, files, accounts."""
    say("")
    say("Résumé de la démonstration")
    _population(say)
    _money(say)
    _runs(say, figures)
    say("Fichiers produits :")
    for path in files:
        say(f"  {path}")
    say(f"Comptes (mot de passe : {MOT_DE_PASSE}) :")
    for username, label in COMPTES:
        say(f"  {username:<20} {label}")


def _population(say: Callable[[str], None]) -> None:
    states = VersionAnnexe.objects.values_list("etat").annotate(n=Count("pk")).order_by("etat")
    detail = ", ".join(f"{n} {etat.lower()}" for etat, n in states)
    say(f"Annexes financières : {AnnexeFinanciere.objects.count()} (versions : {detail})")
    say(
        f"Salariés : {Salarie.objects.count()} ; lignes d’états mensuels : "
        f"{LignePresence.objects.count()}"
    )
    caom = Caom.objects.get(financeur__code="062", annee=2023)
    decided = caom.objectifs.aggregate(s=Sum("montant"))["s"]
    say(f"CAOM 2023 du Pas-de-Calais : 729 × 534,82 € × 12 = {euros(decided)}")


def _money(say: Callable[[str], None]) -> None:
    paid = Versement.objects.executed().aggregate(
        total=Sum("montant"), etat=Sum("part_etat"), cd=Sum("part_cd")
    )
    ledger = Mouvement.objects.filter(ecriture__evenement="PAIEMENT", compte="401").aggregate(
        etat=Sum("debit", filter=Q(financeur__type="ETAT"), default=Decimal(0)),
        cd=Sum("debit", filter=Q(financeur__type="CD"), default=Decimal(0)),
    )
    say(
        f"Versé : {euros(paid['total'])} (État {euros(paid['etat'])}, "
        f"départements {euros(paid['cd'])})"
    )
    say(
        f"Grand livre, paiements : {euros(ledger['etat'] + ledger['cd'])} "
        f"(État {euros(ledger['etat'])}, départements {euros(ledger['cd'])} avant réimputations)"
    )
    for nature, n, total in (
        Versement.objects.executed()
        .values_list("nature")
        .annotate(n=Count("pk"), total=Sum("montant"))
        .order_by("nature")
    ):
        say(f"  {Versement.Nature(nature).label:<32} {n:>4} lignes {euros(total):>18}")
    last = Campagne.objects.executed().first()
    held = Retenue.objects.filter(campagne=last)
    say(
        f"Encore retenu à la dernière campagne : {held.count()} échéances, "
        f"{euros(held.aggregate(s=Sum('montant_prevu', default=Decimal(0)))['s'])} prévus"
    )
    orders = OrdreDeRecouvrer.objects.aggregate(n=Count("pk"), s=Sum("montant", default=0))
    say(f"Ordres de recouvrer émis : {orders['n']}, {euros(Decimal(orders['s']))}")


def _runs(say: Callable[[str], None], figures: Iterable[RunFigures]) -> None:
    say("Durée des campagnes jouées à l’instant (préparation, exécution, en secondes) :")
    played = [f for f in figures if f.secondes]
    if not played:
        say("  aucune : toutes étaient déjà exécutées")
    for figure in played:
        times = ", ".join(f"{label} {seconds:.2f}" for label, seconds in figure.secondes.items())
        say(f"  {figure.mois.label:<16} {times}")
