"""Follow-up of the CAOM: the envelope, what the annexes commit, the ledger, the pace."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.annexes.consumption import consumption_of
from apps.annexes.models import VersionAnnexe
from apps.conventions.models import Caom
from apps.dashboards.suivi_caom import SuiviCaom, chart_of, follow_up
from apps.payments.ledger import paid_by_annexe
from tests.documents.conftest import case
from tests.factories import make_caom, make_financeur, make_membership, make_version
from tests.payments.dossiers import make_annexe

ON = date(2018, 8, 1)


def caoms(acting, annee: int) -> list[Caom]:
    found = Caom.objects.visible_to(acting).filter(annee=annee)
    return list(found.select_related("financeur").prefetch_related("objectifs"))


def signed_in(year: int) -> None:
    VersionAnnexe.objects.update(signee_le=date(year, 1, 2))


def the_only(acting, annee: int = 2018) -> SuiviCaom:
    (found,) = follow_up(acting, caoms(acting, annee), ON)
    return found


def test_committed_is_what_the_checks_count_and_paid_is_the_ledger(annee):
    """The four annexes of 2018, as the checks of an annex add them up; what the département's
    treasury paid for them."""
    signed_in(2018)
    suivi = the_only(annee.lecteur)
    counted = consumption_of(suivi.caom, on=ON)
    assert suivi.engage == counted.engage
    assert len(suivi.annexes) == counted.annexes == 4
    paid = paid_by_annexe([annexe.pk for annexe in annee.annexes])
    assert suivi.paye == sum(v for (_a, funder), v in paid.items() if funder == annee.cd.pk)
    assert suivi.a_recouvrer == Decimal("1920.82")


def test_a_settled_annex_has_nothing_left_to_pay(annee):
    """Cut short: 9 600,82 € paid, 1 920,82 € to recover, 7 680,00 € borne in the end."""
    signed_in(2018)
    row = next(
        r for r in the_only(annee.lecteur).annexes if r.dossier.annexe.pk == annee.ecourtee.pk
    )
    assert (row.paye, row.reste, row.prevu) == (
        Decimal("9600.82"),
        Decimal("0.00"),
        Decimal("7680.00"),
    )


def test_an_annex_counts_on_the_year_it_was_signed(annee):
    """Signed in December 2017: nothing on the CAOM of 2018, all on that of 2017."""
    assert the_only(annee.lecteur, 2018).annexes == []
    assert len(the_only(annee.lecteur, 2017).annexes) == 4


def test_a_successor_follows_the_annexes_it_took_over(db):
    """A département without a CAOM of its own that year counts on its successor's; with one of
    its own, it does not."""
    annexe = make_annexe(case("annexe-de-six-mois"))
    signed_in(2018)
    old = annexe.courante.financeur_cd
    new = make_financeur("6AE")
    type(old).objects.filter(pk=old.pk).update(successeur=new, succede_le=date(2018, 1, 1))
    make_caom(new, 2018)
    reader = make_membership("LECTEUR", new.organisation)
    by_funder = {s.caom.financeur_id: s for s in follow_up(reader, caoms(reader, 2018), ON)}
    assert [len(by_funder[pk].annexes) for pk in (old.pk, new.pk)] == [1, 0]
    Caom.objects.filter(financeur=old).delete()
    assert len(the_only(reader).annexes) == 1


def test_another_departement_has_no_row_and_no_sum(annee):
    signed_in(2018)
    other = make_financeur("080")
    make_caom(other, 2018)
    suivi = the_only(make_membership("LECTEUR", other.organisation))
    assert (suivi.annexes, suivi.engage, suivi.paye) == ([], Decimal("0.00"), Decimal("0.00"))
    assert suivi.decide == Decimal("4678605.36")


def test_until_a_month_is_known_the_annex_is_expected_to_use_its_amount(db):
    """A year that begins is not forecast at 0 €."""
    annexe = make_annexe({**case("annexe-de-six-mois"), "mois": []})
    signed_in(2018)
    suivi = the_only(make_membership("LECTEUR", annexe.courante.financeur_cd.organisation))
    assert suivi.prevu == suivi.engage == annexe.courante.montant_cd > 0


def test_what_was_paid_before_the_money_was_removed_stays_paid(annee):
    """Nothing is committed any more; the payments remain those of the ledger."""
    signed_in(2018)
    before = the_only(annee.lecteur)
    moitie = annee.moitie
    unit = ((date(2018, 1, 1), Decimal("19655.00")),)
    make_version(annexe=moitie, debut=date(2018, 1, 1), unitaires=unit, montant_cd=Decimal(0))
    for acting in (annee.lecteur, annee.asp.comptable):
        after = the_only(acting)
        assert after.engage == consumption_of(after.caom, on=ON).engage < before.engage
        assert after.beneficiaires_vises == consumption_of(after.caom, on=ON).beneficiaires
        assert after.paye == before.paye


def test_the_chart_tells_the_four_amounts(annee):
    signed_in(2018)
    suivi = the_only(annee.lecteur)
    assert chart_of(suivi).series[0].valeurs == [
        suivi.decide,
        suivi.engage,
        suivi.paye,
        suivi.prevu,
    ]


def test_the_number_of_queries_does_not_depend_on_the_number_of_annexes_or_caom(db):
    acting = make_membership("GESTIONNAIRE")

    def queries() -> int:
        asked = caoms(acting, 2018)
        with CaptureQueriesContext(connection) as captured:
            follow_up(acting, asked, ON)
        return len(captured)

    make_annexe(case("annexe-de-six-mois"))
    signed_in(2018)
    few = queries()
    for code in ("080", "059", "002"):
        make_caom(make_financeur(code), 2018)
    for _ in range(5):
        make_annexe(case("annexe-de-six-mois"))
    signed_in(2018)
    assert queries() == few <= 13


def test_pages(annee, client: Client, settings):
    """By year, then annex by annex; a structure has no business there."""
    settings.TODAY = ON
    signed_in(2018)
    client.force_login(annee.lecteur.user)
    page = client.get(reverse("dashboards:suivi_caom"))
    assert page.context["annee"] == 2018
    assert client.get(reverse("dashboards:suivi_caom"), {"annee": "x"}).context["annee"] == 2018
    caom = page.context["suivis"][0].caom
    detail = client.get(reverse("dashboards:suivi_caom_detail", args=[caom.pk]))
    assert str(annee.moitie) in detail.text
    client.force_login(make_membership("RESPONSABLE").user)
    assert client.get(reverse("dashboards:suivi_caom")).status_code == 403
