"""Who is told what of an annex: transmitted, validated, rejected, suspended, revalued.

Called by the services inside their transaction. The département is told of what it co-finances,
and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from apps.accounts.models import Nature, Organisation, Role
from apps.accounts.notifications import notify
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.siae.models import Structure


def tell_transmitted(version: VersionAnnexe, on: date) -> None:
    """The ASP has one more to validate."""
    notify(
        Organisation.objects.filter(type=Organisation.Type.ASP),
        f"{_nom(version)} à valider",
        f"La DDETS a transmis {_sujet(version)}. Il reste à contrôler cette version, puis à la "
        "valider ou à la rejeter.",
        reverse("annexes:valider", args=[version.pk]),
        nature=Nature.ANNEXE,
        roles=[Role.GESTIONNAIRE],
        on=on,
    )


def tell_validated(version: VersionAnnexe, on: date) -> None:
    """The structure, its DDETS and the département that co-finances this version."""
    notify(
        _concerned(version),
        f"{_nom(version)} {_accord(version, 'validé')}",
        f"L’ASP a validé {_sujet(version)}. Le courrier de "
        "notification et l’échéancier des paiements sont sur la page de l’annexe.",
        reverse("annexes:detail", args=[version.annexe_id]),
        nature=Nature.ANNEXE,
        courriel=True,
        on=on,
    )


def tell_rejected(version: VersionAnnexe, on: date) -> None:
    """The DDETS has to correct it; nobody else knew of it."""
    notify(
        _ddets(version.siae.structure),
        f"{_nom(version)} {_accord(version, 'rejeté')}",
        f"L’ASP a rejeté {_sujet(version)}. {version.motif_rejet} "
        "Corrigez cette version, puis transmettez-la de nouveau.",
        reverse("annexes:detail", args=[version.annexe_id]),
        nature=Nature.ANNEXE,
        roles=[Role.INSTRUCTEUR],
        courriel=True,
        on=on,
    )


def tell_suspended(annexe: AnnexeFinanciere, detail: str, on: date) -> None:
    _tell(annexe, "Paiements suspendus", f"Motif : {detail}", on, Nature.PAIEMENT)


def tell_lifted(annexe: AnnexeFinanciere, on: date) -> None:
    text = "Les échéances retenues seront payées par la prochaine campagne."
    _tell(annexe, "Suspension levée", text, on, Nature.PAIEMENT)


def tell_cancelled(annexe: AnnexeFinanciere, motif: str, on: date) -> None:
    """All those who were told of its validation."""
    text = f"Elle ne donne lieu à aucun paiement. Motif : {motif}"
    _tell(annexe, "Annexe annulée", text, on, Nature.ANNEXE)


def tell_revalued(versions: Iterable[VersionAnnexe], on: date) -> None:
    """One notification for each structure, whatever the number of its annexes."""
    pks = [version.annexe.siae.structure_id for version in versions]
    notify(
        Organisation.objects.filter(structure__in=pks).distinct(),
        "Montant unitaire revalorisé",
        "L’ASP a appliqué le nouveau montant unitaire à vos annexes en vigueur. Le courrier de "
        "notification est sur la page de chaque annexe ; les mois écoulés font l’objet d’un "
        "rappel.",
        reverse("annexes:liste"),
        nature=Nature.ANNEXE,
        on=on,
    )


def _tell(annexe: AnnexeFinanciere, what: str, text: str, on: date, nature: Nature) -> None:
    version = annexe.courante
    assert version is not None  # noqa: S101 - only an annex in force is suspended or cancelled
    notify(
        _concerned(version),
        f"{what} : annexe {annexe}",
        f"Annexe {annexe} ({annexe.siae.structure}). {text}",
        reverse("annexes:detail", args=[annexe.pk]),
        nature=nature,
        courriel=True,
        on=on,
    )


def _concerned(version: VersionAnnexe) -> list[Organisation]:
    structure = version.siae.structure
    found = [structure.organisation, *_ddets(structure)]
    if version.montant_cd and version.financeur_cd and version.financeur_cd.organisation:
        found.append(version.financeur_cd.organisation)
    return found


def _ddets(structure: Structure) -> list[Organisation]:
    ddets = Organisation.objects.filter(
        type=Organisation.Type.DDETS, departement=structure.departement
    )
    return list(ddets)


def _nom(version: VersionAnnexe) -> str:
    return f"Avenant {version}" if version.modification else f"Annexe {version}"


def _accord(version: VersionAnnexe, participe: str) -> str:
    """« avenant validé », « annexe validée »."""
    return participe if version.modification else f"{participe}e"


def _sujet(version: VersionAnnexe) -> str:
    """« l’avenant … (Le Verger d’Opale) »: no article to agree with the name of a structure."""
    noun = "l’avenant" if version.modification else "l’annexe"
    return f"{noun} {version} ({version.siae.structure})"
