"""Columns of « Données des annexes financières »: every field of a version, its objectives, and
the supervision its structure declares.

`code` is the name of the exchange format FluxIAE where the field has one. Read by
`donnees_annexes`, which fills them.
"""

from __future__ import annotations

from dataclasses import replace

from apps.core.exports import Column, Definition, Kind
from apps.dashboards.models import Encadrement
from apps.dashboards.restitutions.colonnes import (
    ANNEXE,
    BRSA,
    COFINANCEUR,
    COMMUNE,
    CONVENTION,
    DEBUT,
    ETAT,
    ETP,
    FIN,
    MESURE,
    MODIFICATION,
    MOIS,
    MONTANT_CD,
    MONTANT_ETAT,
    MONTANT_TOTAL,
    RENOUVELLEMENT,
    SIGNEE_LE,
    SIRET,
    STRUCTURE,
    SUSPENDUE,
    TAUX_CD,
    TAUX_ETAT,
    TRANSMISE_LE,
    UNITAIRE,
    VALIDEE_LE,
)

# Key of a figure of the supervision: category, then "heures" or "etp".
SUPERVISION = tuple(
    Column(
        f"{code}_{unit}",
        f"{short} : {words}",
        kind,
        14,
        f"{label} : {words} réalisées sur la période, telles que la structure les déclare ; vide "
        "avant sa déclaration."
        if unit == "heures"
        else f"{label} : ETP réalisés sur la période, tels que la structure les déclare ; vide "
        "avant sa déclaration.",
    )
    for code, label, short in (
        ("TECHNIQUE", Encadrement.Categorie.TECHNIQUE.label, "Encadrement technique"),
        ("SOCIOPRO", Encadrement.Categorie.SOCIOPRO.label, "Accompagnement socioprofessionnel"),
        ("NON_SALARIES", Encadrement.Categorie.NON_SALARIES.label, "Travailleurs non salariés"),
        ("PRESTATAIRES", Encadrement.Categorie.PRESTATAIRES.label, "Prestataires extérieurs"),
    )
    for unit, words, kind in (("heures", "heures", Kind.HOURS), ("etp", "ETP", Kind.NUMBER))
)

