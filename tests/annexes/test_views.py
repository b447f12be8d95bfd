"""The screens: the circuit of an annex in the browser, refusals, scope, query counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.annexes import services
from apps.annexes.models import AnnexeFinanciere, Suspension, VersionAnnexe
from tests.annexes.conftest import another_siae, draft, transmitted, validated
from tests.factories import make_membership, make_siae, make_version

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(autouse=True)
def on_a_day_of_2023(settings):
    settings.TODAY = date(2023, 1, 12)


def as_(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def text_of(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def fields(cadre, **changes):
    """What the DDETS types to create an annex."""
    return {
        "convention": cadre.convention.pk,
        "debut": "01/2023",
        "fin": "12/2023",
        "etp": "6",
        "financeur_cd": cadre.financeur.pk,
        "brsa_vises": "4",
        "montant_cd": "25 671,36",
        "signataire": cadre.signataire.pk,
        "signee_le": "2023-01-03",
    } | changes


def test_the_circuit_of_an_annex_in_the_browser(cadre, django_capture_on_commit_callbacks):
    """Created, PDF attached, transmitted by the DDETS; validated by the ASP from its queue."""
    ddets, asp = as_(cadre.ddets), as_(cadre.asp)
    response = ddets.post(reverse("annexes:creer"), fields(cadre))
    annexe = AnnexeFinanciere.objects.get()
    assert response.url == reverse("annexes:detail", args=[annexe.pk])
    version = annexe.courante
    page = ddets.get(reverse("annexes:transmettre", args=[version.pk]))
    assert "Joignez l’annexe signée (PDF)." in text_of(page)
    ddets.post(
        reverse("annexes:piece", args=[version.pk]),
        {"piece": SimpleUploadedFile("annexe.pdf", PDF, "application/pdf")},
    )
    response = ddets.post(reverse("annexes:transmettre", args=[version.pk]))
    assert response.url == reverse("annexes:detail", args=[annexe.pk])
    queue = text_of(asp.get(reverse("annexes:a_valider")))
    assert "ACI 062 23 0001 A0 M0" in queue
    assert reverse("annexes:valider", args=[version.pk]) in queue
    page = text_of(asp.get(reverse("annexes:valider", args=[version.pk])))
    assert "Tous les contrôles sont satisfaits." in page
    assert reverse("annexes:piece_voir", args=[version.pk]) in page
    with django_capture_on_commit_callbacks(execute=True):
        response = asp.post(reverse("annexes:valider", args=[version.pk]))
    assert response.url == reverse("annexes:a_valider")
    version.refresh_from_db()
    assert version.etat == "VALIDE"
    # The letter is drawn by the worker once the validation is committed.
    assert version.notification.type_mime == "application/pdf"
    page = text_of(asp.get(reverse("annexes:detail", args=[annexe.pk])))
    assert "133 734,00 €" in page
    assert "19,20 %" in page
    assert reverse("payments:echeancier", args=[annexe.pk]) in page
    assert "a validé l’annexe financière" in text_of(
        asp.get(reverse("annexes:historique", args=[annexe.pk]))
    )


@pytest.mark.parametrize("name", ["brsa_vises", "sorties_prevues", "etp"])
def test_figures_beyond_any_structure_are_refused_in_the_form(cadre, name):
    """They would not fit in the columns: said beside the field, nothing is created."""
    answer = as_(cadre.ddets).post(reverse("annexes:creer"), fields(cadre) | {name: "99999999999"})
    assert name in answer.context["form"].errors
    assert not AnnexeFinanciere.objects.exists()


def test_posts_per_month_and_an_empty_amount_are_computed(cadre):
    """6 posts until June then 3 make 4,50; the CAOM gives 25 671,36 € for four beneficiaries."""
    typed = fields(cadre, etp="", postes="6 × 6 ; 3 x 6", montant_cd="")
    as_(cadre.ddets).post(reverse("annexes:creer"), typed)
    version = VersionAnnexe.objects.get()
    assert (version.etp, version.montant_cd) == (Decimal("4.50"), Decimal("25671.36"))


def test_a_refused_form_keeps_what_was_typed_and_says_why(cadre):
    """C above T: the sentence with both figures, nothing saved, every field as typed."""
    response = as_(cadre.ddets).post(
        reverse("annexes:creer"), fields(cadre, montant_cd="140 000,00")
    )
    page = text_of(response)
    assert (
        "Le montant du département (140 000,00 €) dépasse le montant total de l’aide "
        "(133 734,00 €)." in page
    )
    assert 'value="140 000,00"' in page
    assert not AnnexeFinanciere.objects.exists()


def test_faults_of_the_form_are_told_beside_the_fields(cadre):
    """Posts that do not cover the period; no posts at all."""
    url, client = reverse("annexes:creer"), as_(cadre.ddets)
    page = text_of(client.post(url, fields(cadre, etp="", postes="6 × 5")))
    assert "Les postes sont indiqués pour 5 mois alors que la période en compte 12." in page
    page = text_of(client.post(url, fields(cadre, etp="")))
    assert "Indiquez le nombre de postes en ETP, ou les postes par mois." in page
    assert not AnnexeFinanciere.objects.exists()


def test_the_preview_beside_the_form_gives_amounts_and_the_consumption_of_the_caom(cadre):
    """Total, rates, the amount the CAOM gives, what is left of it; nothing is written."""
    validated(another_siae(cadre))
    page = text_of(as_(cadre.ddets).get(reverse("annexes:apercu"), fields(cadre)))
    for figure in ("133 734,00 €", "19,20 %", "25 671,36 €", "4 652 934,00 €", "4 sur 729"):
        assert figure in page
    assert AnnexeFinanciere.objects.count() == 1
    page = text_of(as_(cadre.ddets).get(reverse("annexes:apercu"), {"debut": "01/2023"}))
    assert "Complétez la convention, la période et les postes." in page


def test_an_edit_over_another_ones_is_refused_without_losing_what_was_typed(cadre):
    """The page was opened on revision 2; meanwhile a colleague saved."""
    version = draft(cadre)
    url = reverse("annexes:modifier", args=[version.pk])
    client = as_(cadre.ddets)
    opened = client.get(url).context["form"]["revision"].value()
    services.update_version(
        cadre.ddets, version, revision=version.revision, brsa_vises=3, on=date(2023, 1, 12)
    )
    page = text_of(client.post(url, fields(cadre, etp="5,5", revision=opened)))
    assert "a été modifiée entre-temps" in page
    assert 'value="5,5"' in page
    version.refresh_from_db()
    assert (version.etp, version.brsa_vises) == (Decimal("6.00"), 3)
    client.post(url, fields(cadre, etp="5,5", revision=version.revision))
    version.refresh_from_db()
    assert version.etp == Decimal("5.50")


def test_an_amendment_shows_what_it_changes_before_it_is_sent(cadre):
    """The preview, then the page of the annex and the transmission page, give before and after."""
    annexe = validated(cadre).annexe
    client = as_(cadre.ddets)
    typed = {
        "fin": "12/2023",
        "etp": "4,50",
        "financeur_cd": cadre.financeur.pk,
        "brsa_vises": "4",
        "montant_cd": "25671,36",
        "motif_avenant": "Baisse d’activité",
    }
    page = text_of(client.get(reverse("annexes:apercu_annexe", args=[annexe.pk]), typed))
    for figure in ("6,00", "4,50", "133 734,00 €", "100 300,50 €"):
        assert figure in page
    assert VersionAnnexe.objects.count() == 1
    client.post(reverse("annexes:avenant", args=[annexe.pk]), typed)
    version = annexe.versions.get(modification=1)
    assert (version.etat, version.motif_avenant) == ("BROUILLON", "Baisse d’activité")
    for url in (
        reverse("annexes:detail", args=[annexe.pk]),
        reverse("annexes:transmettre", args=[version.pk]),
    ):
        assert "100 300,50 €" in text_of(client.get(url))


def test_a_rejection_is_typed_and_reaches_the_ddets(cadre):
    """The reason and the words are shown on the annex's page."""
    version = transmitted(cadre)
    client = as_(cadre.asp)
    url = reverse("annexes:rejeter", args=[version.pk])
    assert "une erreur" in text_of(client.post(url, {"motif": "SIGN_INSTR"}))
    client.post(url, {"motif": "SIGN_INSTR", "texte": "La page 2 n’est pas signée."})
    version.refresh_from_db()
    assert version.etat == "REJETE"
    page = text_of(as_(cadre.ddets).get(reverse("annexes:detail", args=[version.annexe_id])))
    assert "Signature absente ou non habilitée : La page 2 n’est pas signée." in page


