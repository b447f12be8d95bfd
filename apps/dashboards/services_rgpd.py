"""Rights requests (GDPR, articles 12 to 21) and the contacts of the départements.

A request is answered within one month, once extended by two more (article 12, 3). One that
concerns a beneficiary of a département is forwarded to it as soon as it is recorded (convention,
annexe 2, clause h): an e-mail to its service, a notification to its users.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.annexes.models import VersionAnnexe
from apps.conventions.models import Financeur
from apps.core import mail
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.jobs import dispatch
from apps.core.models import CourrielEnvoye
from apps.core.services import next_number
from apps.core.tasks import send_mail
from apps.core.transitions import Table, next_state
from apps.dashboards.models import ContactRgpd, DemandeDroit
from apps.dashboards.permissions_rgpd import (
    can_answer_request,
    can_edit_contact,
    can_export_person,
    can_record_request,
)
from apps.journal.services import record
from apps.presence.models import LignePresence
from apps.siae.models import Salarie, Structure

Etat = DemandeDroit.Etat
SEQUENCE = "demande-droit"
MODELE = "demande_droit"
DELAI_MOIS, PROLONGATION_MOIS = 1, 2
DEMANDE: Table = {
    "prolonger": (frozenset({Etat.RECUE}), Etat.PROLONGEE),
    "repondre": (frozenset({Etat.RECUE, Etat.PROLONGEE}), Etat.REPONDUE),
    "refuser": (frozenset({Etat.RECUE, Etat.PROLONGEE}), Etat.REFUSEE),
}
SENTENCES = {
    "prolonger": "Le délai d’une demande se prolonge une seule fois, avant la réponse",
    "repondre": "Cette demande a déjà reçu sa réponse",
    "refuser": "Cette demande a déjà reçu sa réponse",
}


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the last of the month when it has none (31 January)."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@transaction.atomic
def record_request(
    acting: Membership,
    *,
    nature: str,
    recue_le: date,
    demandeur: str = "",
    joindre: str = "",
    texte: str = "",
    salarie: Salarie | None = None,
    on: date | None = None,
) -> DemandeDroit:
    """Keep a request and forward it to the départements concerned.

    Raises `Refus` when it is not this person's to record, nobody is named, or it comes from the
    future.
    """
    can_record_request(acting).enforce()
    day = on or today()
    structure = _structure_of(acting, salarie)
    name = demandeur.strip() or (str(salarie) if salarie else "")
    if not name:
        raise Refus("Indiquez qui exerce son droit.")
    if recue_le > day:
        raise Refus("La date de réception ne peut pas être postérieure à aujourd’hui.")
    demande = DemandeDroit.objects.create(
        numero=next_number(SEQUENCE),
        nature=nature,
        salarie=salarie,
        structure=structure,
        demandeur=name,
        joindre=joindre.strip(),
        texte=texte.strip(),
        recue_le=recue_le,
        echeance=months_later(recue_le, DELAI_MOIS),
        enregistree_par=acting.user,
        enregistree_le=day,
    )
    # The journal says which right, for whom by its number: it cannot be emptied afterwards.
    record(acting, "droit.enregistre", demande, apres=_facts(demande))
    _forward(acting, demande, day)
    _tell_asp(acting, demande, day)
    return demande


def departements_of(salarie: Salarie) -> list[Financeur]:
    """The départements that bear this person on an annex they co-finance, successors told too."""
    lines = LignePresence.objects.filter(salarie=salarie).filter(
        Q(brsa=True) | ~Q(contrat__rsa="NON")
    )
    versions = VersionAnnexe.objects.filter(
        financeur_cd=OuterRef("pk"),
        montant_cd__gt=0,
        etat__in=("VALIDE", "HISTORISE", "CLOTURE"),
        annexe__in=lines.values("etat_mensuel__annexe"),
    )
    found = Financeur.objects.filter(Exists(versions)).select_related("successeur", "contact_rgpd")
    return list(found.order_by("code"))


@transaction.atomic
def extend_request(
    acting: Membership, demande: DemandeDroit, *, motif: str, on: date | None = None
) -> DemandeDroit:
    """Two more months, for a complex request; the person is told why within the first month."""
    locked = _lock(demande)
    can_answer_request(acting, locked).enforce()
    day = on or today()
    etat = _next(locked, "prolonger")
    if not motif.strip():
        raise Refus("Indiquez pourquoi le délai est prolongé : la personne doit en être informée.")
    if day > locked.echeance:
        raise Refus(
            f"Le délai d’un mois est dépassé depuis le {locked.echeance:%d/%m/%Y} : il ne peut "
            "plus être prolongé. Répondez sans attendre."
        )
    before = locked.echeance
    locked.etat, locked.motif_prolongation = etat, motif.strip()
    locked.echeance = months_later(locked.recue_le, DELAI_MOIS + PROLONGATION_MOIS)
    locked.save(update_fields=["etat", "motif_prolongation", "echeance"])
    record(
        acting,
        "droit.prolonge",
        locked,
        motif=locked.motif_prolongation,
        avant={"echeance": before},
        apres={"echeance": locked.echeance},
    )
    return locked


@transaction.atomic
def answer_request(
    acting: Membership,
    demande: DemandeDroit,
    *,
    reponse: str,
    refus: bool = False,
    on: date | None = None,
) -> DemandeDroit:
    """Record what was answered to the person, or why the request is refused (article 12, 4)."""
    locked = _lock(demande)
    can_answer_request(acting, locked).enforce()
    etat = _next(locked, "refuser" if refus else "repondre")
    if not reponse.strip():
        raise Refus("Indiquez ce qui a été répondu à la personne.")
    before = locked.etat
    locked.etat, locked.reponse = etat, reponse.strip()
    locked.close_le, locked.close_par = on or today(), acting.user
    locked.save(update_fields=["etat", "reponse", "close_le", "close_par"])
    action = "droit.refuse" if refus else "droit.repondu"
    record(acting, action, locked, avant={"etat": before}, apres={"etat": etat})
    return locked


@transaction.atomic
def set_contact(
    acting: Membership, financeur: Financeur, *, on: date | None = None, **fields: str
) -> ContactRgpd:
    """Whom to write to in a département: rights requests, breaches, its DPO."""
    can_edit_contact(acting, financeur).enforce()
    contact = ContactRgpd.objects.select_for_update().filter(financeur=financeur).first()
    before = {name: getattr(contact, name) if contact else "" for name in fields}
    contact = contact or ContactRgpd(financeur=financeur)
    for name, value in fields.items():
        setattr(contact, name, value.strip())
    contact.modifie_par, contact.modifie_le = acting.user, on or today()
    contact.save()
    record(acting, "rgpd.contact", contact, avant=before, apres=fields)
    return contact


def note_person_export(acting: Membership, salarie: Salarie, support: str) -> None:
    """Somebody has taken out what is held on a person: which file, never its contents."""
    can_export_person(acting).enforce()
    record(acting, "personne.exportee", salarie, apres={"support": support})


def _structure_of(acting: Membership, salarie: Salarie | None) -> Structure | None:
    if salarie is not None:
        if not Salarie.objects.visible_to(acting).filter(pk=salarie.pk).exists():
            raise Refus("Cette personne n’est pas dans votre périmètre.")
        return salarie.structure
    return Structure.objects.filter(organisation=acting.organisation_id).first()


def _forward(acting: Membership, demande: DemandeDroit, day: date) -> None:
    """Tell the départements at once; the e-mail names nobody, the page does."""
    concerned = departements_of(demande.salarie) if demande.salarie else []
    if not concerned:
        return
    demande.financeurs.set(concerned)
    demande.transmise_le = day
    demande.save(update_fields=["transmise_le"])
    told = {_organisation_of(financeur, day) for financeur in concerned} - {None}
    notify(
        [organisation for organisation in told if organisation],
        "Demande de droits à traiter",
        f"{demande} ({demande.get_nature_display().lower()}), reçue le {demande.recue_le:%d/%m/%Y},"
        f" concerne un bénéficiaire de votre département. Réponse attendue avant le "
        f"{demande.echeance:%d/%m/%Y}.",
        reverse("rgpd:demande", args=[demande.pk]),
        nature=Nature.CONVENTION,
        courriel=True,
        on=day,
    )
    addresses = [
        (financeur, financeur.contact_rgpd.courriel_droits)
        for financeur in concerned
        if hasattr(financeur, "contact_rgpd") and financeur.contact_rgpd.courriel_droits
    ]
    mail.queue(
        mail.Courriel(
            cle=f"{MODELE}:{demande.pk}:{financeur.pk}",
            modele=MODELE,
            objet_id=demande.pk,
            destinataire=address,
            sujet=f"Demande de droits n° {demande.numero} à traiter",
        )
        for financeur, address in addresses
    )
    dispatch(send_mail)
    record(
        acting,
        "droit.transmis",
        demande,
        apres={"departements": [financeur.code for financeur in concerned], "le": day},
    )


def _tell_asp(acting: Membership, demande: DemandeDroit, day: date) -> None:
    """A request recorded by a structure is the ASP's to answer or to follow."""
    if acting.is_asp:
        return
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        "Demande de droits enregistrée",
        f"{demande} ({demande.get_nature_display().lower()}) est enregistrée par "
        f"{acting.organisation}. Réponse attendue avant le {demande.echeance:%d/%m/%Y}.",
        reverse("rgpd:demande", args=[demande.pk]),
        nature=Nature.CONVENTION,
        roles=[Role.GESTIONNAIRE],
        courriel=True,
        on=day,
    )


