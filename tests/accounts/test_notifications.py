"""Notifications: who reads them, who has read them, what leaves by e-mail, once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Lecture, Nature, Notification, Role
from apps.accounts.notifications import notify
from apps.core import mail
from apps.core.models import CourrielEnvoye
from tests.factories import make_membership, make_organisation, make_user

WORDS = ("Annexe validée", "L’ASP a validé l’annexe.", "/annexes/")


def tell(organisation: Any, **options: Any) -> Notification:
    options = {"nature": Nature.ANNEXE, "on": date(2023, 4, 3)} | options
    (notification,) = notify(organisation, *WORDS, **options)
    return notification


def seen(membership: Any) -> list[Notification]:
    return list(Notification.objects.visible_to(membership))


def test_it_is_read_by_the_organisation_and_by_no_other(db: None) -> None:
    member, other = make_membership(Role.SAISIE), make_membership(Role.SAISIE)
    told = tell(member.organisation)
    assert (told.le, told.url) == (date(2023, 4, 3), "/annexes/")
    assert seen(member) == [told]
    assert seen(other) == []


def test_roles_named_read_it_alone(db: None) -> None:
    asp = make_organisation("ASP")
    told = tell(asp, roles=[Role.COMPTABLE])
    assert seen(make_membership(Role.COMPTABLE, asp)) == [told]
    assert seen(make_membership(Role.GESTIONNAIRE, asp)) == []


def test_one_person_named_reads_it_alone(db: None) -> None:
    asp = make_organisation("ASP")
    one, other = (make_membership(Role.GESTIONNAIRE, asp) for _ in range(2))
    told = tell(asp, personne=one.user)
    assert (seen(one), seen(other)) == ([told], [])


def test_each_person_reads_for_themselves(db: None, client: Client) -> None:
    """Opened by one, it is marked for one, and leads to its page."""
    one = make_membership(Role.INSTRUCTEUR)
    other = make_membership(Role.INSTRUCTEUR, one.organisation)
    told = tell(one.organisation)
    client.force_login(one.user)
    answer = client.post(f"/notifications/{told.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/annexes/")
    client.post(f"/notifications/{told.pk}/")
    assert [(reading.user, reading.notification) for reading in Lecture.objects.all()] == [
        (one.user, told)
    ]
    assert not Notification.objects.unread_by(one.user).exists()
    assert Notification.objects.unread_by(other.user).exists()


def test_somebody_else_s_notification_does_not_exist(db: None, client: Client) -> None:
    told = tell(make_organisation())
    client.force_login(make_membership().user)
    assert client.post(f"/notifications/{told.pk}/").status_code == 404
    assert client.get(f"/notifications/{told.pk}/").status_code == 405
    assert not Lecture.objects.exists()


def test_an_address_of_another_site_is_not_followed(db: None, client: Client) -> None:
    member = make_membership()
    told = tell(member.organisation)
    Notification.objects.filter(pk=told.pk).update(url="//exemple.org/")
    client.force_login(member.user)
    assert client.post(f"/notifications/{told.pk}/")["Location"] == "/notifications/"


def test_unread_ones_come_first_and_may_all_be_marked(db: None, client: Client) -> None:
    member = make_membership()
    old = tell(member.organisation, on=date(2023, 1, 1))
    recent = tell(member.organisation, on=date(2023, 2, 1))
    elsewhere = tell(make_organisation())
    client.force_login(member.user)
    client.post(f"/notifications/{recent.pk}/")
    rows = client.get("/notifications/").context["table"].rows
    assert [row.record.pk for row in rows] == [old.pk, recent.pk]
    page = client.post("/notifications/tout-lire/", follow=True).text
    assert "La notification est marquée comme lue." in page
    assert set(Lecture.objects.values_list("notification", flat=True)) == {old.pk, recent.pk}
    assert elsewhere.pk not in Lecture.objects.values_list("notification", flat=True)


def test_the_header_counts_what_is_unread(db: None, client: Client) -> None:
    member = make_membership()
    client.force_login(member.user)
    assert "ex-pastille" not in client.get("/profil/").text
    for _ in range(2):
        tell(member.organisation)
    assert 'ex-pastille">2<span class="fr-sr-only"> non lues' in client.get("/profil/").text
    Notification.objects.bulk_create(
        Notification(
            organisation=member.organisation, nature="ETAT", titre="t", texte="t", le="2023-01-01"
        )
        for _ in range(120)
    )
    assert 'ex-pastille">99+' in client.get("/profil/").text


def test_thirty_notifications_cost_as_many_queries_as_three(db: None, client: Client) -> None:
    member = make_membership()
    client.force_login(member.user)
    counts = []
    for number in (3, 21):
        for _ in range(number):
            tell(member.organisation)
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/notifications/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_nature_must_be_known(db: None) -> None:
    with pytest.raises(ValueError, match="INCONNUE"):
        tell(make_organisation(), nature="INCONNUE")


# --- E-mails -----------------------------------------------------------------------------------


def test_one_e_mail_per_person_who_wants_it(db: None) -> None:
    """Two roles make one e-mail; a refusal, an empty address or an ended right make none."""
    asp = make_organisation("ASP")
    both = make_user(email="camille@exemple.fr", prenom="Camille")
    make_membership(Role.GESTIONNAIRE, asp, both)
    make_membership(Role.COMPTABLE, asp, both)
    make_membership(Role.GESTIONNAIRE, asp, make_user(email=""))
    refuses = make_user(email="non@exemple.fr", sans_courriel=["ANNEXE"])
    make_membership(Role.GESTIONNAIRE, asp, refuses)
    ended = make_user(email="parti@exemple.fr")
    make_membership(Role.GESTIONNAIRE, asp, ended, fin=date(2021, 1, 1))
    tell(asp, courriel=True)
    (row,) = CourrielEnvoye.objects.all()
    assert (row.destinataire, row.etat) == ("camille@exemple.fr", "EN_ATTENTE")
    assert row.sujet == "[Extranet IAE] Annexe validée"


def test_it_is_sent_once_in_text_and_in_html(db: None, settings: Any) -> None:
    settings.SITE_URL = "https://extranet.exemple.fr"
    member = make_membership(user=make_user(email="zoe@exemple.fr", prenom="Zoé", nom="Secret"))
    tell(member.organisation, courriel=True)
    assert (mail.send_waiting(), mail.send_waiting()) == (1, 0)
    (message,) = outbox.outbox
    assert (message.to, message.subject) == (["zoe@exemple.fr"], "[Extranet IAE] Annexe validée")
    ((page, kind),) = message.alternatives
    assert kind == "text/html"
    for text in (message.body, page):
        assert "Bonjour Zoé," in text
        assert "L’ASP a validé l’annexe." in text
        assert "https://extranet.exemple.fr/annexes/" in text
        assert "Secret" not in text
    row = CourrielEnvoye.objects.get()
    assert (row.etat, row.essais, row.erreur) == ("ENVOYE", 1, "")
    assert row.envoye_le is not None


def test_a_silent_server_is_tried_again_then_given_up(db: None, settings: Any) -> None:
    """Five attempts; the row says what happened, and another e-mail does not wait for it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    member = make_membership(user=make_user(email="zoe@exemple.fr"))
    tell(member.organisation, courriel=True)
    states = []
    for _ in range(6):
        assert mail.send_waiting() == 0
        row = CourrielEnvoye.objects.get()
        states.append((row.etat, row.essais))
    assert states[0] == ("EN_ATTENTE", 1)
    assert states[-2:] == [("ECHEC", 5), ("ECHEC", 5)]
    assert "messagerie" in row.erreur


