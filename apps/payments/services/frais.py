"""Management fees: prepared by one person, issued by another, cashed or cancelled (art. 3.2).

Two invoices a year on the acts really counted, then the adjustment of the year; a cancelled invoice
is one cancelled by a credit note. Preview and preparation are one computation, the issue computes
it again. Called by the screens and by the task `payments.prepare_fees`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Membership, Nature, Role
from apps.accounts.notifications import notify
from apps.conventions.models import ConventionMandat
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import next_number
from apps.journal.services import record
from apps.payments import ledger
from apps.payments.facturation import ARRETE, Decompte, count_fees
from apps.payments.models import Ecriture, FactureFrais, LigneFrais
from apps.payments.permissions_frais import (
    can_discard_fees,
    can_issue_fees,
    can_prepare_fees,
)
from apps.payments.schemes import simple_entry
from apps.payments.transitions_frais import next_state_of
from apps.rules.explanation import euros

Etat = FactureFrais.Etat
Periode = FactureFrais.Periode
Evenement = Ecriture.Evenement
SIRET_LENGTH = 14
CHORUS = ("siret", "engagement", "code_service")


@transaction.atomic
def prepare_facture(
    acting: Membership | None,
    mandat: ConventionMandat,
    annee: int,
    periode: str,
    *,
    on: date | None = None,
    **chorus: str,
) -> FactureFrais:
    """Prepare the invoice of a period, or prepare it again while it is not issued.

    `chorus`: siret, engagement, code_service; those of the funder and of its last invoice when not
    given. Refus before the end of the period, when nothing is to be billed, once it is issued.
    """
    can_prepare_fees(acting).enforce()
    jour = on or today()
    mandat = _lock_mandat(mandat)
    _require_ended(annee, periode, jour)
    of_period = FactureFrais.objects.living().filter(mandat=mandat, annee=annee, periode=periode)
    if periode == Periode.AJUSTEMENT:
        _require_semester(mandat, annee)
        of_period = of_period.filter(etat=Etat.PREPAREE)
    facture = of_period.first()
    if facture is not None:
        next_state_of(facture, "preparer")
    decompte = count_fees(mandat, annee, periode, but=facture)
    _require_something(decompte, mandat, annee)
    assert decompte is not None  # noqa: S101 - required just above
    if facture is None:
        facture = FactureFrais(mandat=mandat, annee=annee, periode=periode)
    facture.financeur = mandat.financeur.payer_on(jour)
    facture.arretee_au = decompte.arretee_au
    facture.montant = decompte.montant
    facture.calcul = [etape.as_dict() for etape in decompte.etapes]
    facture.preparee_par = acting.user if acting else None
    facture.preparee_le = jour
    _fill_chorus(facture, chorus)
    facture.save()
    _write_rows(facture, decompte)
    record(acting, "frais.preparee", facture, apres=_figures(facture, decompte))
    return facture


@transaction.atomic
def issue_facture(
    acting: Membership, facture: FactureFrais, *, on: date | None = None
) -> FactureFrais:
    """PREPAREE → EMISE by an ordonnateur who did not prepare it: numbered, posted, notified.

    Refus when the acts to bill have changed since the preparation. A credit note that cancels an
    invoice cancels it now; an amount of 0 is settled at once.
    """
    facture = lock_facture(facture)
    can_issue_fees(acting, facture).enforce()
    next_state_of(facture, "emettre")
    jour = on or today()
    cancelled = lock_facture(facture.annule) if facture.annule else None
    if cancelled is not None:
        _require_cancellable(cancelled)
    else:
        _require_unchanged(facture)
    if len(facture.siret) != SIRET_LENGTH or not facture.siret.isdigit():
        raise Refus(
            "Le SIRET du département manque : Chorus Pro refuserait la facture. Complétez les "
            "références Chorus Pro en la préparant de nouveau."
        )
    facture.numero = next_number("facture_frais")
    facture.emise_par, facture.emise_le = acting.user, jour
    settled = cancelled is not None or not facture.montant
    facture.etat = Etat.PAYEE if settled else Etat.EMISE
    facture.save(update_fields=["numero", "emise_par", "emise_le", "etat"])
    _post_issue(facture, cancelled, jour)
    if cancelled is not None:
        _cancel(acting, cancelled, facture)
    record(
        acting,
        "frais.emise",
        facture,
        avant={"etat": Etat.PREPAREE},
        apres={"etat": facture.etat, "numero": facture.numero, "montant": facture.montant},
    )
    _announce(acting, facture, jour)
    return facture


@transaction.atomic
def prepare_credit_note(
    acting: Membership, facture: FactureFrais, *, motif: str, on: date | None = None
) -> FactureFrais:
    """Prepare the credit note of an issued invoice, for its whole amount; issued by another.

    The acts it had counted are to bill again once the credit note is issued.
    """
    can_prepare_fees(acting).enforce()
    motif = _reason(motif, "de l’avoir")
    facture = lock_facture(facture)
    _require_cancellable(facture)
    if FactureFrais.objects.living().filter(annule=facture).exists():
        raise Refus(f"Un avoir est déjà préparé pour la facture {facture.reference}.")
    avoir = FactureFrais.objects.create(
        mandat=facture.mandat,
        financeur=facture.financeur,
        annee=facture.annee,
        periode=Periode.AVOIR,
        arretee_au=facture.arretee_au,
        montant=-facture.montant,
        annule=facture,
        motif=motif,
        siret=facture.siret,
        engagement=facture.engagement,
        code_service=facture.code_service,
        preparee_par=acting.user,
        preparee_le=on or today(),
    )
    LigneFrais.objects.bulk_create(
        LigneFrais(
            facture=avoir,
            nature=row.nature,
            libelle=row.libelle,
            version_id=row.version_id,
            validee_le=row.validee_le,
            montant_cd=row.montant_cd,
            montant=-row.montant,
            compte=False,
            mandat_id=row.mandat_id,
            annee=row.annee,
        )
        for row in facture.lignes.all()
    )
    record(
        acting,
        "frais.avoir_prepare",
        avoir,
        motif=motif,
        apres={"facture": facture.reference, "montant": avoir.montant},
    )
    return avoir


@transaction.atomic
def discard_facture(acting: Membership, facture: FactureFrais, *, motif: str) -> FactureFrais:
    """PREPAREE → ABANDONNEE: what it had counted is to bill by a later one."""
    facture = lock_facture(facture)
    can_discard_fees(acting, facture).enforce()
    facture.etat = next_state_of(facture, "abandonner")
    facture.motif = _reason(motif, "de l’abandon")
    facture.lignes.update(compte=False)
    facture.save(update_fields=["etat", "motif"])
    record(acting, "frais.abandonnee", facture, motif=facture.motif)
    return facture


def lock_facture(facture: FactureFrais) -> FactureFrais:
    """The invoice as it is now, with what is left to pay, its row held until the end."""
    FactureFrais.objects.select_for_update(of=("self",)).get(pk=facture.pk)
    rows = FactureFrais.objects.select_related("mandat", "financeur", "annule")
    return rows.with_reste().get(pk=facture.pk)


def _lock_mandat(mandat: ConventionMandat) -> ConventionMandat:
    """Two preparations for a mandate wait for each other."""
    rows = ConventionMandat.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("financeur__successeur").get(pk=mandat.pk)


def _require_ended(annee: int, periode: str, jour: date) -> None:
    if periode not in ARRETE:
        raise Refus("Choisissez un semestre, ou l’ajustement de l’année.")
    end = date(annee, *ARRETE[Periode(periode)])
    if jour <= end:
        raise Refus(
            f"Les annexes se comptent jusqu’au {end:%d/%m/%Y} : préparez la facture à partir du "
            "lendemain."
        )


def _require_semester(mandat: ConventionMandat, annee: int) -> None:
    second = FactureFrais.objects.filter(
        mandat=mandat, annee=annee, periode=Periode.SEMESTRE_2, numero__isnull=False
    )
    if not second.exists():
        raise Refus(
            f"L’ajustement de {annee} vient après la facture du 2d semestre, qui compte déjà ce "
            "que le premier n’a pas compté : émettez-la d’abord."
        )


def _require_something(decompte: Decompte | None, mandat: ConventionMandat, annee: int) -> None:
    if decompte is None:
        raise Refus(
            f"Aucun prix n’est connu pour {annee} : enregistrez un avenant financier sur la "
            f"page de la {str(mandat)[0].lower()}{str(mandat)[1:]}."
        )
    if not decompte.rangs:
        raise Refus("Rien n’est à facturer pour cette période : aucune annexe n’est à compter.")


def _require_unchanged(facture: FactureFrais) -> None:
    """The invoice prepared is what would be prepared now, row by row."""
    _lock_mandat(facture.mandat)
    now = count_fees(facture.mandat, facture.annee, facture.periode, but=facture)
    rows = facture.lignes.values_list("nature", "version_id", "montant")
    expected = {rang.key for rang in now.rangs} if now else set()
    if set(rows) != expected or now is None or now.montant != facture.montant:
        raise Refus(
            "Le décompte a changé depuis la préparation de cette facture : préparez-la de nouveau."
        )


def _require_cancellable(facture: FactureFrais) -> None:
    next_state_of(facture, "annuler")
    if facture.is_avoir:
        raise Refus("Un avoir ne s’annule pas.")
    if facture.encaisse or facture.impute:
        raise Refus(
            "Une somme a été encaissée ou imputée sur cette facture : elle ne s’annule plus. Les "
            "annexes comptées à tort sont déduites par l’ajustement de l’année."
        )


def _fill_chorus(facture: FactureFrais, chorus: dict[str, str]) -> None:
    """References given, else those it has, else those of the last invoice or of the funder."""
    last = (
        FactureFrais.objects.filter(mandat=facture.mandat_id).exclude(pk=facture.pk).first()
        if not facture.pk
        else None
    )
    funder = {
        "siret": facture.financeur.siret,
        "engagement": "",
        "code_service": facture.financeur.reference_chorus,
    }
    for name in CHORUS:
        known = getattr(facture, name) or getattr(last, name, "") or funder[name]
        given = chorus.get(name)
        setattr(facture, name, "".join(given.split()) if given is not None else known)


def _write_rows(facture: FactureFrais, decompte: Decompte) -> None:
    facture.lignes.all().delete()
    LigneFrais.objects.bulk_create(
        LigneFrais(
            facture=facture,
            nature=rang.nature,
            libelle=rang.libelle,
            version=rang.version,
            validee_le=rang.version.validee_le if rang.version else None,
            montant_cd=rang.version.montant_cd if rang.version else None,
            montant=rang.montant,
            mandat_id=facture.mandat_id,
            annee=facture.annee,
        )
        for rang in decompte.rangs
    )


def _post_issue(facture: FactureFrais, cancelled: FactureFrais | None, jour: date) -> None:
    """A credit note that cancels an invoice is posted under the invoice: nothing is left of it."""
    if facture.montant > 0:
        post_fees(facture, Evenement.FRAIS_FACTURES, facture.montant, jour)
    elif facture.montant < 0:
        post_fees(cancelled or facture, Evenement.FRAIS_AVOIR, -facture.montant, jour, by=facture)


def post_fees(
    about: FactureFrais,
    event: str,
    montant: Decimal,
    jour: date,
    *,
    by: FactureFrais | None = None,
) -> Ecriture:
    """One entry of the fees, for the département that pays on the day."""
    libelle = f"{Evenement(event).label} – {(by or about).reference} {about.libelle_periode}"
    entry = simple_entry(
        event,
        ledger.Piece(reference=about.reference),
        montant,
        libelle,
        financeur_id=about.mandat.financeur.payer_on(jour).pk,
        mandat_id=about.mandat_id,
    )
    [ecriture] = ledger.post([entry], jour)
    return ecriture


def _cancel(acting: Membership, facture: FactureFrais, avoir: FactureFrais) -> None:
    facture.etat = next_state_of(facture, "annuler")
    facture.save(update_fields=["etat"])
    facture.lignes.update(compte=False)
    record(
        acting,
        "frais.annulee",
        facture,
        motif=avoir.motif,
        avant={"etat": Etat.EMISE},
        apres={"etat": facture.etat, "avoir": avoir.reference},
    )


def _announce(acting: Membership, facture: FactureFrais, jour: date) -> None:
    url = reverse("frais:facture", args=[facture.pk])
    kind = "Avoir" if facture.is_avoir else "Facture"
    amount = euros(abs(facture.montant))
    if facture.financeur.organisation is not None:
        notify(
            facture.financeur.organisation,
            f"{kind} {facture.reference} : frais de gestion, {facture.libelle_periode.lower()}",
            f"L’ASP a émis ce document d’un montant de {amount}, avec la liste des annexes "
            "comptées. Il vous parvient aussi par Chorus Pro.",
            url,
            nature=Nature.CONVENTION,
            on=jour,
            courriel=True,
        )
    if facture.etat == Etat.EMISE:
        notify(
            acting.organisation,
            f"{kind} {facture.reference} de frais de gestion à suivre",
            f"{facture.financeur} : {amount}. Enregistrez l’encaissement à sa réception.",
            url,
            nature=Nature.CONVENTION,
            roles=(Role.COMPTABLE,),
            on=jour,
        )


def _reason(motif: str, of: str) -> str:
    motif = motif.strip()
    if not motif:
        raise Refus(f"Indiquez le motif {of}.")
    return motif


def _figures(facture: FactureFrais, decompte: Decompte) -> dict[str, object]:
    return {
        "periode": facture.libelle_periode,
        "annexes_comptees": decompte.actes,
        "montant": facture.montant,
    }
