"""The rules of the alerts, one small function each: a situation gives its alerts, or none.

List of the cahier des charges §3.1 (« tableau de bord d’alertes sur la réalisation »). Thresholds
are those of the reader (`seuils`), facts in `situation`, projections in `prevision`; `registre`
runs them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.urls import reverse

from apps.annexes.models import Suspension
from apps.core.templatetags.extranet import nombre_entier
from apps.dashboards.alertes.alerte import Alerte, Gravite, Nature
from apps.dashboards.alertes.prevision import consumption_of, order_expected
from apps.dashboards.alertes.seuils import Seuils
from apps.dashboards.alertes.situation import Situation
from apps.payments.models import Retenue
from apps.rules.explanation import NBSP, euros, pourcent
from apps.rules.money import HUNDRED, divide, rate
from apps.rules.periods import Month, with_de

PRIORITAIRE, A_SURVEILLER = Gravite.PRIORITAIRE, Gravite.A_SURVEILLER


def late_statements(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Statements not certified by the end of the following month, beyond the days tolerated:
    nothing is paid any more."""
    late = _late(s, seuils) if s.is_followed else []
    if not late:
        return
    since = (late[0] + 1).last_day + timedelta(days=1)
    count, days = len(late), (s.on - since).days + 1
    words = enumeration([mois.label for mois in late])
    yield _alert(
        s,
        Nature.ETAT_EN_RETARD,
        PRIORITAIRE,
        since=since,
        chiffre=f"{count}{NBSP}mois, {plural(days, 'jour')} de retard",
        texte=f"{'État mensuel' if count == 1 else 'États mensuels'} {words} : non "
        f"{'saisi' if count == 1 else 'saisis'} dans le délai, ou en attente de validation.",
        action="Demandez à la structure de certifier : les paiements de l’annexe sont suspendus "
        "jusqu’à la validation par l’ASP.",
        url=reverse("presence:liste", query={"annee": late[0].year, "q": s.dossier.annexe.numero}),
        lien="Voir le suivi mensuel",
    )