def test_a_message_that_cannot_be_written_does_not_hold_the_others(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with one, the next ones leave; it is tried again, then given up."""

    def broken(row: CourrielEnvoye) -> dict[str, Any]:
        Notification.objects.get(pk=0)
        return {}

    monkeypatch.setitem(mail.MODELES, "casse", mail.Modele("emails/notification", broken))
    mail.queue([mail.Courriel("casse:1", "casse", 1, "zoe@exemple.fr", "Cassé")])
    mail.queue([mail.Courriel("inconnu:1", "inconnu", 1, "zoe@exemple.fr", "Inconnu")])
    member = make_membership(user=make_user(email="lea@exemple.fr"))
    tell(member.organisation, courriel=True)
    assert [mail.send_waiting() for _ in range(6)] == [1, 0, 0, 0, 0, 0]
    assert [message.to for message in outbox.outbox] == [["lea@exemple.fr"]]
    broken_rows = CourrielEnvoye.objects.filter(modele__in=("casse", "inconnu"))
    assert set(broken_rows.values_list("etat", "essais", "erreur")) == {
        ("ECHEC", 5, mail.NOT_WRITTEN)
    }


def test_a_line_break_in_a_name_makes_no_header(db: None) -> None:
    """« Bcc: » typed in the name of a structure stays in the subject, on one line."""
    member = make_membership(user=make_user(email="zoe@exemple.fr"))
    options = {"nature": Nature.ANNEXE, "courriel": True}
    notify(member.organisation, "Annexe de X\r\nBcc: autre@exemple.fr", "Texte.", **options)
    assert mail.send_waiting() == 1
    (message,) = outbox.outbox
    assert message.subject == "[Extranet IAE] Annexe de X Bcc: autre@exemple.fr"
    assert message.recipients() == ["zoe@exemple.fr"]


def test_an_act_taken_back_tells_nobody(db: None) -> None:
    member = make_membership(user=make_user(email="zoe@exemple.fr"))
    with transaction.atomic():
        tell(member.organisation, courriel=True)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not CourrielEnvoye.objects.exists()


def test_ten_times_more_organisations_cost_as_many_queries(db: None) -> None:
    counts = []
    for number in (2, 20):
        members = [
            make_membership(user=make_user(email=f"p{n}.{number}@exemple.fr"))
            for n in range(number)
        ]
        with CaptureQueriesContext(connection) as captured:
            notify([m.organisation for m in members], *WORDS, nature="ANNEXE", courriel=True)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 6
    assert CourrielEnvoye.objects.count() == 22


def test_one_chooses_what_comes_by_e_mail(db: None, client: Client) -> None:
    user = make_membership(user=make_user(email="zoe@exemple.fr")).user
    client.force_login(user)
    client.post("/profil/", {"natures": ["ANNEXE", "PAIEMENT"]})
    user.refresh_from_db()
    assert set(Nature.values) - set(user.sans_courriel) == {"ANNEXE", "PAIEMENT"}
    page = client.get("/profil/").text
    assert page.count("checked") == 2


def test_one_worker_sends_at_a_time(committed_db: None) -> None:
    """While another sends, nothing is sent twice; what it leaves goes at the next round."""
    member = make_membership(user=make_user(email="zoe@exemple.fr"))
    tell(member.organisation, courriel=True)
    CourrielEnvoye.objects.update(etat="EN_ATTENTE")
    outbox.outbox.clear()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [mail.ONE_SENDER])
        assert mail.send_waiting() == 0
        cursor.execute("SELECT pg_advisory_unlock(%s)", [mail.ONE_SENDER])
    other.close()
    assert mail.send_waiting() == 1
    assert len(outbox.outbox) == 1
