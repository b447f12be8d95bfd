"""Who is told what of a run: the next person in the chain, the structures paid or held, the
départements that pay. Called by the services of the runs, inside their transaction.

A sentence common to all and a link to the figures: one notification per organisation, in a fixed
number of queries whatever the number of structures.
"""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.conventions.models import Financeur
from apps.payments.models import Campagne, PartEnAttente, Retenue, Versement
from apps.rules.periods import Month
from apps.siae.models import Structure

Etat = Campagne.Etat

# State reached → whose turn it is, and what is expected.
TURNS: dict[str, tuple[tuple[Role, ...], str]] = {
    Etat.PREPAREE: ((Role.GESTIONNAIRE,), "est préparée : elle attend son contrôle."),
    Etat.CONTROLEE: ((Role.ORDONNATEUR,), "est contrôlée : elle attend l’approbation."),
    Etat.APPROUVEE: ((Role.COMPTABLE,), "est approuvée : elle attend le visa."),
    Etat.VISEE: ((Role.COMPTABLE,), "est visée : elle peut être exécutée."),
    Etat.EXECUTEE: ((Role.GESTIONNAIRE, Role.ORDONNATEUR), "est exécutée."),
    Etat.DENOUEE: (
        (Role.GESTIONNAIRE, Role.ORDONNATEUR),
        "est dénouée : chaque virement est confirmé ou rejeté.",
    ),
    Etat.ABANDONNEE: (
        (Role.GESTIONNAIRE, Role.ORDONNATEUR),
        "est abandonnée : rien n’est payé, le motif est sur sa page.",
    ),
}


def announce_stage(campagne: Campagne) -> None:
    """Tell the ASP the state a run has just reached; by e-mail to whoever must act next."""
    roles, sentence = TURNS[campagne.etat]
    title = f"Campagne n° {campagne.numero} : {campagne.get_etat_display().lower()}"
    label = Month.of(campagne.mois).label_with_de
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        title,
        f"La campagne de paiement n° {campagne.numero} {label} {sentence}",
        reverse("payments:campagne", args=[campagne.pk]),
        nature=Nature.PAIEMENT,
        roles=roles,
        courriel=campagne.etat in Campagne.ETATS_EN_COURS,
    )


def announce_execution(campagne: Campagne, on: date) -> None:
    """Tell the structures paid, those of which everything is held, and the départements."""
    paid = _structures(campagne.virements.all(), "structure")
    whole = campagne.retenues.exclude(motif=Retenue.Motif.FONDS)
    held = _structures(whole, "annexe__siae__structure")
    label = Month.of(campagne.mois).label_with_de
    list_of_month = reverse("payments:liste", query={"campagne": f"{campagne.mois:%m/%Y}"})
    notify(
        paid,
        f"Versement de l’aide au poste : campagne {label}",
        f"La campagne de paiement {label} comporte un versement à votre structure. Le montant, son "
        "calcul et l’avis de paiement sont sur la page « Versements ».",
        list_of_month,
        nature=Nature.PAIEMENT,
        courriel=True,
        on=on,
    )
    notify(
        held.exclude(pk__in=paid.values("pk")),
        f"Aucun versement par la campagne {label}",
        f"La campagne de paiement {label} n’a rien pu verser à votre structure. Les raisons, et ce "
        "qui les fera disparaître, sont sur la page « Échéances retenues ».",
        reverse("payments:retenues"),
        nature=Nature.PAIEMENT,
        courriel=True,
        on=on,
    )
    _announce_waiting(campagne, label, on)
    notify(
        _departements(campagne),
        f"Campagne de paiement {label} exécutée",
        f"La campagne de paiement {label} est exécutée : le détail des versements que vous "
        "cofinancez est sur la page « Versements ».",
        list_of_month,
        nature=Nature.PAIEMENT,
        on=on,
    )


def _announce_waiting(campagne: Campagne, label: str, on: date) -> None:
    """Tell the structures of which a part waits for funds, and the départements that are short."""
    waiting = campagne.retenues.filter(motif=Retenue.Motif.FONDS)
    notify(
        _structures(waiting, "annexe__siae__structure"),
        "Part du département en attente de fonds",
        f"La campagne de paiement {label} n’a pas pu verser toute la part de votre département, "
        "dont les fonds ne suffisent pas. Ce qui attend est sur la page « Échéances retenues » et "
        "sera versé par la première campagne qui aura les fonds.",
        reverse("payments:retenues"),
        nature=Nature.PAIEMENT,
        courriel=True,
        on=on,
    )
    parts = PartEnAttente.objects.filter(
        liberee_le__isnull=True, versement__statut=Versement.Statut.EXECUTE
    )
    notify(
        _payers(parts.order_by().values("financeur")),
        "Fonds insuffisants : une part de vos paiements attend",
        f"À l’exécution de la campagne de paiement {label}, les fonds que vous avez versés n’ont "
        "pas suffi à payer votre part. Ce qui attend est sur la page « Échéances retenues ».",
        reverse("payments:retenues"),
        nature=Nature.PAIEMENT,
        courriel=True,
        on=on,
    )


def announce_forgotten(due: int, silent: int, on: date) -> None:
    """Tell the ASP that instalments due are in no run, that validated months released nothing."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Échéances dues et absentes des campagnes",
        f"Échéances dues qui ne figurent dans aucune campagne : {due}. États mensuels validés sans "
        f"versement ni retenue : {silent}. Vérifiez-les et préparez une campagne complémentaire.",
        reverse("payments:supervision"),
        nature=Nature.PAIEMENT,
        roles=(Role.GESTIONNAIRE,),
        courriel=True,
        on=on,
    )


def announce_blocks(count: int, on: date) -> None:
    """Tell the ASP that payments wait for a person to look."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Paiements bloqués, à vérifier",
        f"Paiements bloqués par la préparation d’une campagne : {count}. Coordonnées bancaires "
        "modifiées ou échéances en forte baisse : vérifiez-les, puis levez les blocages.",
        reverse("payments:blocages"),
        nature=Nature.PAIEMENT,
        roles=(Role.GESTIONNAIRE,),
        courriel=True,
        on=on,
    )


def _structures(rows: QuerySet, path: str) -> QuerySet[Organisation]:  # type: ignore[type-arg]
    structures = Structure.objects.filter(pk__in=rows.order_by().values(path))
    return Organisation.objects.filter(pk__in=structures.values("organisation"))


def _departements(campagne: Campagne) -> QuerySet[Organisation]:
    lines: QuerySet[Versement] = campagne.versements.executed().exclude(part_cd=0)
    return _payers(lines.order_by().values("financeur_cd"))


def _payers(funders: QuerySet) -> QuerySet[Organisation]:  # type: ignore[type-arg]
    """Organisations of these funders."""
    known = Financeur.objects.filter(pk__in=funders, organisation__isnull=False)
    return Organisation.objects.filter(pk__in=known.values("organisation"))
