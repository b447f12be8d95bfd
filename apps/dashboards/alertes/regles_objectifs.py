"""Rules of the alerts on what was agreed: hours, the département's amount, beneficiaries, exits.

They are told while the annex runs and in the year after its end, when they serve the next one.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from apps.dashboards.alertes.alerte import Alerte, Nature
from apps.dashboards.alertes.conseils import ANNEXE_FINIE, conseil
from apps.dashboards.alertes.phrases import over_months, plural, short_rate
from apps.dashboards.alertes.prevision import consumption_of
from apps.dashboards.alertes.seuils import Seuils
from apps.dashboards.alertes.situation import Situation
from apps.rules.explanation import euros, nombre, pourcent
from apps.rules.money import HUNDRED, cents, divide, rate
from apps.rules.periods import Month

BENEFICIAIRES = "Voir les bénéficiaires, mois par mois"


def realisation(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Cumulative hours below or above the theoretical ones, by more than the thresholds."""
    validated = s.dossier.valides()
    if not s.is_recent or len(validated) < seuils.mois_observes:
        return
    taux = s.dossier.taux()
    low, high = seuils.realisation_basse, seuils.realisation_haute
    if low <= taux <= high:
        return  # the usual case: since when is not looked for
    below = taux < low
    nature = Nature.SOUS_REALISATION if below else Nature.SUR_REALISATION
    done, planned = s.dossier.heures(), s.dossier.theoriques()
    said = (
        f"{nombre(done)} heures réalisées sur {nombre(planned)} prévues "
        f"{over_months([realise.mois for realise in validated])}"
    )
    worth = cents(divide(s.dossier.conditions.total * (planned - done), s.heures_de_l_annexe))
    since = _start_of_run(
        _cumulative_rates(s), lambda value: value < low if below else value > high
    )
    yield s.alert(
        nature,
        urgent=below and taux < seuils.realisation_tres_basse,
        since=since.last_day,
        chiffre=pourcent(taux),
        texte=f"{said}, au-dessous du seuil de {short_rate(low)} : {nombre(planned - done)} heures "
        f"manquent, soit {euros(worth)} d’aide."
        if below
        else f"{said}, au-dessus du seuil de {short_rate(high)}. Ce qui dépasse l’annexe n’est pas "
        "payé.",
        action=_advice(s, nature),
        url=_posts(s),
        lien="Voir les postes d’insertion",
        montant=worth if below else None,
        taux=taux,
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
    used = f"{euros(use.consomme)} consommés sur {euros(use.plafond)}"
    if use.epuise_en is not None:
        yield s.alert(
            Nature.CD_EPUISE,
            urgent=True,
            since=since,
            chiffre=use.epuise_en.label,
            texte=f"{used} : au rythme actuel, le montant du département est épuisé en "
            f"{use.epuise_en.label}.",
            action=_advice(s, Nature.CD_EPUISE),
            url=_posts(s),
            lien=BENEFICIAIRES,
        )
    elif expected < seuils.consommation_basse:
        left = use.plafond - use.prevu_sous_plafond
        yield s.alert(
            Nature.CD_NON_CONSOMME,
            urgent=False,
            since=since,
            chiffre=f"{pourcent(expected)} attendus",
            texte=f"{used} : {euros(left)} ne seraient pas utilisés.",
            action=_advice(s, Nature.CD_NON_CONSOMME),
            url=_posts(s),
            lien=BENEFICIAIRES,
            montant=left,
            taux=expected,
        )


def beneficiaries(s: Situation, seuils: Seuils) -> Iterator[Alerte]:
    """Fewer RSA beneficiaries, month after month, than the annex aims at, by the gap told."""
    validated = s.dossier.valides()
    aimed = s.version.brsa_vises
    if not s.is_recent or len(validated) < seuils.mois_observes or not aimed:
        return
    present, last = sum(realise.brsa for realise in validated), validated[-1]
    if present >= aimed * len(validated) or aimed - last.brsa < max(1, seuils.ecart_brsa):
        return
    pairs = [(realise.mois, realise.brsa) for realise in validated]
    yield s.alert(
        Nature.BRSA,
        urgent=False,
        since=_start_of_run(pairs, lambda count: count < aimed).first_day,
        chiffre=f"{last.brsa} sur {aimed}",
        texte=f"En {last.mois.label}, {plural(last.brsa, 'bénéficiaire')} du RSA "
        f"{'présents' if last.brsa > 1 else 'présent'} pour {aimed} "
        f"{'visés' if aimed > 1 else 'visé'} ; {present} mois de présence sur "
        f"{aimed * len(validated)} depuis le début.",
        action=_advice(s, Nature.BRSA),
        url=_posts(s),
        lien=BENEFICIAIRES,
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
    if not s.is_recent or last is None or tally.examinees < seuils.sorties_examinees:
        return
    if tally.taux_dynamiques >= aimed:
        return
    yield s.alert(
        Nature.SORTIES,
        urgent=False,
        since=last,
        chiffre=pourcent(tally.taux_dynamiques),
        texte=f"{plural(tally.dynamiques, 'sortie')} "
        f"{'dynamiques' if tally.dynamiques > 1 else 'dynamique'} sur {tally.examinees} examinées, "
        f"pour un objectif de {pourcent(aimed)}.",
        action=conseil(Nature.SORTIES, s.lecteur),
        url=reverse("dashboards:bilan_objectifs", args=[s.dossier.annexe.pk]),
        lien="Voir le bilan des objectifs",
        taux=tally.taux_dynamiques,
    )


def _advice(s: Situation, nature: Nature) -> str:
    return conseil(nature, s.lecteur) if s.is_running else ANNEXE_FINIE


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