def test_a_refused_transmission_or_validation_says_the_figures_on_the_page(cadre):
    """CAOM exceeded: the sentence, and the state has not moved."""
    version = transmitted(cadre)
    make_version(
        "VALIDE", siae=make_siae(), etp=Decimal(400), montant_cd=Decimal("4670000.00"), brsa_vises=9
    )
    page = text_of(as_(cadre.asp).post(reverse("annexes:valider", args=[version.pk])))
    assert (
        "CAOM 2023 : 4 678 605,36 €, déjà engagés 4 670 000,00 €, cette annexe 25 671,36 €."
    ) in page
    version.refresh_from_db()
    assert version.etat == "SAISI"


def test_the_page_of_an_act_the_state_forbids_sends_back_with_the_reason(cadre):
    """Opening « modifier » on a validated annex: back to its page, with the sentence."""
    version = validated(cadre)
    response = as_(cadre.ddets).get(reverse("annexes:modifier", args=[version.pk]), follow=True)
    assert "Cette version n’est plus modifiable" in text_of(response)
    assert response.redirect_chain[0][0] == reverse("annexes:detail", args=[version.annexe_id])


def test_suspension_is_decided_shown_and_lifted(cadre):
    """The reason is on the page of every party, the structure included."""
    annexe = validated(cadre).annexe
    client = as_(cadre.asp)
    client.post(reverse("annexes:suspendre", args=[annexe.pk]), {"motif": "Contrôle en cours"})
    responsable = make_membership("RESPONSABLE", cadre.siae.structure.organisation)
    page = text_of(as_(responsable).get(reverse("annexes:detail", args=[annexe.pk])))
    assert "Paiements suspendus depuis le 12/01/2023" in page
    assert "Contrôle en cours" in page
    suspension = Suspension.objects.get()
    client.post(reverse("annexes:suspension_lever", args=[suspension.pk]))
    suspension.refresh_from_db()
    assert suspension.levee_le == date(2023, 1, 12)


