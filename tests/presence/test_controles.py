"""Controls on documents: who conducts them, what the structure sends, how the ASP concludes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts.models import Notification
from apps.core.errors import Refus
from apps.journal.models import Entree
from apps.presence.models import Controle, PieceControle, Tirage
from apps.presence.services import (
    Champ,
    Demande,
    add_piece,
    ask_more,
    conclude,
    draw_sample,
    remove_piece,
    send_pieces,
    target_etat,
)
from apps.presence.transitions_controle import TRANSITIONS, reach
from tests.presence.world import JANVIER, World, month

JOUR = date(2023, 7, 3)
ECHEANCE = date(2023, 7, 31)
APRES = date(2023, 8, 1)
CHAMP = Champ(JANVIER, month(12))
DEMANDE = Demande(["BULLETIN", "HEURES"], ECHEANCE, "Contrôle sur échantillon")
PDF = b"%PDF-1.7\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x0a\x00\x0a\x03" + b"\0" * 9 + b"\xff\xd9"
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x0a\0\0\0\x0a\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82"
)


@pytest.fixture(autouse=True)
def third_of_july(settings):
    settings.TODAY = JOUR


def document(contents: bytes = PDF, name: str = "bulletin.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, contents)


@pytest.fixture
def asked(world) -> Controle:
    """A control of January whose documents are asked for."""
    world.contrat()
    return target_etat(world.gestionnaire, world.validated(), DEMANDE, on=JOUR)


def sent(world: World, controle: Controle) -> Controle:
    for nature in ("BULLETIN", "HEURES"):
        add_piece(world.saisie, controle, nature, document(), on=JOUR)
    return send_pieces(world.saisie, controle, on=JOUR)


def refused(act) -> str:
    with pytest.raises(Refus) as caught, transaction.atomic():
        act()
    return str(caught.value)


@pytest.mark.parametrize("role", ["responsable", "ordonnateur", "comptable", "ddets", "decideur"])
def test_only_a_gestionnaire_conducts_controls(world, role, asked):
    acting = getattr(world, role)
    said = "réservée aux gestionnaires de l’ASP"
    other = world.validated(month(2))
    assert said in refused(lambda: draw_sample(acting, CHAMP, DEMANDE, taille=1, on=JOUR))
    assert said in refused(lambda: target_etat(acting, other, DEMANDE, on=JOUR))
    assert said in refused(
        lambda: conclude(acting, asked, avis="abandonner", conclusion="Non", on=JOUR)
    )
    asked.refresh_from_db()
    assert (asked.etat, Controle.objects.count()) == ("DEMANDE", 1)


def test_a_version_is_controlled_once(world, asked):
    etat = asked.etat_mensuel
    said = refused(lambda: target_etat(world.gestionnaire, etat, DEMANDE, on=JOUR))
    assert "déjà contrôlée" in said
    with pytest.raises(IntegrityError), transaction.atomic():
        Controle.objects.create(
            tirage=asked.tirage, etat_mensuel=etat, version=1, echeance=ECHEANCE
        )
    conclude(world.gestionnaire, asked, avis="abandonner", conclusion="Erreur", on=JOUR)
    assert target_etat(world.gestionnaire, etat, DEMANDE, on=JOUR).pk != asked.pk


# --- The documents -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("contents", "kind"),
    [
        (PDF, "application/pdf"),
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
    ],
)
def test_a_document_is_kept_with_the_type_of_its_contents(world, asked, contents, kind):
    piece = add_piece(world.saisie, asked, "BULLETIN", document(contents, "numérisation"), on=JOUR)
    assert (piece.fichier.type_mime, piece.fichier.taille) == (kind, len(contents))
    assert piece.fichier.nom.startswith(f"controle-{asked.pk}-bulletin-1.")


@pytest.mark.parametrize(
    ("nature", "contents", "said"),
    [
        ("BULLETIN", b"<html>", "ni un PDF ni une image"),
        ("BULLETIN", b"MZ\x90", "ni un PDF ni une image"),
        ("BULLETIN", PDF + b"0" * 10 * 1024 * 1024, "dépasse 10 Mio"),
        ("REGISTRE", PDF, "l’une des pièces demandées"),
    ],
)
def test_a_bad_document_is_refused(world, asked, nature, contents, said):
    assert said in refused(lambda: add_piece(world.saisie, asked, nature, document(contents)))
    assert not PieceControle.objects.exists()


def test_a_missing_document_is_to_be_explained(world, asked):
    add_piece(world.saisie, asked, "BULLETIN", document(), on=JOUR)
    said = refused(lambda: send_pieces(world.saisie, asked, on=JOUR))
    assert "Il manque : Feuilles d’heures signées" in said
    sent_back = send_pieces(world.saisie, asked, message="Registre tenu sur place", on=JOUR)
    assert (sent_back.etat, sent_back.transmis_le) == ("RECU", JOUR)
    assert Notification.objects.filter(
        organisation=world.gestionnaire.organisation, titre="Pièces justificatives reçues"
    ).exists()


def test_documents_sent_are_no_longer_changed(world, asked):
    sent(world, asked)
    piece = asked.pieces.first()
    said = "déjà transmises"
    assert said in refused(lambda: add_piece(world.saisie, asked, "BULLETIN", document()))
    assert said in refused(lambda: remove_piece(world.saisie, piece))
    assert said in refused(lambda: send_pieces(world.saisie, asked))
    assert asked.pieces.count() == 2


def test_another_structure_sends_nothing(world, asked):
    from tests.presence.world import membership, structure

    stranger = membership(structure("Ailleurs").organisation, "RESPONSABLE")
    said = refused(lambda: add_piece(stranger, asked, "BULLETIN", document()))
    assert "celui de votre structure" in said
    assert not PieceControle.objects.exists()


# --- The conclusion ----------------------------------------------------------------------------
def test_each_state_reaches_only_what_its_table_says(asked):
    """States × events, exhaustively."""
    allowed = {(state, event) for event, (sources, _t) in TRANSITIONS.items() for state in sources}
    assert allowed == {
        ("DEMANDE", "transmettre"),
        ("RECU", "completer"),
        ("RECU", "conforme"),
        ("RECU", "non_conforme"),
        ("DEMANDE", "non_conforme"),
        ("RECU", "abandonner"),
        ("DEMANDE", "abandonner"),
    }
    for state in Controle.Etat.values:
        for event in TRANSITIONS:
            asked.etat = state
            if (state, event) in allowed:
                assert reach(event, asked) == TRANSITIONS[event][1]
            else:
                assert refused(lambda event=event: reach(event, asked))


def test_documents_received_are_found_compliant(world, asked):
    sent(world, asked)
    done = conclude(world.gestionnaire, asked, avis="conforme", conclusion="Concordant", on=APRES)
    assert (done.etat, done.conclu_le, done.conclu_par) == (
        "CONFORME",
        APRES,
        world.gestionnaire.user,
    )
    assert Notification.objects.filter(titre="Contrôle sur pièces : conforme").exists()
    entry = Entree.objects.get(action="controle.conclu")
    assert (entry.motif, entry.avant, entry.apres) == (
        "Concordant",
        {"etat": "RECU"},
        {"etat": "CONFORME"},
    )


def test_more_is_asked_with_a_new_deadline(world, asked):
    sent(world, asked)
    later = date(2023, 8, 31)
    back = ask_more(
        world.gestionnaire, asked, demande="Bulletin illisible", echeance=later, on=APRES
    )
    assert (back.etat, back.demande, back.echeance) == ("DEMANDE", "Bulletin illisible", later)
    said = refused(
        lambda: ask_more(world.gestionnaire, asked, demande="Encore", echeance=later, on=APRES)
    )
    assert "pas encore reçues" in said


def test_nothing_received_is_non_compliant_only_after_the_deadline(world, asked):
    def act(on):
        return conclude(
            world.gestionnaire, asked, avis="non_conforme", conclusion="Rien reçu", on=on
        )

    assert "jusqu’au 31/07/2023" in refused(lambda: act(ECHEANCE))
    assert act(APRES).etat == "NON_CONFORME"


def test_compliance_needs_documents_and_a_reason(world, asked):
    said = refused(
        lambda: conclude(world.gestionnaire, asked, avis="conforme", conclusion="Bien", on=APRES)
    )
    assert "pas encore reçues" in said
    sent(world, asked)
    said = refused(
        lambda: conclude(world.gestionnaire, asked, avis="conforme", conclusion=" ", on=APRES)
    )
    assert "Motivez" in said
    asked.refresh_from_db()
    assert (asked.etat, asked.conclu_le) == ("RECU", None)


# --- The screens -------------------------------------------------------------------------------
def test_the_whole_way_in_the_browser(client, world, settings):
    """Draw, answer, conclude non compliant, re-open the statement."""
    world.contrat()
    etat = world.validated()
    client.force_login(world.gestionnaire.user)
    data = {
        "debut": "01/2023",
        "fin": "03/2023",
        "taux": "10",
        "pieces": ["BULLETIN"],
        "echeance": "2023-07-31",
        "motif": "Contrôle sur échantillon",
    }
    counted = client.post(reverse("presence:controle_tirer"), data)
    assert (counted.context["population"], counted.context["taille"]) == (1, 1)
    assert not Tirage.objects.exists()
    client.post(reverse("presence:controle_tirer"), data | {"confirmer": "1"})
    controle = Controle.objects.get()

    client.force_login(world.responsable.user)
    assert "pièces justificatives sont attendues" in client.get("/").text
    url = reverse("presence:controle_repondre", args=[controle.pk])
    wrong = client.post(url, {"deposer": "1", "nature": "BULLETIN"})
    assert wrong.context["form"].errors == {"fichier": ["Choisissez un fichier."]}
    for _ in range(2):
        client.post(url, {"deposer": "1", "nature": "BULLETIN", "fichier": document()})
    extra = controle.pieces.last()
    client.post(url, {"retirer": str(extra.pk)})
    assert controle.pieces.count() == 1
    client.post(url, {"transmettre": "1", "message": ""})

    client.force_login(world.gestionnaire.user)
    piece = controle.pieces.get()
    read = client.get(reverse("presence:controle_piece", args=[piece.pk]))
    assert (read["Content-Type"], b"".join(read.streaming_content)) == ("application/pdf", PDF)
    page = client.post(
        reverse("presence:controle_conclure", args=[controle.pk]),
        {"avis": "non_conforme", "conclusion": "12 heures de trop"},
        follow=True,
    )
    assert reverse("presence:rouvrir", args=[etat.pk]) in page.text


@pytest.mark.parametrize("role", ["lecteur", "decideur", "ddets", "admin"])
def test_nobody_else_sees_a_control_or_its_documents(client, world, asked, role):
    piece = add_piece(world.saisie, asked, "BULLETIN", document(), on=JOUR)
    client.force_login(getattr(world, role).user)
    for name, pk in (("controle", asked.pk), ("controle_piece", piece.pk)):
        assert client.get(reverse(f"presence:{name}", args=[pk])).status_code == 404
    assert client.get(reverse("presence:controles")).status_code == 403
    page = client.get(reverse("presence:saisie", args=[world.annexe.pk, JANVIER]))
    assert "Contrôle" not in page.text.split("<h1>")[-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 1), ("etat=EN_COURS", 1), ("etat=RETARD", 0), ("etat=CONFORME", 0), ("q=vergers", 0)],
)
def test_the_list_of_controls_is_filtered(client, world, asked, query, found):
    client.force_login(world.gestionnaire.user)
    page = client.get(reverse("presence:controles") + "?" + query)
    assert len(page.context["table"].rows) == found


def test_the_list_takes_as_many_queries_for_1_control_as_for_9(
    client, world, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    world.contrat()
    client.force_login(world.gestionnaire.user)
    for number in range(1, 10):
        etat = world.validated(month(number), Decimal(100), on=date(2023, 10, number))
        target_etat(
            world.gestionnaire, etat, Demande(["BULLETIN"], date(2023, 12, 1), "A"), on=JOUR
        )
        if number == 1:
            client.get(reverse("presence:controles"))
            with CaptureQueriesContext(connection) as few:
                client.get(reverse("presence:controles"))
    with django_assert_num_queries(len(few)):
        client.get(reverse("presence:controles"))
