"""Writes on financeurs, CAOM, conventions de mandat and conventions IAE.

Text: convention de mandat articles 3 (credits), 9 (duration) and 10 (denunciation). Called by the
screens of this app, by the demonstration and by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership
from apps.conventions.models import (
    AvenantFinancier,
    Caom,
    ConventionIae,
    ConventionMandat,
    Financeur,
    ObjectifCaom,
    VoletCaom,
)
from apps.conventions.permissions import (
    can_manage_caom,
    can_manage_convention,
    can_manage_financeurs,
    can_manage_mandat,
)
from apps.core import fence
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import record
from apps.siae.models import Siae

PREAVIS_DENONCIATION = 6  # months (art. 10)
ANNEES_DE_RECONDUCTION = 3  # years beyond the first period (art. 9)
# Higher applications add what a signature brings about (call for the advance): see their AppConfig.
SIGNATURE_STEPS: list[Callable[[Membership, ConventionMandat], object]] = []


@transaction.atomic
def create_financeur(
    acting: Membership, *, type: str, code: str, nom: str, **fields: Any
) -> Financeur:
    can_manage_financeurs(acting).enforce()
    if Financeur.objects.filter(code=code).exists():
        raise Refus(f"Un financeur porte déjà le code {code}.")
    if type == Financeur.Type.ETAT and Financeur.objects.filter(type=type).exists():
        raise Refus("L’État est déjà enregistré comme financeur.")
    financeur = Financeur.objects.create(type=type, code=code, nom=nom, **fields)
    record(acting, "financeur.cree", financeur, apres={"code": code, "nom": nom})
    return financeur


@transaction.atomic
def create_caom(
    acting: Membership,
    financeur: Financeur,
    *,
    annee: int,
    objectifs: Sequence[Mapping[str, Any]] = (),
    somme_des_montants_dates: bool = False,
) -> Caom:
    """Record a CAOM and its objectives (volet 2).

    Each objective: `mesure`, `entrees`, `entrees_brsa`, `montant_mensuel`, `mois_prevus`, and
    optionally `effet` (1 January of the year by default) and the other publics, each at most the
    total. Its amount is beneficiaries × monthly amount × months. Refused twice for the same year.
    """
    can_manage_caom(acting, financeur).enforce()
    if financeur.is_etat:
        raise Refus("Une CAOM est conclue avec un département : choisissez un département.")
    if Caom.objects.filter(financeur=financeur, annee=annee).exists():
        raise Refus(f"La CAOM {annee} de {financeur.nom} est déjà enregistrée.")
    caom = Caom.objects.create(
        financeur=financeur, annee=annee, somme_des_montants_dates=somme_des_montants_dates
    )
    added = [str(_add_objectif(caom, objectif)) for objectif in objectifs]
    record(acting, "caom.creee", caom, apres={"annee": annee, "objectifs": added})
    return caom


@transaction.atomic
def adjust_objectif(
    acting: Membership, caom: Caom, *, effet: date, accord_le: date | None = None, **objectif: Any
) -> ObjectifCaom:
    """New dated version of an objective, agreed by avenant or exchange of letters.

    Once the CAOM is signed, `accord_le` (day of that agreement) is required, so that nothing
    unsigned counts, and volet 2 has a further edition. Refused outside the year of the CAOM.
    """
    can_manage_caom(acting, caom.financeur).enforce()
    caom = Caom.objects.select_for_update(of=("self",)).select_related("financeur").get(pk=caom.pk)
    if caom.objectifs.filter(mesure=objectif["mesure"], effet=effet).exists():
        raise Refus(f"Un objectif prend déjà effet le {effet:%d/%m/%Y} pour cette mesure.")
    _check_accord(caom, accord_le)
    adjusted = _add_objectif(caom, {**objectif, "effet": effet, "accord_le": accord_le})
    if caom.signee_le:
        _issue_volets(caom, [effet])
    dated = {"effet": effet} | ({"accord_le": accord_le} if accord_le else {})
    record(acting, "caom.objectif_ajuste", caom, apres={**objectif, **dated})
    return adjusted


@transaction.atomic
def sign_caom(acting: Membership, caom: Caom, on: date) -> Caom:
    """Record the signature: volet 2 has one edition for each date its objectives take effect.

    Refused in the future, before the year that precedes the CAOM, and twice.
    """
    can_manage_caom(acting, caom.financeur).enforce()
    caom = Caom.objects.select_for_update(of=("self",)).select_related("financeur").get(pk=caom.pk)
    if caom.signee_le:
        raise Refus(f"Cette CAOM a déjà été signée le {caom.signee_le:%d/%m/%Y}.")
    if on > today():
        raise Refus(
            f"La CAOM ne peut pas être signée le {on:%d/%m/%Y}, qui est à venir : enregistrez la "
            "signature une fois la convention signée."
        )
    if on.year < caom.annee - 1:
        raise Refus(
            f"La CAOM {caom.annee} ne peut pas avoir été signée le {on:%d/%m/%Y} : donnez une date "
            f"à partir du 01/01/{caom.annee - 1}."
        )
    caom.signee_le = on
    caom.save(update_fields=["signee_le"])
    _issue_volets(caom, sorted(set(caom.objectifs.values_list("effet", flat=True))))
    record(acting, "caom.signee", caom, apres={"signee_le": on})
    return caom


@transaction.atomic
def create_mandat(
    acting: Membership,
    financeur: Financeur,
    *,
    reference: str,
    debut: date,
    fin: date,
    avance: Decimal,
    modalite: str = ConventionMandat.Modalite.AVANCE_UNIQUE,
    iban_asp: str = "",
    avenants: Sequence[Mapping[str, Any]] = (),
) -> ConventionMandat:
    """Record a convention de mandat with its yearly credits (art. 3)."""
    can_manage_mandat(acting).enforce()
    if financeur.is_etat:
        raise Refus("Une convention de mandat est conclue avec un département.")
    if fin < debut:
        raise Refus("La fin de la période d’engagement précède son début.")
    if fin.year - debut.year > ANNEES_DE_RECONDUCTION + 1:
        raise Refus(
            "La convention est reconductible dans la limite de trois ans en sus de la "
            "période initiale (article 9)."
        )
    if ConventionMandat.objects.filter(reference=reference).exists():
        raise Refus(f"La convention de mandat {reference} est déjà enregistrée.")
    mandat = ConventionMandat.objects.create(
        financeur=financeur,
        reference=reference,
        debut=debut,
        fin=fin,
        avance=avance,
        modalite=modalite,
        iban_asp=iban_asp,
    )
    AvenantFinancier.objects.bulk_create(
        [AvenantFinancier(mandat=mandat, **avenant) for avenant in avenants]
    )
    record(
        acting,
        "mandat.cree",
        mandat,
        apres={"debut": debut, "fin": fin, "avenants": list(avenants)},
    )
    return mandat


@transaction.atomic
def sign_mandat(
    acting: Membership, mandat: ConventionMandat, on: date, *, modalite: str = ""
) -> ConventionMandat:
    """Record the signature, which brings about the registered steps. Refused to come, and twice.

    `modalite`: how the convention as signed is funded, when it is not as recorded.
    """
    can_manage_mandat(acting).enforce()
    mandat = ConventionMandat.objects.select_for_update(of=("self",)).get(pk=mandat.pk)
    if mandat.signee_le:
        raise Refus(f"Cette convention a déjà été signée le {mandat.signee_le:%d/%m/%Y}.")
    if on > today():
        raise Refus(
            f"La convention ne peut pas être signée le {on:%d/%m/%Y}, qui est à venir : "
            "enregistrez la signature une fois la convention signée."
        )
    mandat.signee_le = on
    mandat.modalite = modalite or mandat.modalite
    mandat.save(update_fields=["signee_le", "modalite"])
    record(acting, "mandat.signe", mandat, apres={"signee_le": on, "modalite": mandat.modalite})
    for step in SIGNATURE_STEPS:
        step(acting, mandat)
    return mandat


@transaction.atomic
def add_avenant_financier(
    acting: Membership,
    mandat: ConventionMandat,
    *,
    annee: int,
    credits_intervention: Decimal,
    prix_annexe: Decimal,
    annexes_prevues: int,
    forfait_annuel: Decimal,
    credits_frais: Decimal | None = None,
    credits_paiement: Decimal | None = None,
    notifie_le: date | None = None,
) -> AvenantFinancier:
    """Record the credits of one year; the fees are those of art. 3.2 unless given.

    `credits_paiement`: the intervention credits unless given; `notifie_le`: day on which the
    département notified its vote, within the year at the latest.
    """
    can_manage_mandat(acting).enforce()
    mandat = ConventionMandat.objects.select_for_update(of=("self",)).get(pk=mandat.pk)
    if not mandat.debut.year <= annee <= mandat.fin.year:
        raise Refus(
            f"La convention engage de {mandat.debut.year} à {mandat.fin.year} : l’avenant "
            f"financier {annee} n’est pas de sa période."
        )
    if mandat.avenants.filter(annee=annee).exists():
        raise Refus(f"L’avenant financier {annee} de cette convention est déjà enregistré.")
    if notifie_le and notifie_le > min(today(), date(annee, 12, 31)):
        raise Refus(
            f"Les crédits {annee} sont notifiés après le vote du budget, au plus tard le 31/12/"
            f"{annee} : le {notifie_le:%d/%m/%Y} ne convient pas."
        )
    avenant = AvenantFinancier(
        mandat=mandat,
        annee=annee,
        credits_intervention=credits_intervention,
        prix_annexe=prix_annexe,
        annexes_prevues=annexes_prevues,
        forfait_annuel=forfait_annuel,
        credits_paiement=credits_paiement,
        notifie_le=notifie_le,
    )
    avenant.credits_frais = avenant.frais_previsionnels if credits_frais is None else credits_frais
    avenant.save()
    record(
        acting,
        "mandat.avenant_financier",
        mandat,
        apres={
            "annee": annee,
            "credits_intervention": credits_intervention,
            "credits_frais": avenant.credits_frais,
            "credits_paiement": avenant.paiements_autorises,
            "notifie_le": notifie_le,
        },
    )
    return avenant


@transaction.atomic
def denounce_mandat(
    acting: Membership, mandat: ConventionMandat, *, recue_le: date, motif: str
) -> ConventionMandat:
    """Denunciation by registered letter: no new annex six months later (art. 10)."""
    can_manage_mandat(acting).enforce()
    mandat = ConventionMandat.objects.select_for_update(of=("self",)).get(pk=mandat.pk)
    if mandat.denoncee_le:
        raise Refus(
            f"Cette convention n’engage déjà plus à compter du {mandat.denoncee_le:%d/%m/%Y}."
        )
    mandat.denoncee_le = months_later(recue_le, PREAVIS_DENONCIATION)
    mandat.save(update_fields=["denoncee_le"])
    record(acting, "mandat.denonce", mandat, motif=motif, apres={"denoncee_le": mandat.denoncee_le})
    return mandat


@transaction.atomic
def create_convention(
    acting: Membership, siae: Siae, *, numero: str, debut: date, fin: date, signee_le: date
) -> ConventionIae:
    """Record a convention State–SIAE, annual or over three years."""
    can_manage_convention(acting, siae).enforce()
    if fin < debut:
        raise Refus("La fin de la convention précède son début.")
    with fence.system("one number in the nation"):
        known = ConventionIae.objects.filter(numero=numero).exists()
    if known:
        raise Refus(f"La convention {numero} est déjà enregistrée.")
    convention = ConventionIae.objects.create(
        siae=siae, numero=numero, debut=debut, fin=fin, signee_le=signee_le
    )
    record(acting, "convention.creee", convention, apres={"debut": debut, "fin": fin})
    return convention


def months_later(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _check_accord(caom: Caom, accord_le: date | None) -> None:
    """A signed CAOM changes only by an agreement signed since, and not in the future."""
    if caom.signee_le is None:
        if accord_le:
            raise Refus("Cette CAOM n’est pas signée : l’objectif sera signé avec elle.")
        return
    if accord_le is None:
        raise Refus(
            "Cette CAOM est signée : indiquez la date de signature de l’avenant ou de l’échange de "
            "lettres qui ajuste l’objectif."
        )
    if not caom.signee_le <= accord_le <= today():
        raise Refus(
            f"L’accord ne peut pas être signé le {accord_le:%d/%m/%Y} : donnez une date entre la "
            f"signature de la CAOM ({caom.signee_le:%d/%m/%Y}) et aujourd’hui."
        )


def _add_objectif(caom: Caom, fields: Mapping[str, Any]) -> ObjectifCaom:
    values = {"effet": date(caom.annee, 1, 1), **fields}
    if values["effet"].year != caom.annee:
        raise Refus(
            f"Un objectif de la CAOM {caom.annee} prend effet en {caom.annee} : "
            f"le {values['effet']:%d/%m/%Y} n’est pas de cette année."
        )
    for name in ObjectifCaom.PUBLICS:
        if values.get(name, 0) > values["entrees"]:
            label = ObjectifCaom._meta.get_field(name).verbose_name
            raise Refus(
                f"« {label.capitalize()} » : {values[name]} dépasse le nombre total d’entrées "
                f"prévues ({values['entrees']}). Corrigez l’un des deux."
            )
    montant = values["entrees_brsa"] * values["montant_mensuel"] * values["mois_prevus"]
    return ObjectifCaom.objects.create(caom=caom, montant=montant, **values)


def _issue_volets(caom: Caom, effets: Sequence[date]) -> None:
    """One edition per date, after those there are; the row of the CAOM is locked by the caller."""
    last = caom.objectifs.order_by("pk").last()
    first = caom.volets.count() + 1
    VoletCaom.objects.bulk_create(
        VoletCaom(caom=caom, edition=edition, effet=effet, dernier_objectif=last)
        for edition, effet in enumerate(effets, start=first)
    )
