"""Avis de paiement, ordres de recouvrer, notification letters: what they say, archived once."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.annexes.documents import notification_context, notification_file
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import emetteur
from apps.payments import ledger
from apps.payments.documents import TEMPLATE as AVIS
from apps.payments.documents import notice_context, notice_file, produce_notices
from apps.payments.models import AvisDePaiement, FichierVirements, Retenue
from apps.recoveries.documents import TEMPLATE as ORDRE
from apps.recoveries.documents import order_context, order_file, produce_orders
from apps.recoveries.models import OrdreDeRecouvrer
from tests.documents.conftest import case
from tests.factories import make_membership
from tests.payments.dossiers import make_annexe


def text_of(template: str, context: dict) -> str:
    """What the document says, without its markup; every kind of space as one space."""
    html = render_to_string(template, {"emetteur": emetteur(), **context})
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def drawn():
    """Documents on file, without the transfer files of the runs."""
    return Fichier.objects.exclude(pk__in=FichierVirements.objects.values("fichier"))


def notice_of(annexe, month: str) -> AvisDePaiement:
    return AvisDePaiement.objects.get(annexe=annexe, campagne__mois=date.fromisoformat(month))


def test_what_notices_say(annee):
    """A flat month names the origin of the funds and masks the account; a regularised one shows
    its hours and its reasoning; the last one announces the orders; what is held is listed."""
    flat = notice_of(annee.six_mois, "2018-01-01")
    said = text_of(AVIS, notice_context(flat))
    assert "Montant versé à votre structure 9 827,50 €" in said
    assert "État 7 907,21 € Département 062 1 920,29 € Total 9 827,50 €" in said
    assert "janvier 2018 Forfait mensuel 9 827,50 € 7 907,21 € 1 920,29 €" in said
    assert "FR76 •••• •••• •••• 0185" in said
    assert "FR7630001007941234567890185" not in said
    assert "Comment ces montants" not in said
    assert "ordre de recouvrer" not in said.lower()
    assert "non versées" not in said

    said = text_of(AVIS, notice_context(notice_of(annee.moitie, "2018-05-01")))
    assert "Montant versé à votre structure 0,00 €" in said
    assert "compense entièrement l’échéance de mai 2018." in said
    assert "mai 2018 Régularisation trimestrielle 0,00 € 960,46 € −960,46 €" in said
    assert "réimputation entre financeurs" in said
    assert "455,00 h + 455,00 h + 455,00 h" in said
    assert "1 365,00 h" in said

    said = text_of(AVIS, notice_context(notice_of(annee.ecourtee, "2018-06-01")))
    assert "un ordre de recouvrer de 7 906,68 € vous est adressé pour la part de l’État ;" in said
    assert "un ordre de recouvrer de 1 920,82 € vous est adressé pour la part du départe" in said
    assert "39 310,00 € 49 137,50 € 39 536,68 € 9 600,82 €" in said

    Retenue.objects.create(
        campagne=flat.campagne,
        annexe=flat.annexe,
        mois=date(2018, 2, 1),
        nature="rappel",
        motif="BANQUE",
        detail="Les coordonnées sont à contrôler.",
        montant_prevu=Decimal("12.34"),
    )
    said = text_of(AVIS, notice_context(flat))
    assert "février 2018 Rappel de revalorisation 12,34 € Coordonnées bancaires absentes" in said
    assert "Les coordonnées sont à contrôler." in said


def test_numbers_are_references_without_separator(annee):
    """« OR 12345 » is what a structure writes on its transfer."""
    OrdreDeRecouvrer.objects.filter(numero=1).update(numero=12345)
    said = text_of(ORDRE, order_context(OrdreDeRecouvrer.objects.get(numero=12345)))
    assert "Ordre de recouvrer n° 12345" in said
    assert "12 345" not in said
    notice = notice_of(annee.six_mois, "2018-01-01")
    notice.numero = 54321
    said = text_of(AVIS, notice_context(notice))
    assert "Avis de paiement n° 54321" in said
    assert "54 321" not in said


def test_notices_add_up_and_are_archived_once(annee):
    """Σ per annex and funder: notices = ledger. The documents of a run are all drawn by its job,
    once; asked for again, after the structure has changed its name, it is the very same file."""
    paid = ledger.paid_by_annexe([annexe.pk for annexe in annee.annexes])
    for annexe in annee.annexes:
        sums = AvisDePaiement.objects.filter(annexe=annexe).aggregate(
            etat=Sum("part_etat"), cd=Sum("part_cd")
        )
        assert sums["etat"] == paid[annexe.pk, annee.etat.pk]
        assert sums["cd"] == paid[annexe.pk, annee.cd.pk]

    avis = notice_of(annee.ecourtee, "2018-06-01")
    seen: list[int] = []
    assert len(produce_notices(avis.campagne, seen.append)) == avis.campagne.avis.count() == 4
    assert seen == [1, 2, 3, 4]
    assert len(produce_orders(avis.campagne)) == 2
    assert produce_notices(avis.campagne) == produce_orders(avis.campagne) == []
    assert drawn().count() == 6

    avis.refresh_from_db()
    annee.ecourtee.siae.structure.denomination = "Un autre nom"
    annee.ecourtee.siae.structure.save()
    assert notice_file(avis.pk) == avis.fichier
    assert drawn().count() == 6
    with avis.fichier.contenu.open("rb") as contents:
        assert contents.read(5) == b"%PDF-"
    assert avis.fichier.nom == f"avis-de-paiement-{avis.numero}-{avis.annexe.numero}.pdf"


def test_a_notice_whose_file_is_lost_says_so(annee, client: Client):
    """Neither an error page, nor another document drawn in its place."""
    avis = notice_of(annee.ecourtee, "2018-06-01")
    fichier = notice_file(avis.pk)
    fichier.contenu.storage.delete(fichier.contenu.name)
    client.force_login(make_membership(Role.GESTIONNAIRE).user)
    answer = client.get(reverse("payments:avis", args=[avis.pk]), follow=True)
    assert answer.status_code == 200
    assert "son fichier manque sur le serveur" in answer.text
    avis.refresh_from_db()
    assert avis.fichier == fichier


def test_what_orders_say(annee):
    """Bases line by line, both funders, how and when to pay, remedies; sent as issued for ever."""
    ordre = OrdreDeRecouvrer.objects.get(financeur=annee.cd)
    etat = OrdreDeRecouvrer.objects.get(financeur=annee.etat)
    said = text_of(ORDRE, order_context(ordre))
    assert "Somme à payer 1 920,82 €" in said
    assert "3 640,00 h théoriques − 3 640,00 h réalisées" in said.replace("–", "−")
    assert "État 39 536,68 € 7 906,68 €" in said
    assert "Département 062 9 600,82 € 1 920,82 €" in said
    assert f"L’ordre de recouvrer n° {etat.numero} vous est adressé séparément" in said
    assert "séparément pour la part de l’État." in said
    assert "Part du département dans le solde" in said
    theirs = text_of(ORDRE, order_context(etat))
    assert "pour la part du département 062." in theirs
    assert "Part du département dans le solde" not in theirs
    assert "dans les 30 jours suivant la réception du présent ordre" in said
    assert "dans les deux mois suivant sa réception" in said
    assert "tribunal administratif territorialement compétent" in said
    assert "remise gracieuse des personnes morales ne sont pas admises" in said
    assert f"« OR {ordre.numero} »" in said
    # Without an account of its own, the mandate is paid on that of the ASP.
    assert "sur le compte FR76 1007 1999 9900 0000 0000 178," in said

    # The département's share goes to the Treasury account of its mandate (art. 4), no other.
    annee.cd.mandats.update(iban_asp="FR7610071750000000100420073")
    account = "sur le compte FR76 1007 1750 0000 0010 0420 073,"
    assert account in text_of(ORDRE, order_context(ordre))
    assert account not in text_of(ORDRE, order_context(etat))

    first = order_file(ordre.pk)
    OrdreDeRecouvrer.objects.filter(pk=ordre.pk).update(montant=Decimal("1.00"))
    assert order_file(ordre.pk) == first


def test_the_letter_carries_the_schedule_of_the_annex(db):
    """Twelve payments of 9 827,50 € on the 20th; the last share stays within C; letter kept."""
    annexe = make_annexe(case("annee-pleine-realisee"))
    context = notification_context(annexe.courante)
    said = text_of("annexes/notification_pdf.html", context)
    assert "État 94 889,04 € 80,46 %" in said
    assert "Département 062 23 040,96 € 19,54 %" in said
    assert "janvier 2018 20/01/2018 9 827,50 € 7 907,21 € 1 920,29 €" in said
    assert "mai 2018 20/05/2018 9 827,50 € 7 907,21 € 1 920,29 € Régularisation" in said
    assert "décembre 2018 20/12/2018 9 827,50 € 7 909,73 € 1 917,77 €" in said
    assert "Total 117 930,00 € 94 889,04 € 23 040,96 €" in said
    assert len(context["echeances"]) == 12
    first = notification_file(annexe.courante_id)
    assert notification_file(annexe.courante_id) == first


def test_the_letter_of_an_amendment_starts_with_its_first_instalment(db):
    """From July on, at 5,25 posts: six payments; what was paid before is not announced again."""
    annexe = make_annexe(case("baisse-des-postes-en-juillet"))
    context = notification_context(annexe.courante)
    assert [str(row["prevue"].mois) for row in context["echeances"]] == [
        "2018-07",
        "2018-08",
        "2018-09",
        "2018-10",
        "2018-11",
        "2018-12",
    ]
    said = text_of("annexes/notification_pdf.html", context)
    assert "Première échéance concernée : juillet 2018." in said
    assert "5,25 équivalents temps plein" in said


def test_no_letter_before_the_validation(db):
    """A version that was never validated has no letter, and nothing is archived."""
    annexe = make_annexe(case("annexe-de-six-mois"))
    annexe.versions.update(etat="SAISI")
    with pytest.raises(Refus, match="une fois l’annexe validée"):
        notification_file(annexe.courante_id)
    assert Fichier.objects.count() == 0
