"""The checks of spec 01 §4, one situation each, with the figures of the sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from apps.annexes import services
from apps.annexes.checks import check_version
from apps.annexes.models import MontantUnitaire, VersionAnnexe
from apps.core.errors import Refus
from apps.rules import parameter
from apps.rules.parameter import Valeur
from apps.siae.models import CoordonneesBancaires, Structure
from tests.annexes.conftest import another_siae, draft, transmitted, validated
from tests.factories import make_caom, make_delegation, make_siae, make_version

ON = date(2023, 1, 5)


def findings(version, on=ON):
    """[(blocking, field, sentence)] with plain spaces, on a fresh reading of the version."""
    version = VersionAnnexe.objects.get(pk=version.pk)
    return [
        (c.bloquant, c.champ, c.message.replace("\u00a0", " "))
        for c in check_version(version, on=on)
    ]


def set_on(version, **fields):
    VersionAnnexe.objects.filter(pk=version.pk).update(**fields)
    return version


def test_a_blameless_annex_has_no_finding(cadre):
    """No sentence at all: neither refusal nor warning."""
    assert findings(draft(cadre)) == []


def test_the_period_must_be_inside_the_convention(cadre):
    """The sentence gives both periods."""
    cadre.convention.debut = date(2023, 2, 1)
    cadre.convention.save()
    assert findings(draft(cadre)) == [
        (
            True,
            "fin",
            "La période du 01/01/2023 au 31/12/2023 sort de la convention "
            f"{cadre.convention.numero}, qui va du 01/02/2023 au 31/12/2025.",
        )
    ]


def test_two_annexes_of_one_structure_do_not_overlap(cadre):
    """A validated one blocks; one only transmitted warns; another structure's does neither."""
    first = transmitted(cadre, etp=Decimal("1.00"), montant_cd=Decimal(0), brsa_vises=0)
    second = draft(cadre, debut=date(2023, 7, 1), montant_cd=Decimal(0), brsa_vises=0)
    period = "du 01/01/2023 au 31/12/2023"
    assert findings(second) == [
        (
            False,
            "debut",
            f"L’annexe {first}, transmise et non validée, couvre une période commune {period}.",
        )
    ]
    services.validate_annexe(cadre.asp, first, on=date(2023, 1, 6))
    blocked = f"L’annexe {first} de la même structure couvre déjà la période {period}."
    assert findings(second) == [(True, "debut", blocked)]
    assert findings(draft(another_siae(cadre))) == []


def test_unit_amount_is_that_of_the_referential_known_on_the_day_of_transmission(cadre):
    """The arrêté published on 17 August 2023 says nothing to an annex sent in January."""
    version = transmitted(cadre)
    assert findings(version, on=date(2023, 9, 1)) == []
    written = draft(another_siae(cadre))
    assert findings(written, on=date(2023, 9, 1))[0] == (
        True,
        "montants_unitaires",
        "Le montant unitaire de janvier 2023 est de 22 289,00 € alors que le référentiel connu "
        "au 01/09/2023 donne 22 692,00 €.",
    )


def test_hours_per_post_are_those_of_the_measure(cadre):
    """1 505 hours are those of an EI."""
    version = draft(cadre, heures_annuelles_etp=Decimal("1505"))
    assert findings(version) == [
        (
            True,
            "heures_annuelles_etp",
            "La durée annuelle d’un ETP est de 1 505 h alors que le référentiel connu au "
            "05/01/2023 donne 1 820 h.",
        )
    ]


def test_hours_published_after_the_transmission_say_nothing_to_the_annex(cadre, monkeypatch):
    """Retroactive hours, published in March: an annex sent in January is validated with its own;
    its amendment of April, and a draft taken up again, read the new ones."""
    text = Valeur(date(2023, 1, 1), date(2023, 3, 1), Decimal(1750), "décret du 28 février 2023")
    monkeypatch.setattr(parameter, "_source", lambda: {("heures_etp", "ACI_DC"): [text]})
    april = date(2023, 4, 1)
    sent, written = transmitted(cadre), draft(another_siae(cadre))
    assert findings(sent, on=april) == []
    services.validate_annexe(cadre.asp, sent, on=april)
    (found,) = findings(written, on=april)
    assert found[:2] == (True, "heures_annuelles_etp")
    services.update_version(cadre.ddets, written, revision=written.revision, on=april)
    assert findings(written, on=april) == []
    avenant = services.open_avenant(cadre.ddets, sent.annexe, motif="Postes", on=april)
    assert (sent.heures_annuelles_etp, avenant.heures_annuelles_etp) == (1820, 1750)


def test_the_total_is_recomputed(cadre):
    """A total that is not the rules' blocks, with both figures."""
    version = set_on(draft(cadre), montant_total=Decimal("133734.01"))
    assert findings(version) == [
        (
            True,
            "montant_total",
            "Le montant total inscrit est de 133 734,01 € alors que le calcul donne 133 734,00 €.",
        )
    ]


