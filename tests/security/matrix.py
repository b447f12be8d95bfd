"""The access matrix: one table per application, read by `test_access_matrix`.

The case is that of `world`: a structure of the Pas-de-Calais, co-financed by its département.
To add a page: one line in the table of its application (here, or in `matrices`) and, when its
address has arguments, one entry in ARGUMENTS. Columns are `world.ACTORS`, in order: those of the
case, then the others.
`page#variant` is the same address on another object. The administrator sees no case: lists are
empty, pages do not exist.
"""

from __future__ import annotations

from apps.accounts.views.comptes import ACTES
from tests.security.arguments import Arguments, month, pk
from tests.security.matrices import MODULES

# Open without an account.
PUBLIC: dict[str, int] = {
    "core:sante": 200,
    "core:aide": 200,
    "core:aide_page": 200,
    "core:manuel": 200,
    "core:manuel_pdf": 200,
    "core:accessibilite": 200,
    "core:donnees_personnelles": 200,
    "core:mentions": 200,
    "core:plan": 200,
    "accounts:connexion": 200,
    "accounts:mot_de_passe_choisir": 200,
    "accounts:mot_de_passe_oublie": 200,
    # Off in the tests, but those of their own (tests/accounts/test_proconnect.py).
    "accounts:proconnect_fin": 404,
    "accounts:proconnect_retour": 404,
}

# Tested on their own: most of them only answer a POST.
SPECIAL: set[str] = {
    "core:sante_details",  # a token, or the administrator: tests/core/test_health.py
    "accounts:deconnexion",
    "accounts:proconnect",
    "accounts:notification_ouvrir",
    "accounts:notifications_tout_lire",
}

