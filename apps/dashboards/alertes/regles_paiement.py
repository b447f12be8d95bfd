"""Rules of the alerts on money: late statements, suspensions, instalments held, orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.urls import reverse

from apps.accounts.models import Organisation
from apps.annexes.models import Suspension
from apps.dashboards.alertes.alerte import Alerte, Nature
from apps.dashboards.alertes.conseils import ANNEXE_FINIE, conseil
from apps.dashboards.alertes.phrases import of_months, plural
from apps.dashboards.alertes.prevision import order_expected
from apps.dashboards.alertes.seuils import Seuils
from apps.dashboards.alertes.situation import EcheanceRetenue, OrdreDu, Situation
from apps.payments.models import Retenue
from apps.recoveries.documents import DELAI_PAIEMENT_JOURS
from apps.rules.explanation import NBSP, euros
from apps.rules.periods import Month

ASP, CD, SIAE = Organisation.Type.ASP, Organisation.Type.CD, Organisation.Type.SIAE
CAMPAGNE = "L’échéance sera payée à la campagne qui suivra"
BLOCAGE = "Vérifiez, puis levez le blocage sur la page « Blocages des paiements »."


def late_statements(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Statements not certified by the end of the following month, beyond the days tolerated:
    nothing is paid any more. The instalments held for that reason are told by the same alert."""
    late = _late(s, seuils) if s.is_followed else []
    if not late:
        return
    since = (late[0] + 1).last_day + timedelta(days=1)
    count, days = len(late), plural((s.on - since).days + 1, "jour")
    held = next((r for r in s.retenues if r.motif == Retenue.Motif.EMP_MANQUANT), None)
    one = count == 1
    yield s.alert(
        Nature.ETAT_EN_RETARD,
        urgent=True,
        since=since,
        chiffre=f"1{NBSP}mois, en retard de {days}"
        if one
        else f"{count}{NBSP}mois, le plus ancien en retard de {days}",
        texte=f"{'État mensuel' if one else 'États mensuels'} {of_months(late)} : non "
        f"{'saisi' if one else 'saisis'} dans le délai, ou en attente de validation."
        + (f" {_waiting(held)}." if held else ""),
        action=conseil(Nature.ETAT_EN_RETARD, s.lecteur),
        url=reverse("presence:liste", query={"annee": late[0].year, "q": s.dossier.annexe.numero}),
        lien="Voir le suivi mensuel",
        montant=held.montant if held else None,
    )