def test_renewal_and_cancellation_in_the_browser(cadre):
    """A1 is opened PROVISOIRE; an annex never paid is cancelled with its reason."""
    annexe = validated(cadre).annexe
    as_(cadre.ddets).post(reverse("annexes:renouveler", args=[annexe.pk]))
    assert AnnexeFinanciere.objects.get(renouvellement=1).courante.etat == "PROVISOIRE"
    as_(cadre.asp).post(reverse("annexes:annuler", args=[annexe.pk]), {"motif": "Doublon"})
    assert VersionAnnexe.objects.get(annexe=annexe).etat == "ANNULE"


def test_an_arrete_is_previewed_then_applied_in_bulk(cadre, settings):
    """September 2023: the preview gives the difference and writes nothing; the act amends."""
    settings.TODAY = date(2023, 9, 1)
    make_version(siae=cadre.siae)
    client, url = as_(cadre.asp), reverse("annexes:revalorisation")
    page = text_of(client.get(url, {"mesure": "ACI_DC"}))
    assert "1 annexe à revaloriser, pour 4 434,00 € de plus au total." in page
    assert VersionAnnexe.objects.count() == 1
    client.post(url, {"mesure": "ACI_DC"})
    assert list(VersionAnnexe.objects.order_by("pk").values_list("etat", flat=True)) == [
        "HISTORISE",
        "VALIDE",
    ]
    page = text_of(client.get(url, {"mesure": "ACI_DC"}))
    assert "Aucune annexe à revaloriser" in page


def test_the_signed_pdf_may_be_framed_by_the_site_only(cadre):
    """Shown beside the checks: same origin, as a PDF, never sniffed."""
    version = transmitted(cadre)
    response = as_(cadre.asp).get(reverse("annexes:piece_voir", args=[version.pk]))
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]


def roles_of(cadre) -> SimpleNamespace:
    return SimpleNamespace(
        own=make_membership("RESPONSABLE", cadre.siae.structure.organisation),
        other=make_membership("RESPONSABLE", make_siae().structure.organisation),
        cd=make_membership("LECTEUR", cadre.financeur.organisation),
        other_cd=make_membership("LECTEUR"),
        admin=make_membership("ADMINISTRATEUR"),
    )