TABLES: dict[str, str] = {
    #                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
    "accounts": """
        compte               403 403  404  404  404  404  404  404  200   404  404   404
        compte_debloquer     403 403  404  404  404  404  404  404  200   404  404   404
        compte_desactiver    403 403  404  404  404  404  404  404  200   404  404   404
        compte_modifier      403 403  404  404  404  404  404  404  200   404  404   404
        compte_proconnect    403 403  404  404  404  404  404  404  200   404  404   404
        compte_second_facteur 403 403 404  404  404  404  404  404  200   404  404   404
        compte_reactiver     403 403  404  404  404  404  404  404  200   404  404   404
        compte_relancer      403 200  404  404  404  404  404  404  200   404  404   404
        comptes              403 403  403  403  403  403  403  403  200   403  403   403
        habilitation         403 200  404  404  404  404  404  404  200   404  404   404
        habilitation_terminer 403 200 404  404  404  404  404  404  200   404  404   404
        habilitations        403 200  403  403  403  403  403  403  200   200  403   403
        journal              403 403  403  403  403  403  403  403  200   403  403   403
        inviter              403 200  404  404  404  404  404  404  200   404  404   404
        mot_de_passe_changer 200 200  200  200  200  200  200  200  200   200  200   200
        notifications        200 200  200  200  200  200  200  200  200   200  200   200
        organisation         200 200  200  200  200  200  200  200  200   200  200   200
        organisation_creer   403 403  403  403  403  403  403  403  200   403  403   403
        organisation_fiche   403 200  404  404  404  404  404  404  200   404  404   404
        organisations        403 403  403  403  403  403  403  403  200   403  403   403
        profil               200 200  200  200  200  200  200  200  200   200  200   200
        second_facteur       302 302  302  302  302  302  302  302  302   302  302   302
        second_facteur_codes 302 302  302  302  302  302  302  302  302   302  302   302
        second_facteur_enroler 200 200 200 200  200  200  200  200  200   200  200   200
        second_facteur_retirer 302 302 302 302  302  302  302  302  302   302  302   302
        session              200 200  200  200  200  200  200  200  200   200  200   200
        sessions_fermer      200 200  200  200  200  200  200  200  200   200  200   200
    """,
    #                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
    "core": """
        job                  404 404  404  404  404  404  200  404  404   404  404   404
        job_fichier          404 404  404  404  404  404  200  404  404   404  404   404
    """,
    #                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
    "dashboards": """
        accueil              200 200  200  200  200  200  200  200  200   200  200   200
        aide_restitution     200 200  200  200  200  200  200  200  200   200  200   200
        aide_restitutions    200 200  200  200  200  200  200  200  200   200  200   200
        alertes              200 200  200  200  200  200  200  200  200   200  200   200
        alertes_annexe       200 200  200  200  200  200  200  200  404   404  404   404
        bilan_encadrement    200 200  403  403  403  403  403  403  404   404  404   404
        bilan_final          200 200  200  200  200  200  200  200  404   404  404   404
        bilan_final_pdf      200 200  200  200  200  200  200  200  404   404  404   404
        bilan_intermediaire  200 200  200  200  200  200  200  200  404   404  404   404
        bilan_intermediaire_pdf 200 200  200  200  200  200  200  200  404   404  404   404
        bilan_objectifs      200 200  200  200  200  200  200  200  404   404  404   404
        bilan_objectifs_pdf  200 200  200  200  200  200  200  200  404   404  404   404
        bilans               200 200  200  200  200  200  200  200  404   404  404   404
        bilans_emis          200 200  200  200  200  200  200  200  200   200  200   200
        donnees_annexes      200 200  200  200  200  200  200  200  404   200  200   200
        envoi                404 404  404  404  404  404  200  200  404   404  404   404
        envoi_arreter        404 404  404  404  404  404  200  200  404   404  404   404
        envoi_creer          200 200  200  200  200  200  200  200  404   200  200   200
        envoi_fichier        404 404  404  404  404  404  200  200  404   404  404   404
        envoi_modifier       404 404  404  404  404  404  200  200  404   404  404   404
        envoi_produire       404 404  404  404  404  404  200  200  404   404  404   404
        envoi_reprendre      404 404  404  404  404  404  200  200  404   404  404   404
        envois               200 200  200  200  200  200  200  200  200   200  200   200
        export_demander      200 200  200  200  200  200  200  200  404   200  200   200
        postes               200 200  200  200  200  200  200  200  404   404  404   404
        realisations         200 200  200  200  200  200  200  200  404   404  404   404
        restitution          200 200  200  200  200  200  200  200  404   200  200   200
        restitutions         200 200  200  200  200  200  200  200  200   200  200   200
        seuils_alertes       403 403  403  403  403  403  200  200  403   403  403   200
        suivi_caom           403 403  200  200  200  200  200  200  403   403  200   200
        suivi_caom_detail    403 403  200  200  200  200  200  200  403   403  404   404
        suivi_postes         200 200  200  200  200  200  200  200  404   200  200   200
    """,
    #                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
    "siae": """
        banque_contester     200 200  403  200  403  200  404  404  404   404  404   404
        banque_controler     403 403  403  200  403  200  403  403  403   403  403   403
        banque_dispenser     403 403  403  403  403  200  404  404  404   404  404   404
        banque_proposer      403 200  403  403  403  403  403  403  404   404  404   404
        banque_retablir      403 403  403  200  403  200  404  404  404   404  404   404
        banques              403 403  403  200  403  200  403  403  403   403  403   403
        contact_ajouter      403 200  200  200  403  403  403  403  404   404  404   404
        contact_retirer      403 200  200  200  403  403  403  403  404   404  404   404
        contrat              200 200  200  200  200  200  200  200  404   404  404   404
        contrat_annuler_sortie 200 200  403  403  403  403  404  404  404   404  404   404
        contrat_creer        200 200  403  403  403  403  403  403  404   404  404   404
        contrat_modifier     200 200  403  403  403  403  403  403  404   404  404   404
        contrat_renouveler   200 200  403  403  403  403  403  403  404   404  404   404
        contrat_sortie       200 200  403  403  403  403  403  403  404   404  404   404
        contrats             200 200  200  200  200  200  200  200  200   200  200   200
        historique           200 200  200  200  200  200  403  403  404   404  404   404
        mesure_ajouter       403 403  200  200  403  403  403  403  404   404  404   404
        salarie              200 200  200  200  200  200  200  200  404   404  404   404
        salarie_creer        200 200  403  403  403  403  403  403  403   200  403   403
        salarie_modifier     200 200  403  403  403  403  403  403  404   404  404   404
        salarie_nir          404 404  404  404  404  404  404  404  404   404  404   404
        salaries             200 200  200  200  200  200  200  200  200   200  200   200
        salaries_import      404 200  403  403  403  403  403  403  403   404  403   403
        salaries_importer    200 200  403  403  403  403  403  403  403   200  403   403
        salaries_modele      200 200  403  403  403  403  403  403  403   200  403   403
        siret_changer        403 403  200  200  403  403  403  403  404   404  404   404
        structure            200 200  200  200  200  200  200  200  404   404  404   404
        structure_creer      403 403  200  200  403  403  403  403  403   403  200   403
        structure_modifier   403 200  200  200  403  403  403  403  404   404  404   404
        structures_suggestions 200 200  200  200  200  200  200  200  200   200  200   200
        structures           302 302  200  200  200  200  200  200  200   302  200   200
    """,
    #                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
    "conventions": """
        avenant_financier    404 404  403  200  403  403  403  403  404   404  404   404
        caom                 404 404  200  200  200  200  200  200  404   404  404   404
        caom_creer           403 403  200  200  403  403  403  403  403   403  200   403
        caom_objectif        404 404  200  200  403  403  403  403  404   404  404   404
        caom_volet           404 404  200  200  200  200  200  200  404   404  404   404
        caom_signer          404 404  200  200  403  403  403  403  404   404  404   404
        caoms                403 403  200  200  200  200  200  200  403   403  200   200
        convention_creer     403 403  200  200  403  403  403  403  403   403  200   403
        codes                200 200  200  200  200  200  200  200  200   200  200   200
        mandat               404 404  200  200  200  200  200  200  404   404  404   404
        mandat_denoncer      404 404  403  200  403  403  403  403  404   404  404   404
        mandat_signer        404 404  403  200  403  403  403  403  404   404  404   404
        referentiel          200 200  200  200  200  200  200  200  200   200  200   200
        referentiels         200 200  200  200  200  200  200  200  200   200  200   200
        valeur               403 403  403  200  200  200  403  403  403   403  403   403
        valeur_proposer      403 403  403  200  403  403  403  403  403   403  403   403
    """,
    #                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
    "annexes": """
        a_valider            403 403  403  200  403  403  403  403  403   403  403   403
        annuler              403 403  403  302  403  403  403  403  404   404  404   404
        apercu               403 403  200  403  403  403  403  403  403   403  200   403
        apercu_annexe        403 403  200  403  403  403  403  403  403   403  404   403
        avenant              403 403  200  403  403  403  403  403  404   404  404   404
        cloturer             403 403  403  200  403  403  403  403  404   404  404   404
        consommation         404 404  200  200  200  200  200  200  404   404  404   404
        creer                403 403  200  403  403  403  403  403  403   403  200   403
        detail               200 200  200  200  200  200  200  200  404   404  404   404
        documents            200 200  200  200  200  200  200  200  404   404  404   404
        historique           200 200  200  200  200  200  200  200  404   404  404   404
        liste                200 200  200  200  200  200  200  200  200   200  200   200
        modifier             404 404  200  403  403  403  404  404  404   404  404   404
        notification         200 200  200  200  200  200  200  200  404   404  404   404
        piece                404 404  200  403  403  403  404  404  404   404  404   404
        piece_voir           200 200  200  200  200  200  200  200  404   404  404   404
        rejeter              403 403  403  200  403  403  404  404  404   404  404   404
        renouveler           403 403  200  200  403  403  403  403  404   404  404   404
        renouveler_serie     403 403  200  200  403  403  403  403  403   403  200   403
        revalorisation       403 403  403  200  403  403  403  403  403   403  403   403
        suspendre            403 403  403  200  403  403  403  403  404   404  404   404
        suspension_lever     403 403  403  200  403  403  403  403  404   404  404   404
        transmettre          404 404  200  403  403  403  404  404  404   404  404   404
        valeur_effet         403 403  403  200  200  200  403  403  403   403  403   403
        valider              403 403  403  200  403  403  404  404  404   404  404   404
        valider_lot          403 403  403  200  403  403  403  403  403   403  403   403
    """,
    #                        sai resp inst gest ordo comp lect deci admi |str  ddets cd
    "presence": """
        a_valider            403 403  403  200  403  403  403  403  403   403  403   403
        carence              403 403  403  200  403  403  404  404  404   404  404   404
        certifier            403 200  403  403  403  403  404  404  404   404  404   404
        controle             200 200  404  200  200  200  404  404  404   404  404   404
        controle_cibler      403 403  403  200  403  403  403  403  404   404  404   404
        controle_completer   403 403  404  200  403  403  404  404  404   404  404   404
        controle_conclure    403 403  404  200  403  403  404  404  404   404  404   404
        controle_piece       200 200  404  200  200  200  404  404  404   404  404   404
        controle_repondre    200 200  404  403  403  403  404  404  404   404  404   404
        controle_tirer       403 403  403  200  403  403  403  403  403   403  403   403
        controles            200 200  403  200  200  200  403  403  403   200  403   403
        emp_pdf              200 200  200  200  200  200  200  200  404   404  404   404
        historique           200 200  200  200  200  200  200  200  404   404  404   404
        importer             200 200  403  403  403  403  404  404  404   404  404   404
        ligne                405 405  403  403  403  403  403  403  404   404  404   404
        lignes               405 405  403  403  403  403  403  403  404   404  404   404
        liste                200 200  200  200  200  200  200  200  200   200  200   200
        modele               200 200  403  403  403  403  404  404  404   404  404   404
        rouvrir              403 403  403  200  403  403  403  403  404   404  404   404
        saisie               200 200  200  200  200  200  404  404  404   404  404   404
        saisie#certifie      200 200  200  200  200  200  200  200  404   404  404   404
        signe                200 200  200  200  200  200  200  200  404   404  404   404
        signer               403 200  403  403  403  403  403  403  404   404  404   404
        valider              403 403  403  200  403  403  403  403  404   404  404   404
        valider_lot          403 403  403  200  403  403  403  403  403   403  403   403
    """,
}

