"""The structure certifies its statement (cahier des charges §2.3, spec 01 §4).

Called by the certification page, after the statement of honour. From then on the hours cannot
change until the ASP re-opens the statement. Once certified, it is printed, signed, and either sent
or attached here as a PDF.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.core.files import File
from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.pdf import PDF
from apps.core.services import store_file
from apps.core.uploads import read_document
from apps.journal.services import record
from apps.presence.checks import Constat, check_etat, fingerprint_of
from apps.presence.models import EtatMensuel, EtatSigne, JustificationEcart
from apps.presence.permissions import can_certify, can_sign
from apps.presence.services.entry import current_lines, lock_etat
from apps.presence.transitions import reach
from apps.rules.periods import Month

JUSTIFICATION_MAX = 500


@transaction.atomic
def certify_etat(
    acting: Membership,
    etat: EtatMensuel,
    *,
    justification: str = "",
    justifications: Mapping[str, str] | None = None,
    lu: str = "",
    on: date | None = None,
) -> EtatMensuel:
    """Certify the current version. `Refus` names every blocking finding, or the missing word.

    `justifications` gives a word per finding (by `Constat.cle`); `justification` is the word of
    the findings that have none of their own. `lu` is the fingerprint of the lines that a page had
    shown: nobody certifies on their honour hours that changed meanwhile.
    """
    on = on or today()
    etat = lock_etat(etat)
    can_certify(acting, etat.annexe).enforce()
    state = reach("certifier", etat)
    if lu and lu != fingerprint_of(current_lines(etat)):
        raise Refus(
            "Des heures ou un contrat ont changé depuis l’affichage de cette page : relisez les "
            "lignes et les totaux, puis certifiez."
        )
    findings = check_etat(etat, on=on)
    blocking = [finding.message for finding in findings if finding.bloquant]
    if blocking:
        raise Refus(*blocking)
    words = _words(findings, justification.strip(), justifications or {})
    before = etat.etat
    etat.etat = state
    etat.justification = " ; ".join(dict.fromkeys(words.values()))[:JUSTIFICATION_MAX]
    etat.certifie_par = acting.user
    etat.certifie_le = on
    etat.premiere_saisie_le = etat.premiere_saisie_le or on
    etat.save(
        update_fields=[
            "etat",
            "justification",
            "certifie_par",
            "certifie_le",
            "premiere_saisie_le",
        ]
    )
    _keep_words(etat, findings, words)
    record(
        acting,
        "etat.certifie",
        etat,
        motif=etat.justification,
        avant={"etat": before},
        apres={"etat": state, "version": etat.version, "certifie_le": on},
    )
    return etat


@transaction.atomic
def attach_signed(
    acting: Membership, etat: EtatMensuel, uploaded: File[bytes], *, on: date | None = None
) -> EtatSigne:
    """Attach the signed statement: a PDF of 10 MiB at most.

    Replaces the one before until the ASP validates; the file replaced is kept with the journal.
    """
    on = on or today()
    etat = lock_etat(etat)
    can_sign(acting, etat).enforce()
    present = EtatSigne.objects.filter(etat_mensuel=etat, version=etat.version).first()
    if present is not None and etat.etat != EtatMensuel.Etat.SAISI:
        raise Refus(
            "L’ASP a validé cet état mensuel avec le fichier signé déjà déposé : il ne peut plus "
            "être remplacé."
        )
    fichier = store_file(
        read_pdf(uploaded),
        nom=f"EMP-signe-{etat.annexe.numero}-{etat.mois:%Y-%m}-v{etat.version}.pdf",
        titre=f"État mensuel signé, {Month.of(etat.mois).label} — {etat.annexe}",
        type_mime=PDF,
    )
    signe, _created = EtatSigne.objects.update_or_create(
        etat_mensuel=etat,
        version=etat.version,
        defaults={"fichier": fichier, "depose_par": acting.user, "depose_le": on},
    )
    record(
        acting,
        "etat.signe",
        etat,
        avant={"sha256": present.fichier.sha256} if present else {},
        apres={"version": etat.version, "sha256": fichier.sha256, "taille": fichier.taille},
    )
    return signe


def read_pdf(uploaded: File[bytes]) -> bytes:
    """The contents of a PDF, judged by what it holds whatever its name."""
    return read_document(uploaded)[0]


def _words(findings: Sequence[Constat], common: str, given: Mapping[str, str]) -> dict[str, str]:
    """The word of each finding; `Refus` for a missing or a too long one."""
    words = {finding.cle: given.get(finding.cle, "").strip() or common for finding in findings}
    if not all(words.values()):
        raise Refus("Des écarts sont signalés : justifiez-les en quelques mots.")
    if any(len(word) > JUSTIFICATION_MAX for word in words.values()):
        raise Refus(f"Une justification ne doit pas dépasser {JUSTIFICATION_MAX} caractères.")
    return words


def _keep_words(etat: EtatMensuel, findings: Sequence[Constat], words: Mapping[str, str]) -> None:
    JustificationEcart.objects.bulk_create(
        JustificationEcart(
            etat_mensuel=etat,
            version=etat.version,
            contrat_id=finding.contrat_id,
            code=finding.code,
            constat=finding.message[:500],
            texte=words[finding.cle],
        )
        for finding in findings
    )