def suspended(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Payments suspended. The automatic suspension of a late statement is told by that alert,
    unless the reader does not follow it."""
    found = s.suspension
    if found is None or not s.is_followed:
        return
    if found.motif == Suspension.Motif.EMP_NON_SAISI and _tells_late(s, seuils):
        return
    yield s.alert(
        Nature.SUSPENSION,
        urgent=True,
        since=found.depuis,
        chiffre=plural((s.on - found.depuis).days, "jour"),
        texte=f"{found.get_motif_display()} : {found.detail.rstrip('.')}.",
        action=conseil(Nature.SUSPENSION, s.lecteur),
        url=reverse("annexes:detail", args=[s.dossier.annexe.pk]),
        lien="Voir l’annexe",
    )


def held(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Instalments that the last run found due and did not pay, by reason; those that a late
    statement holds are told with it."""
    for retenue in s.retenues if s.is_followed else ():
        motif = Retenue.Motif(retenue.motif)
        if motif == Retenue.Motif.EMP_MANQUANT and _tells_late(s, seuils):
            continue
        yield s.alert(
            Nature.RETENUE,
            urgent=True,
            since=retenue.depuis,
            chiffre=euros(retenue.montant),
            texte=f"{_waiting(retenue)} : {motif.label.lower()}.",
            action=_to_do(motif, s.lecteur),
            url=reverse("payments:echeancier", args=[s.dossier.annexe.pk]),
            lien="Voir l’échéancier",
            montant=retenue.montant,
        )


def overpaid(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Paid beyond the hours done: by so much, and the order to expect if nothing changes."""
    validated = s.dossier.valides()
    if not s.is_followed or s.dossier.soldee or len(validated) < seuils.mois_observes:
        return
    amount = s.dossier.trop_percu(s.on)
    if not amount or amount < seuils.trop_percu_minimum:
        return
    order = order_expected(s.dossier, s.on)
    if not order and amount <= s.dossier.conditions.forfaits[0]:
        return  # the next regularisations take it back without an order
    tail = (
        f"un ordre de recouvrer de {euros(order)} est prévisible à la fin de l’annexe."
        if order
        else "les régularisations à venir devraient l’absorber."
    )
    yield s.alert(
        Nature.TROP_PERCU,
        urgent=bool(order),
        since=validated[-1].valide.valide_le,
        chiffre=euros(amount),
        texte=f"{euros(amount)} versés au-delà des heures réalisées. Au rythme actuel, {tail}",
        action=conseil(Nature.TROP_PERCU, s.lecteur) if s.is_running else ANNEXE_FINIE,
        url=reverse("dashboards:bilans", args=[s.dossier.annexe.pk]),
        lien="Voir les bilans",
        montant=amount,
    )


def unpaid_orders(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Recovery orders past their date of payment that the ledger still expects money for."""
    for due in s.ordres:
        # The last day given by an act; an order not notified yet counts from its issue.
        usual = due.ordre.emis_le + timedelta(days=DELAI_PAIEMENT_JOURS)
        term = due.ordre.echeance or usual
        days = (s.on - term).days
        if days <= 0:
            continue
        yield s.alert(
            Nature.ORDRE_IMPAYE,
            urgent=days > seuils.jours_ordre_ancien,
            since=term + timedelta(days=1),
            chiffre=euros(due.reste),
            texte=f"Ordre n°{NBSP}{due.ordre.numero} ({due.ordre.financeur}), émis le "
            f"{due.ordre.emis_le:%d/%m/%Y} pour {euros(due.ordre.montant_initial)}"
            f"{_since_issue(due)} : échu depuis {plural(days, 'jour')}.",
            action=conseil(Nature.ORDRE_IMPAYE, s.lecteur),
            url=reverse("recoveries:ordre", args=[due.ordre.pk]),
            lien="Voir l’ordre",
            montant=due.reste,
        )


def _late(s: Situation, seuils: Seuils) -> list[Month]:
    return [mois for mois in s.mois_en_retard if seuils.late(mois, s.on)]


def _tells_late(s: Situation, seuils: Seuils) -> bool:
    return seuils.follows(Nature.ETAT_EN_RETARD) and bool(_late(s, seuils))


def _waiting(retenue: EcheanceRetenue) -> str:
    """« 3 échéances, 40 593,00 € tous financeurs confondus, attendent leur paiement »."""
    count = retenue.nombre + retenue.soldes
    final = ", dont la régularisation finale, dont le montant dépend des heures" * bool(
        retenue.soldes
    )
    least = " au moins" * bool(retenue.soldes)
    verb = "attend son paiement" if count == 1 else "attendent leur paiement"
    return (
        f"{plural(count, 'échéance')}{final}, {euros(retenue.montant)}{least} tous financeurs "
        f"confondus, {verb}"
    )


def _to_do(motif: Retenue.Motif, lecteur: str) -> str:
    """What frees an instalment: who acts depends on the reason."""
    own = {
        (Retenue.Motif.EMP_MANQUANT, SIAE): "Saisissez et certifiez les états mensuels qui "
        "manquent : l’échéance sera payée après leur validation par l’ASP.",
        (Retenue.Motif.BANQUE, SIAE): "Proposez vos coordonnées bancaires : l’échéance sera payée "
        "à la campagne qui suivra leur validation.",
        (Retenue.Motif.FONDS, CD): "Versez des fonds à l’ASP : la campagne suivante paiera ce qui "
        "attend, du mois le plus ancien au plus récent.",
        (Retenue.Motif.BANQUE_MODIFIEE, ASP): BLOCAGE,
        (Retenue.Motif.BAISSE, ASP): BLOCAGE,
        (Retenue.Motif.REJET_VIREMENT, SIAE): "Proposez des coordonnées bancaires corrigées : la "
        "somme sera virée de nouveau après leur contrôle.",
        (Retenue.Motif.BAREME, ASP): "Complétez le barème réglementaire.",
        (Retenue.Motif.RETRAIT, ASP): "La ligne a été retirée de la campagne : vérifiez que son "
        "motif tient toujours.",
    }
    return (
        own.get((motif, lecteur))
        or {
            Retenue.Motif.EMP_MANQUANT: f"{CAMPAGNE} la validation des états mensuels par l’ASP.",
            Retenue.Motif.SUSPENSION: f"{CAMPAGNE} la levée de la suspension.",
            Retenue.Motif.BANQUE: "Demandez à la structure de proposer ses coordonnées bancaires.",
            Retenue.Motif.CAOM: f"{CAMPAGNE} la signature de la CAOM par le département et l’État.",
            Retenue.Motif.MANDAT: f"{CAMPAGNE} la signature de la convention de mandat.",
            Retenue.Motif.BAREME: "L’ASP doit compléter le barème réglementaire.",
            Retenue.Motif.RETRAIT: "L’ASP a retiré la ligne de la campagne : "
            "demandez-lui le motif.",
            Retenue.Motif.FONDS: f"{CAMPAGNE} le versement de fonds par le département.",
            Retenue.Motif.BANQUE_MODIFIEE: f"{CAMPAGNE} la vérification du compte par l’ASP.",
            Retenue.Motif.REJET_VIREMENT: f"{CAMPAGNE} la correction des coordonnées bancaires.",
            Retenue.Motif.BAISSE: f"{CAMPAGNE} la vérification de l’échéance par l’ASP.",
        }[motif]
    )


def _since_issue(due: OrdreDu) -> str:
    """What became of the amount issued: « , dont 671,68 € déjà réglés »."""
    parts: list[tuple[Decimal, str]] = [
        (due.ordre.montant - due.reste, "déjà réglés"),
        (due.ordre.montant_initial - due.ordre.montant, "retirés"),
    ]
    said = [f"{euros(amount)} {word}" for amount, word in parts if amount > 0]
    return f", dont {' et '.join(said)}" if said else ""
