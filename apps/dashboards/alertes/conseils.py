"""What each kind of reader has to do about an alert: nobody is told to do another's work."""

from __future__ import annotations

from apps.accounts.models import Organisation
from apps.dashboards.alertes.alerte import Nature

SIAE, DDETS, ASP, CD = (
    Organisation.Type.SIAE,
    Organisation.Type.DDETS,
    Organisation.Type.ASP,
    Organisation.Type.CD,
)

CONSEILS: dict[str, dict[str, str]] = {
    Nature.ETAT_EN_RETARD: {
        SIAE: "Saisissez et certifiez ces états mensuels : les paiements de l’annexe attendent "
        "leur validation par l’ASP.",
        DDETS: "Demandez à la structure de saisir et de certifier ces états mensuels : les "
        "paiements de l’annexe attendent leur validation par l’ASP.",
        ASP: "Validez ceux qui sont certifiés et relancez la structure pour les autres : les "
        "paiements de l’annexe attendent.",
        CD: "Demandez à la structure de saisir et de certifier ces états mensuels : les paiements "
        "de l’annexe attendent leur validation par l’ASP.",
    },
    Nature.SUSPENSION: {
        ASP: "Les échéances seront payées à la campagne qui suivra la levée de la suspension.",
        "": "Rapprochez-vous de l’ASP pour connaître ce qui permettra de reprendre les paiements.",
    },
    Nature.SOUS_REALISATION: {
        SIAE: "Rapprochez-vous de la DDETS si l’écart doit durer : un avenant peut diminuer les "
        "postes.",
        DDETS: "Examinez avec la structure si un avenant doit diminuer les postes.",
        ASP: "Signalez l’écart à la DDETS : un avenant peut diminuer les postes.",
        CD: "Examinez avec la structure et la DDETS si un avenant doit diminuer les postes.",
    },
    Nature.SUR_REALISATION: {
        SIAE: "Rapprochez-vous de la DDETS : des postes peuvent être ajoutés par avenant.",
        DDETS: "Examinez si des postes peuvent être ajoutés par avenant.",
        "": "Examinez avec la DDETS si des postes peuvent être ajoutés par avenant.",
    },
    Nature.TROP_PERCU: {
        SIAE: "Prévoyez ce remboursement et rapprochez-vous de la DDETS : un avenant peut diminuer "
        "les postes.",
        DDETS: "Prévenez la structure et examinez une baisse des postes par avenant.",
        "": "Prévenez la structure et voyez avec la DDETS si un avenant doit diminuer les postes.",
    },
    Nature.CD_EPUISE: {
        CD: "L’État prend le relais au-delà. Décidez s’il faut un avenant.",
        "": "L’État prend le relais au-delà. Le département décide s’il faut un avenant.",
    },
    Nature.CD_NON_CONSOMME: {
        SIAE: "Voyez avec les référents RSA du département quelles orientations sont possibles.",
        CD: "Orientez des bénéficiaires du RSA vers la structure, ou réaffectez le montant par "
        "avenant.",
        "": "Signalez-le au département : il peut orienter des bénéficiaires du RSA vers la "
        "structure, ou réaffecter le montant par avenant.",
    },
    Nature.BRSA: {
        CD: "Voyez avec les référents RSA quelles orientations sont possibles.",
        "": "Voyez avec le département quelles orientations de bénéficiaires du RSA sont "
        "possibles.",
    },
    Nature.SORTIES: {
        SIAE: "Préparez ce point pour le dialogue de gestion avec la DDETS.",
        "": "Faites le point sur l’accompagnement avec la structure lors du dialogue de gestion.",
    },
    Nature.FIN_SANS_SUITE: {
        SIAE: "Rapprochez-vous de la DDETS pour le renouvellement.",
        DDETS: "Préparez le renouvellement avec la structure, ou dites-lui que l’annexe ne sera "
        "pas renouvelée.",
        "": "Rapprochez-vous de la DDETS pour le renouvellement.",
    },
    Nature.FINIE_SANS_SUITE: {
        SIAE: "Rapprochez-vous de la DDETS : sans nouvelle annexe, aucune aide n’est plus versée.",
        DDETS: "Créez le renouvellement et transmettez-le à l’ASP, ou confirmez à la structure que "
        "l’annexe n’est pas renouvelée.",
        ASP: "Demandez à la DDETS si l’annexe est renouvelée : aucune aide n’est plus versée.",
        CD: "Décidez de votre cofinancement avec la DDETS, qui transmet le renouvellement : plus "
        "rien n’est engagé ni payé.",
    },
    Nature.RENOUVELLEMENT_A_FINIR: {
        DDETS: "Complétez le renouvellement et transmettez-le à l’ASP.",
        "": "Rapprochez-vous de la DDETS, qui doit compléter le renouvellement et le transmettre "
        "à l’ASP.",
    },
    Nature.RENOUVELLEMENT_TRANSMIS: {
        ASP: "Contrôlez le renouvellement, puis validez-le ou rejetez-le avec son motif.",
        "": "Aucune démarche de votre part : les paiements reprendront après la validation par "
        "l’ASP.",
    },
    Nature.ORDRE_IMPAYE: {
        SIAE: "Réglez cette somme à l’agence comptable de l’ASP.",
        ASP: "Relancez le débiteur.",
        "": "Rapprochez-vous de l’agence comptable de l’ASP, qui suit le recouvrement.",
    },
}

# An annex that has ended can be helped no more: its figures serve the next one.
ANNEXE_FINIE = "Tenez-en compte pour dimensionner l’annexe suivante."


def conseil(nature: Nature, lecteur: str) -> str:
    """What this type of organisation does about this kind of alert."""
    said = CONSEILS[nature]
    return said.get(lecteur) or said[""]