def test_unit_amounts_must_cover_the_period(cadre):
    """An annex without an amount for its first month cannot be computed."""
    version = draft(cadre)
    MontantUnitaire.objects.filter(version=version).update(effet=date(2023, 2, 1))
    assert findings(version) == [
        (True, "montants_unitaires", "Les montants unitaires ne couvrent pas la période.")
    ]


def test_the_signed_pdf_the_signatory_and_the_date_are_required(cadre):
    """Three sentences, one per missing thing."""
    version = services.create_annexe(
        cadre.ddets,
        cadre.siae,
        cadre.convention,
        figures=cadre.figures(signataire=None, signee_le=None),
        on=ON,
    )
    assert findings(version) == [
        (True, "piece", "Joignez l’annexe signée (PDF)."),
        (True, "signee_le", "Indiquez la date de signature de l’annexe."),
        (True, "signataire", "Indiquez le signataire de l’annexe."),
    ]


def test_the_signature_is_not_in_the_future(cadre):
    """Signed on 9 January, sent on the 5th: refused."""
    assert findings(draft(cadre, signee_le=date(2023, 1, 9))) == [
        (True, "signee_le", "La date de signature (09/01/2023) est à venir.")
    ]


def test_the_signatory_holds_a_delegation_valid_that_day_for_that_territory(cadre):
    """Convention art. 6: a signature outside a valid delegation is refused."""
    ended = make_delegation("062", nom="Alix Ancien", fin=date(2022, 12, 31))
    assert findings(draft(cadre, signataire=ended)) == [
        (
            True,
            "signataire",
            "La délégation de Alix Ancien est valable à compter du 01/01/2020 au 31/12/2022 : "
            "elle ne couvre pas la signature du 03/01/2023.",
        )
    ]
    elsewhere = make_delegation("059", nom="Sacha Voisin")
    assert findings(draft(cadre, signataire=elsewhere)) == [
        (
            True,
            "signataire",
            "Sacha Voisin n’a pas de délégation de signature pour le département 062.",
        )
    ]


def test_the_caom_of_the_year_of_signature_must_exist(cadre):
    """Signed in 2022, an annex counts on the CAOM of 2022 (art. 9)."""
    cadre.mandat.debut = date(2022, 1, 1)
    cadre.mandat.save()
    version = draft(cadre, signee_le=date(2022, 12, 20))
    assert findings(version) == [
        (True, "montant_cd", "Département 062 : aucune CAOM 2022 n’est enregistrée.")
    ]
    make_caom(cadre.financeur, 2022)
    assert findings(version) == []


def test_a_caom_not_signed_yet_warns_the_payments_will_be_held(cadre):
    """The annex may be validated; the money waits."""
    cadre.caom.signee_le = None
    cadre.caom.save()
    assert findings(draft(cadre)) == [
        (
            False,
            "montant_cd",
            "La CAOM 2023 n’est pas signée : les paiements seront retenus jusque-là.",
        )
    ]


def test_the_caom_must_fund_the_measure(cadre):
    """A CAOM for ACI funds no EI."""
    frame = another_siae(cadre)
    frame.siae = make_siae(frame.siae.structure, "EI_DC")
    frame.convention.siae = frame.siae
    frame.convention.save()
    assert findings(draft(frame)) == [
        (
            True,
            "montant_cd",
            "La CAOM 2023 ne prévoit pas de cofinancement pour la mesure EI.",
        )
    ]


def engage(cadre, montant_cd, brsa):
    """An annex of another structure, in force, that commits an amount."""
    siae = make_siae()
    make_version("VALIDE", siae=siae, etp=Decimal(400), montant_cd=montant_cd, brsa_vises=brsa)


def test_the_envelope_of_the_caom_is_never_exceeded(cadre):
    """4 678 605,36 € in all: with 4 670 000,00 € committed, 8 605,36 € is the last amount."""
    engage(cadre, Decimal("4670000.00"), 700)
    version = draft(cadre, montant_cd=Decimal("23040.96"))
    assert (
        True,
        "montant_cd",
        "CAOM 2023 : 4 678 605,36 €, déjà engagés 4 670 000,00 €, cette annexe 23 040,96 €.",
    ) in findings(version)
    with pytest.raises(Refus, match="CAOM 2023"):
        services.transmit_annexe(cadre.ddets, version, on=ON)
    services.update_version(
        cadre.ddets, version, revision=version.revision, montant_cd=Decimal("8605.36"), on=ON
    )
    assert [blocking for blocking, _, _ in findings(version)] == [False]
    services.update_version(
        cadre.ddets, version, revision=version.revision + 1, montant_cd=Decimal("8605.37"), on=ON
    )
    assert [blocking for blocking, _, _ in findings(version)] == [True, False]


