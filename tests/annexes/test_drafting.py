"""Drafting: numbers, figures recomputed on every write, revisions, the signed PDF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes import services
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.errors import Refus
from apps.journal.history import history_of
from tests.annexes.conftest import draft, transmitted
from tests.factories import make_convention, make_membership, make_pdf, make_siae


def test_an_annex_takes_the_next_number_of_its_measure_departement_and_year(cadre):
    """ACI 062 23 0001 then 0002: the order number has no gap, each kind has its own."""
    first, second = draft(cadre), draft(cadre)
    ei = make_siae(mesure="EI_DC")
    third = services.create_annexe(
        cadre.ddets,
        ei,
        make_convention(ei),
        figures=cadre.figures(montant_cd=Decimal(0), brsa_vises=0, financeur_cd=None),
        on=date(2023, 1, 4),
    )
    assert [v.annexe.numero for v in (first, second, third)] == [
        "ACI062230001",
        "ACI062230002",
        "EI062230001",
    ]
    assert str(first) == "ACI 062 23 0001 A0 M0"


def test_total_rate_unit_amount_and_hours_come_from_the_rules_and_the_referential(cadre):
    """6 ETP × 22 289 € = 133 734,00 €; 25 671,36 € of it is 19,20 %; an ACI post is 1 820 hours."""
    version = draft(cadre)
    version.refresh_from_db()
    assert version.montant_total == Decimal("133734.00")
    assert version.taux_cd == Decimal("19.20")
    assert version.heures_annuelles_etp == Decimal("1820.00")
    assert list(version.montants_unitaires.values_list("effet", "montant")) == [
        (date(2022, 8, 1), Decimal("22289.00"))
    ]
    assert version.etat == "BROUILLON"
    assert version.annexe.courante == version


def test_after_the_publication_of_the_arrete_the_new_dated_amounts_are_taken(cadre):
    """Known on 1 September 2023: 22 692 from January and 23 196 from May."""
    version = draft(cadre, on=date(2023, 9, 1))
    assert list(version.montants_unitaires.values_list("effet", "montant")) == [
        (date(2023, 1, 1), Decimal("22692.00")),
        (date(2023, 5, 1), Decimal("23196.00")),
    ]
    # 4 × 11 346,00 + 8 × 11 598,00
    assert version.montant_total == Decimal("138168.00")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"debut": date(2023, 1, 2)}, "La période doit commencer le premier jour d’un mois."),
        ({"fin": date(2023, 12, 30)}, "La période doit finir le dernier jour d’un mois."),
        ({"fin": date(2024, 1, 31)}, "La période doit compter de 1 à 12 mois entiers."),
        ({"etp": Decimal(0)}, "Le nombre de postes en ETP doit être supérieur à 0."),
        (
            {"montant_cd": Decimal("133734.01")},
            "Le montant du département (133 734,01 €) dépasse le montant total de l’aide "
            "(133 734,00 €).",
        ),
        (
            {"financeur_cd": None},
            "Indiquez le département cofinanceur, ou un montant de 0,00 €.",
        ),
    ],
)
def test_figures_that_make_no_annex_are_refused_and_nothing_is_written(cadre, changes, sentence):
    """The refusal is a sentence; no annex, and no number, is left behind."""
    with pytest.raises(Refus) as refus:
        draft(cadre, **changes)
    assert str(refus.value).replace("\u00a0", " ") == sentence
    assert not AnnexeFinanciere.objects.exists()
    assert draft(cadre).annexe.numero == "ACI062230001"


def test_another_territory_or_another_role_cannot_create(cadre):
    """Only the DDETS of the structure's département instructs its annexes."""
    elsewhere = make_membership("INSTRUCTEUR")
    elsewhere.organisation.departement = "059"
    for acting in (
        elsewhere,
        cadre.asp,
        make_membership("RESPONSABLE"),
        make_membership("LECTEUR"),
    ):
        with pytest.raises(Refus):
            services.create_annexe(
                acting, cadre.siae, cadre.convention, figures=cadre.figures(), on=date(2023, 1, 4)
            )
    assert not VersionAnnexe.objects.exists()


def test_the_convention_must_be_that_of_the_structure(cadre):
    """A convention of another SIAE is refused by its number."""
    other = make_convention(make_siae())
    with pytest.raises(Refus, match=other.numero):
        services.create_annexe(
            cadre.ddets, cadre.siae, other, figures=cadre.figures(), on=date(2023, 1, 4)
        )


def test_an_edit_recomputes_and_raises_the_revision(cadre):
    """4,5 posts: 100 300,50 €; the journal keeps the figures before and after."""
    version = draft(cadre)
    changed = services.update_version(
        cadre.ddets,
        version,
        revision=version.revision,
        etp=Decimal("4.50"),
        on=date(2023, 1, 4),
    )
    assert changed.montant_total == Decimal("100300.50")
    assert changed.revision == version.revision + 1
    entry = history_of(changed).first()
    assert entry.action == "annexe.modifiee"
    assert (entry.avant["etp"], entry.apres["etp"]) == ("6.00", "4.50")


def test_an_edit_on_an_old_revision_is_refused_and_names_who_changed_it(cadre):
    """Two persons edit at once: the second is told, nothing of the first is lost."""
    version = draft(cadre)
    colleague = make_membership("INSTRUCTEUR", cadre.ddets.organisation)
    services.update_version(
        colleague, version, revision=version.revision, etp=Decimal("5.00"), on=date(2023, 1, 4)
    )
    with pytest.raises(Refus, match=f"modifiée entre-temps par {colleague.user.nom_complet}"):
        services.update_version(
            cadre.ddets, version, revision=version.revision, etp=Decimal("9.00")
        )
    version.refresh_from_db()
    assert version.etp == Decimal("5.00")


def test_a_transmitted_version_is_no_longer_edited(cadre):
    """Once at the ASP, figures and PDF are frozen until a rejection."""
    version = transmitted(cadre)
    with pytest.raises(Refus, match="n’est plus modifiable"):
        services.update_version(cadre.ddets, version, revision=version.revision, brsa_vises=5)
    with pytest.raises(Refus, match="n’est plus modifiable"):
        services.attach_piece(cadre.ddets, version, make_pdf())
    version.refresh_from_db()
    assert version.brsa_vises == 4


def test_only_a_pdf_of_ten_mebibytes_at_most_is_attached(cadre):
    """The content decides, not the name; the former file stays."""
    version = draft(cadre)
    kept = version.piece.name
    with pytest.raises(Refus, match="n’est pas un PDF"):
        services.attach_piece(cadre.ddets, version, make_pdf(contents=b"PK\x03\x04"))
    too_large = b"%PDF-1.7" + b"0" * (10 * 1024 * 1024)
    with pytest.raises(Refus, match="10 Mio"):
        services.attach_piece(cadre.ddets, version, make_pdf(contents=too_large))
    version.refresh_from_db()
    assert version.piece.name == kept


def test_the_convention_of_a_first_version_may_still_change(cadre):
    """A renewal often comes under a new convention, known after it was opened."""
    version = draft(cadre)
    newer = make_convention(cadre.siae)
    services.update_version(
        cadre.ddets, version, revision=version.revision, convention=newer, on=date(2023, 1, 4)
    )
    assert AnnexeFinanciere.objects.get(pk=version.annexe_id).convention == newer
