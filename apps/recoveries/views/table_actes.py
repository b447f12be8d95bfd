"""Table of the acts of the amicable phase: one row per page, drawn by `views.actes`.

Each row gives the words of its page, the roles it is for, its form, whether it may be done now,
the service that does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.accounts.models import Membership, Role
from apps.core.clock import today
from apps.core.verdicts import Verdict
from apps.recoveries import forms, permissions, services
from apps.recoveries.models import (
    Compensation,
    Encaissement,
    Excedent,
    OrdreDeRecouvrer,
    PlanDePaiement,
    Remboursement,
)
from apps.recoveries.services.ordres import delay

COMPTABLE = (Role.COMPTABLE,)
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Acte:
    """`explication` says what will happen; `initial` fills the form."""

    model: type[Any]
    titre: str
    libelle: str
    explication: str
    succes: str
    roles: tuple[Role, ...]
    verdict: Callable[[Membership, Any], Verdict]
    act: Callable[[Membership, Any, Data], object]
    form: type[forms.ActeForm] = forms.SansSaisieForm
    initial: Callable[[Any], Data] = lambda objet: {}


def _pursuit(event: str) -> Callable[[Membership, Any], Verdict]:
    return lambda acting, ordre: permissions.can_pursue(event, acting, ordre, today())


def _pursue(event: str) -> Callable[[Membership, Any, Data], object]:
    return lambda acting, ordre, data: services.pursue(acting, ordre, event, **data)


def _call(service: Callable[..., object]) -> Callable[[Membership, Any, Data], object]:
    """The service, given the person, the object and what was typed."""
    return lambda acting, objet, data: service(acting, objet, **data)


_of_order = partial(Acte, OrdreDeRecouvrer, roles=COMPTABLE)
_of_plan = partial(Acte, PlanDePaiement, roles=COMPTABLE)
_of_surplus = partial(Acte, Excedent)
_of_refund = partial(Acte, Remboursement)

ACTES: dict[str, Acte] = {
    "notifier": _of_order(
        "Notifier l’ordre de recouvrer",
        "Notifier",
        f"L’ordre est notifié à la structure aujourd’hui. Elle a {delay('NOTIFICATION')} jours "
        "pour le payer. Sans cet acte, il est notifié la nuit prochaine.",
        "L’ordre est notifié.",
        verdict=_pursuit("notifier"),
        act=_pursue("notifier"),
    ),
    "relancer": _of_order(
        "Relancer la structure",
        "Relancer",
        f"Une relance est adressée à la structure, qui a {delay('RELANCE')} jours pour payer. "
        "Sans cet acte, elle est faite la nuit prochaine.",
        "La relance est faite.",
        verdict=_pursuit("relancer"),
        act=_pursue("relancer"),
    ),
    "mettre_en_demeure": _of_order(
        "Mettre en demeure de payer",
        "Mettre en demeure",
        "Une mise en demeure est adressée à la structure : elle a "
        f"{delay('MISE_EN_DEMEURE')} jours pour payer. Le "
        "recouvrement forcé peut être engagé ensuite.",
        "La mise en demeure est faite.",
        verdict=_pursuit("mettre_en_demeure"),
        act=_pursue("mettre_en_demeure"),
    ),
    "forcer": _of_order(
        "Engager le recouvrement forcé",
        "Engager le recouvrement forcé",
        "La phase amiable prend fin : l’ordre de recouvrer est exécuté par la voie choisie. La "
        "structure en est avertie.",
        "Le recouvrement forcé est engagé.",
        form=forms.ForceForm,
        verdict=_pursuit("forcer"),
        act=_pursue("forcer"),
    ),
    "encaisser": _of_order(
        "Enregistrer un encaissement",
        "Enregistrer l’encaissement",
        "La somme est portée au compte du financeur et réduit la somme due ; l’ordre est soldé "
        "lorsqu’il ne reste rien. Une somme supérieure est refusée, sauf si vous décidez de "
        "conserver l’excédent au crédit de la structure.",
        "L’encaissement est enregistré.",
        form=forms.EncaissementForm,
        verdict=permissions.can_cash,
        act=_call(services.record_cash),
        initial=lambda ordre: {"montant": ordre.reste or None, "recu_le": today()},
    ),
    "compenser": _of_order(
        "Décider une compensation",
        "Décider la compensation",
        "Un avis est adressé à la structure. Après un délai de "
        f"{delay('COMPENSATION')} jours pour ses observations, la somme due est retenue sur les "
        "versements que le même financeur lui fait, jusqu’à son paiement entier.",
        "La compensation est décidée et notifiée.",
        form=forms.CompensationForm,
        verdict=lambda acting, ordre: permissions.can_set_off(acting, ordre, today()),
        act=_call(services.decide_set_off),
    ),
    "plan_demander": _of_order(
        "Demander un plan de paiement",
        "Demander le plan",
        "La demande est adressée à l’agent comptable de l’ASP, qui l’accorde ou la refuse. Tant "
        "qu’elle n’est pas accordée, la somme reste due à son échéance.",
        "La demande de plan est transmise à l’agent comptable.",
        roles=(Role.RESPONSABLE, Role.GESTIONNAIRE),
        form=forms.PlanForm,
        verdict=permissions.can_ask_plan,
        act=_call(services.ask_plan),
    ),
    "plan_accorder": _of_plan(
        "Accorder le plan de paiement",
        "Accorder le plan",
        "La somme due ce jour est répartie sur les échéances ; le recouvrement est suspendu tant "
        "qu’elles sont payées. Une échéance impayée "
        f"{delay('ECHEANCE_PLAN')} jours après sa date met fin au plan.",
        "Le plan de paiement est accordé et notifié.",
        form=forms.AccordForm,
        verdict=permissions.can_decide_plan,
        act=_call(services.grant_plan),
        initial=lambda plan: {"nombre": plan.nombre, "premiere": plan.premiere},
    ),
    "plan_refuser": _of_plan(
        "Refuser le plan de paiement",
        "Refuser le plan",
        "Le recouvrement continue. La structure peut présenter une autre demande.",
        "Le plan de paiement est refusé ; le motif est notifié.",
        form=forms.MotifNotifieForm,
        verdict=permissions.can_decide_plan,
        act=_call(services.refuse_plan),
    ),
    "plan_reechelonner": _of_plan(
        "Rééchelonner le plan rompu",
        "Rééchelonner",
        "Une nouvelle version du plan répartit la somme due sur les échéances qui restent à "
        "venir ; le recouvrement est de nouveau suspendu.",
        "Le plan est rééchelonné et notifié.",
        form=forms.MotifForm,
        verdict=permissions.can_rebuild_plan,
        act=_call(services.rebuild_plan),
    ),
    "encaissement_annuler": Acte(
        Encaissement,
        "Annuler l’encaissement",
        "Annuler l’encaissement",
        "L’écriture est extournée, ainsi que celle de l’excédent qui en est né : la somme est de "
        "nouveau due. Un ordre soldé reprend son cours, avec une nouvelle échéance.",
        "L’encaissement est annulé.",
        COMPTABLE,
        permissions.can_cancel_cash,
        _call(services.cancel_cash),
        forms.MotifForm,
    ),
    "compensation_lever": Acte(
        Compensation,
        "Lever la compensation",
        "Lever la compensation",
        "Plus rien ne sera retenu sur les versements de la structure pour cet ordre, qui reste à "
        "payer. Les retenues déjà faites demeurent.",
        "La compensation est levée.",
        COMPTABLE,
        permissions.can_lift_set_off,
        _call(services.lift_set_off),
        forms.MotifForm,
    ),
    "excedent_imputer": _of_surplus(
        "Imputer l’excédent",
        "Imputer",
        "L’excédent paie, en tout ou partie, un autre ordre de la même structure et du même "
        "financeur. Aucune somme ne sort du compte.",
        "L’excédent est imputé.",
        COMPTABLE,
        form=forms.ImputationForm,
        verdict=permissions.can_choose_what_to_pay,
        act=_call(services.use_surplus),
        initial=lambda excedent: {"montant": excedent.reste},
    ),
    "excedent_rembourser": _of_surplus(
        "Ordonner le remboursement de l’excédent",
        "Ordonner le remboursement",
        "Tout ce qui reste de l’excédent est à rembourser à la structure. L’agent comptable, une "
        "autre personne, le paie hors campagne et enregistre la référence de la banque.",
        "Le remboursement est ordonné.",
        (Role.ORDONNATEUR,),
        form=forms.MotifForm,
        verdict=permissions.can_order_refund,
        act=_call(services.order_refund),
    ),
    "remboursement_payer": _of_refund(
        "Enregistrer le paiement du remboursement",
        "Enregistrer le paiement",
        "Faites le virement à la banque, puis enregistrez ici sa référence : l’écriture est passée "
        "et la structure est avertie.",
        "Le remboursement est payé.",
        COMPTABLE,
        form=forms.PaiementForm,
        verdict=permissions.can_pay_refund,
        act=_call(services.pay_refund),
    ),
    "remboursement_abandonner": _of_refund(
        "Abandonner le remboursement",
        "Abandonner le remboursement",
        "L’excédent reste au crédit de la structure : il peut être imputé, ou remboursé plus tard.",
        "Le remboursement est abandonné.",
        (Role.ORDONNATEUR, Role.COMPTABLE),
        form=forms.MotifForm,
        verdict=permissions.can_give_up_refund,
        act=_call(services.give_up_refund),
    ),
}
