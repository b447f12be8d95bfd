"""The ASP validates statements, re-opens them, or records that one will not come.

Text: cahier des charges §2.3-2.4, spec 01 §3. Validation is set-based: one UPDATE of the lines,
one of the statements, one INSERT in the journal, for one statement or for hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import Fact, record, record_many
from apps.presence.eligibility import freeze
from apps.presence.models import EtatMensuel
from apps.presence.notices import tell_carence, tell_reopened, tell_validated
from apps.presence.permissions import can_record_carence, can_reopen, can_validate
from apps.presence.querysets import validated_totals
from apps.presence.services.entry import lock_etat
from apps.presence.services.suspensions import deadline_of, lift_suspensions
from apps.presence.transitions import SENTENCES, TRANSITIONS, reach
from apps.rules.periods import Month

NEXT_VERSION = """
    INSERT INTO presence_lignepresence
           (etat_mensuel_id, version, contrat_id, salarie_id, heures_declarees, heures_eligibles,
            motif_ineligibilite, brsa, salaire_brut, commentaire, revision, modifie_par_id,
            modifie_le)
    SELECT etat_mensuel_id, version + 1, contrat_id, salarie_id, heures_declarees, NULL,
           '', FALSE, salaire_brut, commentaire, 1, modifie_par_id, modifie_le
      FROM presence_lignepresence
     WHERE etat_mensuel_id = %s AND version = %s
"""


@transaction.atomic
def validate_etat(
    acting: Membership, etat: EtatMensuel, *, version: int | None = None, on: date | None = None
) -> EtatMensuel:
    """Validate one certified statement; see `validate_etats`.

    `version` is the one that a page had shown: another, certified meanwhile, is to be read first.
    """
    if version is not None and lock_etat(etat).version != version:
        raise Refus(
            f"{etat} : une autre version a été ouverte depuis l’affichage de cette page. Relisez "
            "ses heures avant de la valider."
        )
    return validate_etats(acting, [etat], on=on)[0]


@transaction.atomic
def validate_etats(
    acting: Membership, etats: Iterable[EtatMensuel], *, on: date | None = None
) -> list[EtatMensuel]:
    """Validate certified statements, all or none; freezes eligible hours and beneficiaries.

    Lifts the suspensions whose months are now all validated. `Refus` names each statement that
    cannot be validated.
    """
    can_validate(acting).enforce()
    on = on or today()
    locked = list(
        EtatMensuel.objects.select_for_update(of=("self",))
        .filter(pk__in=[etat.pk for etat in etats])
        .select_related("annexe__courante", "annexe__siae__structure")
        .order_by("pk")
    )
    refusals = [sentence for etat in locked if (sentence := _not_valid(acting, etat, on))]
    if refusals:
        raise Refus(*refusals)
    ids = [etat.pk for etat in locked]
    freeze(ids)
    state = TRANSITIONS["valider"][1]
    EtatMensuel.objects.filter(pk__in=ids).update(etat=state, valide_par=acting.user, valide_le=on)
    annexe_ids = {etat.annexe_id for etat in locked}
    totals = {(row.annexe_id, row.mois): row for row in validated_totals(annexe_ids)}
    facts = []
    for etat in locked:
        etat.etat, etat.valide_par, etat.valide_le = state, acting.user, on
        total = totals[etat.annexe_id, etat.mois]
        after = {
            "version": etat.version,
            "valide_le": on,
            "heures_eligibles": total.heures,
            "brsa": total.brsa,
        }
        facts.append(Fact("etat.valide", etat, apres=after))
    record_many(acting, facts)
    lift_suspensions(annexe_ids, on)
    if locked:
        tell_validated(locked)
    return locked


@transaction.atomic
def reopen_etat(
    acting: Membership, etat: EtatMensuel, *, motif: str, on: date | None = None
) -> EtatMensuel:
    """Give the statement back to the structure, as version + 1 with the same hours typed.

    The version that was certified or validated stays as it was.
    """
    etat = lock_etat(etat)
    can_reopen(acting, etat.annexe).enforce()
    state = reach("debloquer", etat)
    motif = _needed(motif, "Indiquez le motif de la réouverture.")
    before = {"etat": etat.etat, "version": etat.version, "valide_le": etat.valide_le}
    with connection.cursor() as cursor:
        cursor.execute(NEXT_VERSION, [etat.pk, etat.version])
    etat.version += 1
    etat.etat = state
    etat.motif_deblocage = motif
    etat.justification = ""
    etat.valide_le = None
    etat.valide_par = None
    etat.save(
        update_fields=[
            "version",
            "etat",
            "motif_deblocage",
            "justification",
            "valide_le",
            "valide_par",
        ]
    )
    after = {"etat": state, "version": etat.version, "le": on or today()}
    record(acting, "etat.debloque", etat, motif=motif, avant=before, apres=after)
    tell_reopened(etat)
    return etat


@transaction.atomic
def record_carence(
    acting: Membership, annexe: AnnexeFinanciere, mois: date, *, motif: str, on: date | None = None
) -> EtatMensuel:
    """Record, after formal notice, that the statement will not come: 0 hour, the annex can end.

    Possible once the delay of the following month has passed (spec 02 §2).
    """
    on = on or today()
    can_record_carence(acting, annexe).enforce()
    motif = _needed(motif, "Indiquez les références de la mise en demeure.")
    month = Month.of(mois)
    if mois.day != 1 or not annexe.courante.debut <= mois <= annexe.courante.fin:
        raise Refus(f"Le mois {month.label_with_de} est hors de la période de l’annexe financière.")
    if on <= deadline_of(mois):
        raise Refus(
            f"La structure peut saisir le mois {month.label_with_de} jusqu’au "
            f"{deadline_of(mois):%d/%m/%Y} : la carence se constate après cette date."
        )
    etat, _created = EtatMensuel.objects.get_or_create(annexe=annexe, mois=mois)
    etat = lock_etat(etat)
    before = etat.etat
    etat.etat = reach("constater_carence", etat)
    etat.valide_le = on
    etat.valide_par = acting.user
    etat.save(update_fields=["etat", "valide_le", "valide_par"])
    record(
        acting, "etat.carence", etat, motif=motif, avant={"etat": before}, apres={"valide_le": on}
    )
    lift_suspensions([annexe.pk], on)
    tell_carence(etat)
    return etat


def _not_valid(acting: Membership, etat: EtatMensuel, on: date) -> str:
    """Why this person cannot validate this statement; '' when they can."""
    if etat.etat not in TRANSITIONS["valider"][0]:
        return f"{etat} : {SENTENCES['valider'][etat.etat]}"
    if etat.annexe.courante.etat != VersionAnnexe.Etat.VALIDE:
        return f"{etat} : l’annexe financière n’est pas en vigueur, validez-la d’abord."
    if etat.certifie_par_id == acting.user_id:
        return f"{etat} : vous l’avez certifié, une autre personne doit le valider."
    if on < etat.certifie_le:
        return f"{etat} : certifié le {etat.certifie_le:%d/%m/%Y}, après le jour de validation."
    return ""


def _needed(motif: str, sentence: str) -> str:
    motif = motif.strip()
    if not motif:
        raise Refus(sentence)
    return motif[:300]
