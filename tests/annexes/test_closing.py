"""Suspension, cancellation and closing of an annex."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.annexes import services
from apps.annexes.models import Suspension
from apps.core.errors import Refus
from apps.journal.history import history_of
from apps.payments.models import Campagne, Versement
from tests.annexes.conftest import validated


def pay(version, *, statut="EXECUTE", nature="forfait"):
    campagne = Campagne.objects.create(
        numero=Campagne.objects.count() + 1,
        mois=date(2023, 1, 1),
        jour_paiement=date(2023, 1, 20),
        etat="ABANDONNEE",
    )
    return Versement.objects.create(
        campagne=campagne,
        annexe=version.annexe,
        version=version,
        structure=version.siae.structure,
        mois=date(2023, 1, 1),
        nature=nature,
        statut=statut,
        montant=Decimal("100.00"),
        part_etat=Decimal("100.00"),
        part_cd=Decimal("0.00"),
        execute_le=date(2023, 1, 20) if statut == "EXECUTE" else None,
    )


@pytest.mark.parametrize(
    ("statut", "sentence"),
    [("EXECUTE", "se raccourcit par un avenant"), ("PROPOSE", "faites retirer ses lignes")],
)
def test_an_annex_paid_or_being_paid_is_not_cancelled(cadre, statut, sentence):
    """It is shortened instead; nothing changes."""
    version = validated(cadre)
    pay(version, statut=statut)
    with pytest.raises(Refus, match=sentence):
        services.cancel_annexe(cadre.asp, version.annexe, motif="Doublon")
    version.refresh_from_db()
    assert version.etat == "VALIDE"


def test_what_would_be_refused_is_not_offered(cadre, client):
    """The page of a paid annex says why it is not cancelled, instead of asking for a reason."""
    annexe = validated(cadre).annexe
    client.force_login(cadre.asp.user)
    cancel = reverse("annexes:annuler", args=[annexe.pk])
    page = client.get(reverse("annexes:detail", args=[annexe.pk])).text
    assert cancel in page
    assert "Actes qui ne sont pas possibles" not in page
    pay(annexe.courante, statut="EXECUTE")
    page = client.get(reverse("annexes:detail", args=[annexe.pk])).text
    assert cancel not in page
    assert "Annuler l’annexe : Des paiements ont été exécutés" in page


@pytest.mark.parametrize("statut", ["RETIRE", "REJETE", "ABANDONNE"])
def test_an_annex_never_paid_is_cancelled_with_its_reason(cadre, statut):
    """Lines withdrawn from a run were never paid."""
    version = validated(cadre)
    pay(version, statut=statut)
    services.cancel_annexe(cadre.asp, version.annexe, motif="Doublon", on=date(2023, 2, 1))
    version.refresh_from_db()
    assert version.etat == "ANNULE"
    assert history_of(version).first().motif == "Doublon"


def test_a_cancelled_annex_leaves_its_amount_to_the_caom(cadre):
    """Once cancelled, nothing of it is committed any more."""
    from apps.annexes.consumption import consumption_of

    version = validated(cadre)
    assert consumption_of(cadre.caom).engage == Decimal("25671.36")
    services.cancel_annexe(cadre.asp, version.annexe, motif="Doublon")
    used = consumption_of(cadre.caom)
    assert (used.engage, used.beneficiaires, used.annexes) == (Decimal("0.00"), 0, 0)


def test_an_annex_is_closed_once_its_final_regularisation_is_executed(cadre):
    """Not before; the closed annex is no longer amended."""
    version = validated(cadre)
    with pytest.raises(Refus, match="régularisation finale"):
        services.close_annexe(cadre.asp, version.annexe)
    pay(version, nature="solde")
    services.close_annexe(cadre.asp, version.annexe, on=date(2024, 6, 1))
    version.refresh_from_db()
    assert version.etat == "CLOTURE"
    with pytest.raises(Refus, match="non clôturée"):
        services.open_avenant(cadre.ddets, version.annexe, motif="Trop tard")


def test_a_suspension_is_decided_with_a_reason_once_and_lifted_once(cadre):
    """One open decision at a time; its reason is for all parties to read."""
    annexe = validated(cadre).annexe
    with pytest.raises(Refus, match="motif de la suspension"):
        services.suspend_annexe(cadre.asp, annexe, detail="")
    suspension = services.suspend_annexe(
        cadre.asp, annexe, detail="Contrôle sur place en cours", on=date(2023, 4, 3)
    )
    with pytest.raises(Refus, match="déjà suspendus"):
        services.suspend_annexe(cadre.asp, annexe, detail="Encore")
    services.lift_suspension(cadre.asp, suspension, on=date(2023, 5, 2))
    suspension.refresh_from_db()
    assert (suspension.depuis, suspension.levee_le) == (date(2023, 4, 3), date(2023, 5, 2))
    with pytest.raises(Refus, match="déjà été levée le 02/05/2023"):
        services.lift_suspension(cadre.asp, suspension)
    assert Suspension.objects.count() == 1


def test_an_automatic_suspension_is_not_lifted_by_hand(cadre):
    """It ends by itself when the missing statements are validated."""
    annexe = validated(cadre).annexe
    suspension = Suspension.objects.create(
        annexe=annexe, motif="EMP_NON_SAISI", detail="Mars 2023", depuis=date(2023, 5, 1)
    )
    with pytest.raises(Refus, match="levée d’elle-même"):
        services.lift_suspension(cadre.asp, suspension)
    suspension.refresh_from_db()
    assert suspension.levee_le is None


def test_only_the_asp_suspends_cancels_and_closes(cadre):
    """The DDETS is refused each of the three."""
    annexe = validated(cadre).annexe
    for act in (
        lambda: services.suspend_annexe(cadre.ddets, annexe, detail="Non"),
        lambda: services.cancel_annexe(cadre.ddets, annexe, motif="Non"),
        lambda: services.close_annexe(cadre.ddets, annexe),
    ):
        with pytest.raises(Refus, match="gestionnaire de l’ASP"):
            act()
    assert not Suspension.objects.exists()