def test_each_one_sees_what_is_its_own_and_404_beyond(cadre):
    """Another structure, another département, the administration: 404, as if it did not exist."""
    annexe = validated(cadre).annexe
    roles = roles_of(cadre)
    version = annexe.versions.get()
    for name, pk in (
        ("annexes:detail", annexe.pk),
        ("annexes:historique", annexe.pk),
        ("annexes:piece_voir", version.pk),
    ):
        url = reverse(name, args=[pk])
        for membership in (roles.own, roles.cd, cadre.ddets, cadre.asp):
            response = as_(membership).get(url)
            assert b"".join(response)
            assert response.status_code == 200, (name, membership.role)
        for membership in (roles.other, roles.other_cd, roles.admin):
            assert as_(membership).get(url).status_code == 404, (name, membership.role)


def test_a_draft_is_hidden_from_the_structure_and_from_the_departement(cadre):
    """Neither on its page nor in the list, nor its amendment once the annex is validated."""
    roles, annexe = roles_of(cadre), draft(cadre).annexe
    for membership in (roles.own, roles.cd):
        client = as_(membership)
        assert client.get(reverse("annexes:detail", args=[annexe.pk])).status_code == 404
        assert "ACI 062 23 0001" not in text_of(client.get(reverse("annexes:liste")))
    in_force = validated(another_siae(cadre))
    services.open_avenant(
        cadre.ddets, in_force.annexe, motif="Confidentiel", on=date(2023, 1, 12), etp=Decimal("2")
    )
    page = as_(roles.cd).get(reverse("annexes:detail", args=[in_force.annexe_id]))
    assert "Confidentiel" not in text_of(page)
    assert [row["version"] for row in page.context["versions"]] == [in_force]


def test_the_acts_of_another_role_are_forbidden(cadre):
    """403 for a role whose screen it is not; no act is offered to a structure."""
    version = transmitted(cadre)
    roles = roles_of(cadre)
    for membership in (roles.own, cadre.asp):
        for name in ("annexes:modifier", "annexes:transmettre", "annexes:piece"):
            url = reverse(name, args=[version.pk])
            assert as_(membership).post(url).status_code == 403, name
    for name in ("annexes:valider", "annexes:rejeter"):
        for membership in (roles.own, cadre.ddets):
            assert as_(membership).post(reverse(name, args=[version.pk])).status_code == 403, name
    for name in ("annexes:creer", "annexes:apercu", "annexes:revalorisation", "annexes:a_valider"):
        assert as_(roles.own).get(reverse(name)).status_code == 403, name
    page = as_(roles.own).get(reverse("annexes:detail", args=[version.annexe_id]))
    assert page.context["actes"] == []
    version.refresh_from_db()
    assert version.etat == "SAISI"


def test_the_list_filters_by_measure_state_year_and_suspension(cadre):
    """Each filter keeps these rows and no others."""
    suspended = make_version(siae=cadre.siae)
    Suspension.objects.create(
        annexe=suspended.annexe, motif="DECISION", detail="Contrôle", depuis=date(2023, 1, 1)
    )
    ei = make_version("SAISI", siae=make_siae(mesure="EI_DC"))
    older = make_version(
        siae=make_siae(),
        debut=date(2022, 1, 1),
        unitaires=((date(2022, 1, 1), Decimal("21286.00")),),
    )
    nord = make_version(siae=make_siae(departement="059"))
    client, url = as_(cadre.asp), reverse("annexes:liste")

    def rows(**query):
        table = client.get(url, query).context["table"]
        return {row.record.courante for row in table.rows}

    assert rows() == {suspended, ei, older, nord}
    assert rows(mesure="EI_DC") == {ei}
    assert rows(etat="SAISI") == {ei}
    assert rows(annee="2022") == {older}
    assert rows(departement="059") == {nord}
    assert rows(suspendue="oui") == {suspended}
    assert rows(suspendue="non") == {ei, older, nord}
    assert rows(q=suspended.annexe.numero_affiche) == {suspended}
    assert rows(q=nord.siae.structure.denomination) == {nord}
    for sort in ("numero", "-structure", "mesure", "-montant_total", "etat", "debut"):
        assert len(client.get(url, {"sort": sort}).context["table"].rows) == 4


@pytest.mark.parametrize("name", ["annexes:liste", "annexes:a_valider"])
def test_thirty_rows_cost_as_many_queries_as_three(cadre, name, django_assert_num_queries):
    """The lists run a constant number of queries."""
    client, url = as_(cadre.asp), reverse(name)
    for _ in range(3):
        make_version("SAISI", siae=make_siae())
    client.get(url)
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    for _ in range(27):
        make_version("SAISI", siae=make_siae())
    with django_assert_num_queries(len(three)):
        response = client.get(url, {"per_page": 30})
    assert response.context["table"].paginator.count == 30