def test_the_beneficiaries_of_the_caom_are_never_exceeded(cadre):
    """729 in all: after 726, three are left and four are refused."""
    engage(cadre, Decimal("1000000.00"), 726)
    version = draft(cadre)
    assert findings(version) == [
        (
            True,
            "brsa_vises",
            "CAOM 2023 : 729 bénéficiaires, déjà engagés 726, cette annexe 4.",
        )
    ]
    engage(cadre, Decimal(0), 700)  # without the département's money: not on the CAOM
    services.update_version(
        cadre.ddets,
        version,
        revision=version.revision,
        brsa_vises=3,
        montant_cd=Decimal("19253.52"),
        on=ON,
    )
    assert findings(version) == []


def test_an_amendment_does_not_count_the_amount_it_replaces(cadre):
    """The CAOM holds one annex twice over: its amendment passes, a second annex does not."""
    cadre.caom.objectifs.update(
        entrees_brsa=5, montant_mensuel=Decimal("534.82"), montant=Decimal("32089.20")
    )
    version = validated(cadre)
    amendment = services.open_avenant(
        cadre.ddets,
        version.annexe,
        motif="Un bénéficiaire de plus",
        on=date(2023, 3, 1),
        brsa_vises=5,
        montant_cd=Decimal("32089.20"),
    )
    # The amendment still misses its own signature; nothing is said of the CAOM.
    assert [champ for _, champ, _ in findings(amendment, on=date(2023, 3, 1))] == [
        "piece",
        "signee_le",
        "signataire",
    ]
    assert "CAOM 2023 : 32 089,20 €, déjà engagés 25 671,36 €, cette annexe 25 671,36 €." in [
        message for _, _, message in findings(draft(another_siae(cadre)))
    ]


def test_a_mandate_must_cover_the_signature(cadre):
    """Denounced, it takes no new annex; not signed yet, the payments only wait (art. 9, 10)."""
    version = draft(cadre)
    cadre.mandat.signee_le = None
    cadre.mandat.save()
    assert findings(version) == [
        (
            False,
            "montant_cd",
            "La convention de mandat n’est pas signée : les paiements seront retenus jusque-là.",
        )
    ]
    cadre.mandat.signee_le = date(2022, 12, 1)
    cadre.mandat.denoncee_le = date(2023, 1, 3)
    cadre.mandat.save()
    refusal = (
        "Département 062 : aucune convention de mandat n’est en vigueur à la date de signature "
        "du 03/01/2023"
    )
    assert findings(version) == [
        (True, "montant_cd", f"{refusal} (dénoncée à effet du 03/01/2023).")
    ]
    # Of another year: a mandate whose funds have moved is never deleted.
    cadre.mandat.debut, cadre.mandat.fin = date(2020, 1, 1), date(2020, 12, 31)
    cadre.mandat.denoncee_le = None
    cadre.mandat.save()
    assert findings(version) == [(True, "montant_cd", f"{refusal}.")]


def test_a_commercial_company_is_not_eligible_for_the_departement_of_an_aci(cadre):
    """Convention art. 2 lists the employers."""
    Structure.objects.filter(pk=cadre.siae.structure_id).update(forme_juridique="SOCIETE")
    (finding,) = findings(draft(cadre))
    assert finding[:2] == (True, "montant_cd")
    assert "(Société commerciale)" in finding[2]


def test_without_active_bank_details_the_payments_will_be_held(cadre):
    """A warning: the annex may be validated."""
    CoordonneesBancaires.objects.update(etat="REMPLACEE")
    assert findings(draft(cadre)) == [
        (
            False,
            "",
            "La structure n’a pas de coordonnées bancaires actives : les paiements seront "
            "retenus jusque-là.",
        )
    ]


def test_an_amount_that_is_not_the_caoms_warns(cadre):
    """4 × 534,82 × 12 = 25 671,36 €."""
    assert findings(draft(cadre, montant_cd=Decimal("23040.96"))) == [
        (
            False,
            "montant_cd",
            "Le montant du département (23 040,96 €) diffère de celui que donne la CAOM pour "
            "4 bénéficiaires (25 671,36 €).",
        )
    ]


def test_beneficiaries_without_money_warn(cadre):
    """Four beneficiaries aimed at and no amount: an oversight, or not."""
    assert findings(draft(cadre, montant_cd=Decimal(0))) == [
        (
            False,
            "montant_cd",
            "Des bénéficiaires du RSA sont visés sans montant du département.",
        )
    ]


def test_checks_run_again_at_validation(cadre):
    """What became wrong between transmission and validation refuses the validation."""
    version = transmitted(cadre)
    engage(cadre, Decimal("4670000.00"), 700)
    with pytest.raises(Refus, match="déjà engagés"):
        services.validate_annexe(cadre.asp, version, on=date(2023, 1, 10))
    version.refresh_from_db()
    assert version.etat == "SAISI"