# Pages whose readers are not those who may post there: who posts.
WRITERS: dict[str, set[str]] = {
    "annexes:annuler": {"gestionnaire"},  # refused by the service, on the page
    "dashboards:seuils_alertes": {"decideur", "autre_cd"},
    "presence:ligne": {"saisie", "responsable"},
    "presence:lignes": {"saisie", "responsable"},
    "presence:saisie": {"saisie", "responsable"},
    "presence:saisie#certifie": set(),
}

OF_THE_ANNEX = (
    "alertes_annexe bilan_encadrement bilan_final bilan_final_pdf bilan_objectifs "
    "bilan_objectifs_pdf bilans postes realisations"
)


ARGUMENTS: dict[str, Arguments] = {
    **{
        f"accounts:compte{act}": lambda world: {"pk": world.actors["saisie"].user_id}
        for act in ("", *(f"_{name}" for name in ("modifier", *ACTES)))
    },
    "accounts:habilitation": lambda world: {"pk": world.actors["saisie"].pk},
    "accounts:habilitation_terminer": lambda world: {"pk": world.actors["saisie"].pk},
    "accounts:inviter": lambda world: {"pk": world.structure.organisation_id},
    "accounts:mot_de_passe_choisir": lambda world: {"uidb64": "MQ", "token": "perdu"},
    "accounts:organisation_fiche": lambda world: {"pk": world.structure.organisation_id},
    "core:aide_page": lambda world: {"nom": "glossaire"},
    "core:manuel": lambda world: {"nom": "structure"},
    "core:manuel_pdf": lambda world: {"nom": "structure"},
    "core:job": lambda world: {"uuid": world.job.uuid},
    "core:job_fichier": lambda world: {"uuid": world.job.uuid},
    **{
        f"dashboards:{page}": lambda world: {"cle": "suivi-annexes"}
        for page in ("aide_restitution", "export_demander", "restitution")
    },
    **{f"dashboards:{page}": pk("annexe", "annexe_id") for page in OF_THE_ANNEX.split()},
    **dict.fromkeys(
        ("dashboards:bilan_intermediaire", "dashboards:bilan_intermediaire_pdf"),
        lambda world: {"annexe_id": world.annexe.pk, "trimestre": 1},
    ),
    "dashboards:suivi_caom_detail": pk("caom", "caom_id"),
    **{
        f"dashboards:envoi{act}": pk("programme")
        for act in ("", "_arreter", "_modifier", "_produire", "_reprendre")
    },
    "dashboards:envoi_fichier": pk("envoi"),
    **{f"siae:structure{act}": pk("structure") for act in ("", "_modifier")},
    **{f"siae:{act}": pk("structure") for act in ("mesure_ajouter", "siret_changer")},
    "siae:banque_proposer": pk("structure"),
    "siae:banque_contester": pk("banque"),
    "siae:banque_controler": pk("banque"),
    "siae:banque_dispenser": pk("banque_controlee"),
    "siae:banque_retablir": pk("banque_gelee"),
    **{f"siae:{act}": pk("salarie") for act in ("salarie", "salarie_modifier", "salarie_nir")},
    "siae:contrat_creer": pk("salarie"),
    **{f"siae:contrat{a}": pk("contrat") for a in ("", "_modifier", "_renouveler", "_sortie")},
    "siae:contrat_annuler_sortie": pk("contrat_termine"),
    "siae:contact_ajouter": pk("structure"),
    "siae:contact_retirer": pk("contact"),
    "siae:salaries_import": pk("import_salaries"),
    "siae:historique": lambda world: {"objet": "salarie", "pk": world.salarie.pk},
    "conventions:caom": pk("caom"),
    "conventions:caom_objectif": pk("caom"),
    "conventions:caom_signer": pk("caom"),
    "conventions:caom_volet": pk("caom"),
    "conventions:mandat": pk("mandat"),
    "conventions:mandat_signer": pk("mandat"),
    "conventions:avenant_financier": pk("mandat"),
    "conventions:referentiel": lambda world: {"fichier": "rsa", "serie": "montants"},
    "conventions:valeur": pk("valeur"),
    "conventions:valeur_proposer": lambda world: {"fichier": "rsa", "serie": "montants"},
    "annexes:valeur_effet": pk("valeur", "valeur_id"),
    "conventions:mandat_denoncer": pk("mandat"),
    **{
        f"annexes:{page}": pk("annexe") for page in ("detail", "historique", "documents", "avenant")
    },
    "annexes:apercu_annexe": pk("annexe", "annexe_id"),
    **{
        f"annexes:{act}": pk("annexe") for act in ("renouveler", "suspendre", "annuler", "cloturer")
    },
    "annexes:suspension_lever": pk("suspension"),
    "annexes:modifier": pk("brouillon"),
    "annexes:piece": pk("brouillon"),
    "annexes:piece_voir": pk("version"),
    "annexes:transmettre": pk("brouillon"),
    "annexes:valider": pk("transmise"),
    "annexes:rejeter": pk("transmise"),
    "annexes:notification": pk("version", "version_id"),
    "annexes:consommation": pk("caom", "caom_id"),
    "presence:saisie": month(3),
    "presence:saisie#certifie": month(2),
    "presence:certifier": month(3),
    "presence:ligne": lambda world: month(3)(world) | pk("contrat", "contrat_id")(world),
    "presence:lignes": month(3),
    "presence:modele": month(3),
    "presence:importer": month(3),
    "presence:carence": month(4),
    "presence:historique": pk("etat_valide"),
    "presence:emp_pdf": pk("etat_valide"),
    "presence:valider": pk("etat_certifie"),
    "presence:signe": pk("etat_certifie"),
    "presence:signer": pk("etat_certifie"),
    **{
        f"presence:controle{act}": pk("controle")
        for act in ("", "_completer", "_conclure", "_repondre")
    },
    "presence:controle_cibler": pk("etat_certifie"),
    "presence:controle_piece": pk("piece_controle"),
    "presence:rouvrir": pk("etat_valide"),
}


for _namespace, _module in MODULES.items():
    TABLES[_namespace] = TABLES.get(_namespace, "") + _module.TABLE
    ARGUMENTS |= _module.ARGUMENTS
    WRITERS |= getattr(_module, "WRITERS", {})


def _rows() -> dict[str, tuple[int, ...]]:
    rows = {}
    for namespace, table in TABLES.items():
        for line in filter(None, map(str.strip, table.splitlines())):
            name, *statuses = line.split()
            rows[f"{namespace}:{name}"] = tuple(map(int, statuses))
    return rows


ROWS = _rows()