def suspended(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Payments suspended. The automatic suspension of a late statement is told by that alert,
    unless the reader does not follow it."""
    found = s.suspension
    if found is None or not s.is_followed:
        return
    told = seuils.follows(Nature.ETAT_EN_RETARD) and _late(s, seuils)
    if found.motif == Suspension.Motif.EMP_NON_SAISI and told:
        return
    yield _alert(
        s,
        Nature.SUSPENSION,
        PRIORITAIRE,
        since=found.depuis,
        chiffre=plural((s.on - found.depuis).days, "jour"),
        texte=f"{found.get_motif_display()} : {found.detail.rstrip('.')}.",
        action="Rapprochez-vous de l’ASP pour connaître ce qui permettra de reprendre les "
        "paiements.",
        url=reverse("annexes:detail", args=[s.dossier.annexe.pk]),
        lien="Voir l’annexe",
    )


def held(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Instalments that the last run found due and did not pay, by reason."""
    for retenue in s.retenues if s.is_followed else ():
        yield _alert(
            s,
            Nature.RETENUE,
            PRIORITAIRE,
            since=retenue.depuis,
            chiffre=euros(retenue.montant),
            texte=f"{plural(retenue.nombre, 'échéance')} en attente de paiement, tous financeurs "
            f"confondus : {Retenue.Motif(retenue.motif).label.lower()}.",
            action=ACTIONS[Retenue.Motif(retenue.motif)],
            url=reverse("payments:echeancier", args=[s.dossier.annexe.pk]),
            lien="Voir l’échéancier",
        )


ACTIONS = {
    Retenue.Motif.EMP_MANQUANT: "Faites valider les états mensuels des mois précédents : "
    "l’échéance sera payée à la campagne suivante.",
    Retenue.Motif.SUSPENSION: "Levez la cause de la suspension : les échéances seront payées à la "
    "campagne suivante.",
    Retenue.Motif.BANQUE: "Demandez à la structure de proposer ses coordonnées bancaires.",
    Retenue.Motif.CAOM: "Faites signer la CAOM : les annexes qu’elle cofinance attendent.",
    Retenue.Motif.MANDAT: "Faites signer la convention de mandat : les annexes attendent.",
    Retenue.Motif.BAREME: "L’ASP doit compléter le barème réglementaire.",
    Retenue.Motif.RETRAIT: "L’ASP a retiré la ligne de la campagne : demandez-lui le motif.",
}


def realisation(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Cumulative hours below or above the theoretical ones, by more than the thresholds."""
    validated = s.dossier.valides()
    if not s.is_followed or len(validated) < seuils.mois_observes:
        return
    taux = s.dossier.taux()
    low, high = seuils.realisation_basse, seuils.realisation_haute
    if low <= taux <= high:
        return  # the usual case: since when is not looked for
    rates, mois = _cumulative_rates(s), validated[-1].mois
    if taux < low:
        since = _start_of_run(rates, lambda value: value < low)
        yield _alert(
            s,
            Nature.SOUS_REALISATION,
            PRIORITAIRE if taux < seuils.realisation_tres_basse else A_SURVEILLER,
            since=since.first_day,
            chiffre=pourcent(taux),
            texte=f"Heures réalisées jusqu’à {mois.label}, sur les heures théoriques : moins de "
            f"{_short(low)}.",
            action="Examinez avec la structure les recrutements à venir ou une baisse des postes "
            "par avenant."
            if s.is_running
            else "Tenez-en compte pour dimensionner l’annexe suivante.",
            url=_posts(s),
            lien="Voir les postes d’insertion",
        )
    else:
        since = _start_of_run(rates, lambda value: value > high)
        yield _alert(
            s,
            Nature.SUR_REALISATION,
            A_SURVEILLER,
            since=since.first_day,
            chiffre=pourcent(taux),
            texte=f"Heures réalisées jusqu’à {mois.label} : plus de {_short(high)} des heures "
            "théoriques. Ce qui dépasse l’annexe n’est pas payé.",
            action="Examinez avec la DDETS si des postes peuvent être ajoutés par avenant.",
            url=_posts(s),
            lien="Voir les postes d’insertion",
        )


def overpaid(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Paid beyond the hours done: by so much, and the order to expect if nothing changes."""
    validated = s.dossier.valides()
    if not s.is_followed or s.dossier.soldee or len(validated) < seuils.mois_observes:
        return
    amount = s.dossier.trop_percu(s.on)
    if not amount:
        return
    order = order_expected(s.dossier, s.on)
    if not order and amount <= s.dossier.conditions.forfaits[0]:
        return  # the next regularisations take it back without an order
    tail = (
        f"un ordre de recouvrer de {euros(order)} est prévisible à la fin de l’annexe."
        if order
        else "les régularisations à venir devraient l’absorber."
    )
    yield _alert(
        s,
        Nature.TROP_PERCU,
        PRIORITAIRE if order else A_SURVEILLER,
        since=validated[-1].valide.valide_le,
        chiffre=euros(amount),
        texte=f"Versé au-delà des heures réalisées. Au rythme actuel, {tail}",
        action="Prévenez la structure et examinez une baisse des postes par avenant.",
        url=reverse("dashboards:bilans", args=[s.dossier.annexe.pk]),
        lien="Voir les bilans",
    )


def departement_amount(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """The département's amount used up before the end, or unlikely to be used."""
    validated = s.dossier.valides()
    enough = len(validated) >= seuils.mois_observes
    if not s.is_followed or s.dossier.soldee or not s.version.montant_cd or not enough:
        return
    use = consumption_of(s.dossier)
    since = validated[-1].valide.valide_le
    expected = rate(divide(HUNDRED * use.prevu_sous_plafond, use.plafond))
    url, link = _posts(s), "Voir les bénéficiaires, mois par mois"
    if use.epuise_en is not None:
        yield _alert(
            s,
            Nature.CD_EPUISE,
            PRIORITAIRE,
            since=since,
            chiffre=use.epuise_en.label,
            texte=f"Consommé {euros(use.consomme)} sur {euros(use.plafond)} : au rythme actuel, le "
            f"montant du département est épuisé en {use.epuise_en.label}.",
            action="L’État prend le relais au-delà. Décidez s’il faut un avenant.",
            url=url,
            lien=link,
        )
    elif expected < seuils.consommation_basse:
        yield _alert(
            s,
            Nature.CD_NON_CONSOMME,
            A_SURVEILLER,
            since=since,
            chiffre=f"{pourcent(expected)} attendus",
            texte=f"Consommé {euros(use.consomme)} sur {euros(use.plafond)} : "
            f"{euros(use.plafond - use.prevu_sous_plafond)} ne seraient pas utilisés.",
            action="Orientez des bénéficiaires du RSA vers la structure, ou réaffectez le montant "
            "par avenant.",
            url=url,
            lien=link,
        )


def beneficiaries(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Fewer RSA beneficiaries, month after month, than the annex aims at."""
    validated = s.dossier.valides()
    aimed = s.version.brsa_vises
    if not s.is_followed or len(validated) < seuils.mois_observes or not aimed:
        return
    present = sum(realise.brsa for realise in validated)
    if present >= aimed * len(validated) or validated[-1].brsa >= aimed:
        return
    pairs = [(realise.mois, realise.brsa) for realise in validated]
    yield _alert(
        s,
        Nature.BRSA,
        A_SURVEILLER,
        since=_start_of_run(pairs, lambda count: count < aimed).first_day,
        chiffre=f"{validated[-1].brsa} sur {aimed}",
        texte=f"Bénéficiaires du RSA présents en {validated[-1].mois.label}, sur ceux que vise "
        "l’annexe.",
        action="Voyez avec les référents RSA quelles orientations sont possibles.",
        url=_posts(s),
        lien="Voir les bénéficiaires, mois par mois",
    )


def exits(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Share of the exits that lead to something below the objective of the annex."""
    version, tally = s.version, s.sorties.total
    aimed = (
        version.taux_sorties_durables
        + version.taux_sorties_transition
        + version.taux_sorties_positives
    )
    last = s.sorties.derniere
    if not s.is_followed or last is None or tally.examinees < seuils.sorties_examinees:
        return
    if tally.taux_dynamiques >= aimed:
        return
    yield _alert(
        s,
        Nature.SORTIES,
        A_SURVEILLER,
        since=last,
        chiffre=pourcent(tally.taux_dynamiques),
        texte=f"Sorties dynamiques : {tally.dynamiques} sur {tally.examinees} examinées, pour un "
        f"objectif de {pourcent(aimed)}.",
        action="Faites le point sur l’accompagnement avec la structure lors du dialogue de "
        "gestion.",
        url=reverse("dashboards:bilan_objectifs", args=[s.dossier.annexe.pk]),
        lien="Voir le bilan des objectifs",
    )


def ending(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """The annex ends within the months watched (two, usually) and none follows it."""
    limit = Month.of(s.on) + seuils.mois_avant_la_fin
    if not s.is_running or s.a_une_suite or Month.of(s.version.fin) >= limit:
        return
    days = (s.version.fin - s.on).days
    yield _alert(
        s,
        Nature.FIN_SANS_SUITE,
        PRIORITAIRE if days <= seuils.jours_avant_la_fin_urgents else A_SURVEILLER,
        since=(Month.of(s.version.fin) - (seuils.mois_avant_la_fin - 1)).first_day,
        chiffre=plural(days, "jour"),
        texte=f"L’annexe finit le {s.version.fin:%d/%m/%Y} et aucune annexe ne lui fait suite "
        "dans votre périmètre.",
        action="Rapprochez-vous de la DDETS pour le renouvellement.",
        url=reverse("annexes:detail", args=[s.dossier.annexe.pk]),
        lien="Voir l’annexe",
    )


def unpaid_orders(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Recovery orders that the ledger still expects money for."""
    for due in s.ordres:
        age = (s.on - due.ordre.emis_le).days
        yield _alert(
            s,
            Nature.ORDRE_IMPAYE,
            PRIORITAIRE if age > seuils.jours_ordre_ancien else A_SURVEILLER,
            since=due.ordre.emis_le,
            chiffre=euros(due.reste),
            texte=f"Ordre n°{NBSP}{due.ordre.numero} ({due.ordre.financeur}), émis pour "
            f"{euros(due.ordre.montant_initial)} : non réglé depuis {plural(age, 'jour')}.",
            action="Suivez le recouvrement avec l’agence comptable de l’ASP.",
            url=reverse("recoveries:ordre", args=[due.ordre.pk]),
            lien="Voir l’ordre",
        )


REGLES = (
    late_statements,
    suspended,
    held,
    overpaid,
    realisation,
    departement_amount,
    beneficiaries,
    exits,
    ending,
    unpaid_orders,
)


def _alert(s: Situation, nature: Nature, gravite: Gravite, *, since, **texts) -> Alerte:  # type: ignore[no-untyped-def]
    return Alerte(nature=nature, gravite=gravite, annexe=s.dossier.annexe, depuis=since, **texts)


def _late(s: Situation, seuils: Seuils) -> list[Month]:
    return [mois for mois in s.mois_en_retard if seuils.late(mois, s.on)]


def _short(threshold: Decimal) -> str:
    """« 90 % », « 92,50 % »."""
    whole = threshold == threshold.to_integral_value()
    return f"{threshold:.0f}{NBSP}%" if whole else pourcent(threshold)


def _posts(s: Situation) -> str:
    return reverse("dashboards:postes", args=[s.dossier.annexe.pk])


def _cumulative_rates(s: Situation):  # type: ignore[no-untyped-def]
    """(month, rate of realisation since the beginning), per validated month."""
    months = [realise.mois for realise in s.dossier.valides()]
    return [(mois, s.dossier.taux(months[: rank + 1])) for rank, mois in enumerate(months)]


def _start_of_run(pairs, holds) -> Month:  # type: ignore[no-untyped-def]
    """First month of the unbroken run, up to the last month, for which the condition holds."""
    start = pairs[-1][0]
    for mois, value in reversed(pairs):
        if not holds(value):
            break
        start = mois
    return start


def plural(count: int, noun: str) -> str:
    """« 1 jour », « 3 jours », « 1 250 jours »."""
    return f"{nombre_entier(count)}{NBSP}{noun}{'s' if abs(count) > 1 else ''}"


def enumeration(words: list[str]) -> str:
    """« de mars 2023 et d’avril 2023 », months after a noun."""
    said = [with_de(word) for word in words]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} et {said[-1]}"