DEFINITION = Definition(
    key="donnees-annexes",
    title="Données des annexes financières",
    sheet="Données des annexes",
    kept=2,
    columns=(
        ANNEXE,
        replace(STRUCTURE, code="structure_denomination"),
        Column(
            "asp_id",
            "Identifiant ASP de la structure",
            Kind.YEAR,
            12,
            code="af_id_structure",
            definition="Numéro de la structure dans le système d’information de l’ASP.",
        ),
        replace(SIRET, code="structure_siret_actualise"),
        Column(
            "siret_signature",
            "SIRET à la signature",
            width=17,
            code="structure_siret_signature",
            definition="SIRET sous lequel la structure a été conventionnée.",
        ),
        replace(COMMUNE, code="structure_adresse_admin_commune"),
        Column(
            "departement",
            "Département",
            width=12,
            definition="Code du département de la structure, par exemple 062.",
        ),
        Column(
            "annexe_id",
            "Identifiant de l’annexe",
            Kind.YEAR,
            12,
            code="af_id_annexe_financiere",
            definition="Numéro interne de l’annexe dans l’extranet, commun à toutes ses versions.",
        ),
        Column(
            "version_id",
            "Identifiant de la version",
            Kind.YEAR,
            12,
            code="af_id_avenant_modification",
            definition="Numéro interne de la version dans l’extranet, propre à la ligne.",
        ),
        replace(CONVENTION, code="af_numero_convention"),
        Column(
            "convention_debut",
            "Début de la convention",
            Kind.DATE,
            12,
            definition="Premier jour de la convention.",
        ),
        Column(
            "convention_fin",
            "Fin de la convention",
            Kind.DATE,
            12,
            "Dernier jour de la convention.",
        ),
        replace(
            MESURE,
            code="af_mesure_dispositif_code",
            definition="Dispositif de l’annexe ; le fichier en donne le code.",
        ),
        Column(
            "numero",
            "N° d’annexe sans espace",
            width=18,
            code="af_numero_annexe_financiere",
            definition="Numéro de l’annexe dans le format d’échange, sans renouvellement ni "
            "modification.",
        ),
        replace(RENOUVELLEMENT, code="af_numero_avenant_renouvellement"),
        replace(MODIFICATION, code="af_numero_avenant_modification"),
        replace(
            ETAT,
            code="af_etat_annexe_financiere_code",
            definition="État de cette version ; le fichier en donne le code.",
        ),
        replace(SUSPENDUE, code="af_indicateur_suspension"),
        replace(DEBUT, code="af_date_debut_effet"),
        replace(FIN, code="af_date_fin_effet"),
        MOIS,
        replace(ETP, code="af_etp_postes_insertion"),
        Column(
            "heures",
            "Heures annuelles par ETP",
            Kind.NUMBER,
            12,
            code="af_duree_heure_annuel_etp_valeur",
            definition="Nombre d’heures qui font un ETP sur une année, pour le dispositif.",
        ),
        replace(UNITAIRE, code="af_montant_unitaire_annuel_valeur"),
        Column(
            "unitaires",
            "Montants unitaires successifs",
            width=40,
            definition="Montants annuels par ETP de la version, chacun avec sa date d’effet.",
        ),
        replace(MONTANT_TOTAL, code="af_montant_total_annuel"),
        Column(
            "cofinancee",
            "Cofinancée",
            Kind.BOOL,
            11,
            code="af_indic_cofinancement",
            definition="Oui lorsqu’un département finance une part de l’annexe.",
        ),
        replace(MONTANT_CD, code="af_mt_cofinance"),
        MONTANT_ETAT,
        TAUX_CD,
        TAUX_ETAT,
        replace(COFINANCEUR, key="financeur", code="af_id_financeur_code"),
        BRSA,
        Column(
            "sorties",
            "Sorties prévues",
            Kind.INT,
            9,
            code="af_nb_prev_sorties",
            definition="Nombre de sorties du dispositif prévues sur la période.",
        ),
        Column(
            "dynamiques",
            "Objectif de sorties dynamiques",
            Kind.PERCENT,
            12,
            "Somme des trois taux suivants.",
            code="af_taux_prev_sorties_dynamiques",
        ),
        Column(
            "durables",
            "Objectif de sorties durables",
            Kind.PERCENT,
            12,
            code="af_taux_prev_sorties_durable",
            definition="Part des sorties prévues vers un emploi durable.",
        ),
        Column(
            "transition",
            "Objectif de sorties de transition",
            Kind.PERCENT,
            12,
            code="af_taux_prev_sorties_trans",
            definition="Part des sorties prévues vers un emploi de transition.",
        ),
        Column(
            "positives",
            "Objectif de sorties positives",
            Kind.PERCENT,
            12,
            code="af_taux_prev_sorties_positives",
            definition="Part des sorties prévues qui sont des sorties positives.",
        ),
        *SUPERVISION,
        Column(
            "creee_le",
            "Créée le",
            Kind.DATE,
            12,
            code="af_date_etat_brouillon",
            definition="Date à laquelle la version a été ouverte dans l’extranet.",
        ),
        Column(
            "signataire",
            "Signataire",
            width=34,
            definition="Personne habilitée qui a signé cette version, et sa fonction.",
        ),
        replace(SIGNEE_LE, code="af_date_signature"),
        replace(TRANSMISE_LE, code="af_date_reception_asp"),
        Column(
            "rejetee_le",
            "Rejetée le",
            Kind.DATE,
            12,
            code="af_date_etat_rejete",
            definition="Date du dernier rejet par l’ASP ; vide s’il n’y en a pas eu.",
        ),
        Column(
            "motif_rejet",
            "Motif du rejet",
            width=34,
            definition="Raison du rejet, telle que l’ASP l’a écrite.",
        ),
        replace(VALIDEE_LE, code="af_date_etat_valide"),
        Column(
            "a_partir_de",
            "Appliquée à partir de",
            Kind.MONTH,
            11,
            definition="Premier mois payé selon cette version.",
        ),
        Column(
            "remplacee_le",
            "Remplacée le",
            Kind.DATE,
            12,
            code="af_date_etat_historise",
            definition="Date de la version qui l’a remplacée ; vide pour la version courante.",
        ),
        Column(
            "piece",
            "Annexe signée déposée",
            Kind.BOOL,
            11,
            definition="Oui lorsque le document signé est joint à la version.",
        ),
        Column(
            "objet",
            "Objet de l’avenant",
            width=34,
            definition="Ce que l’avenant modifie ; vide pour la version initiale.",
        ),
    ),
)