def _organisation_of(financeur: Financeur, day: date) -> Organisation | None:
    if financeur.successeur and financeur.succede_le and financeur.succede_le <= day:
        return financeur.successeur.organisation
    return financeur.organisation


def _lock(demande: DemandeDroit) -> DemandeDroit:
    found: DemandeDroit = DemandeDroit.objects.select_for_update(of=("self",)).get(pk=demande.pk)
    return found


def _next(demande: DemandeDroit, event: str) -> str:
    sentence = f"{SENTENCES[event]} (« {demande.get_etat_display()} »)."
    return next_state(DEMANDE, event, demande.etat, sentence=sentence)


def _facts(demande: DemandeDroit) -> dict[str, Any]:
    return {
        "nature": demande.nature,
        "recue_le": demande.recue_le,
        "echeance": demande.echeance,
        "fiche": demande.salarie_id,
    }


def _context(row: CourrielEnvoye) -> dict[str, Any] | None:
    """What the e-mail says: the right, the deadline, the page; never who asks."""
    demande = DemandeDroit.objects.filter(pk=row.objet_id).first()
    if demande is None:
        return None
    return {
        "prenom": "Madame, Monsieur",
        "demande": demande,
        "lien": mail.site_link(reverse("rgpd:demande", args=[demande.pk])),
    }


mail.MODELES[MODELE] = mail.Modele("emails/demande_droit", _context)
