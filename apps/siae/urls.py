"""Addresses of the structures, bank details, salariés and contracts."""

from django.urls import path, re_path

from apps.siae.views import banque, contrats, historiques, importation, salaries, structures

app_name = "siae"

urlpatterns = [
    path("", structures.Structures.as_view(), name="structures"),
    path("nouvelle/", structures.structure_creer, name="structure_creer"),
    path("suggestions/", structures.structures_suggestions, name="structures_suggestions"),
    path("<int:pk>/contacts/ajouter/", structures.contact_ajouter, name="contact_ajouter"),
    path("contacts/<int:pk>/retirer/", structures.contact_retirer, name="contact_retirer"),
    path("<int:pk>/", structures.structure, name="structure"),
    path("<int:pk>/modifier/", structures.structure_modifier, name="structure_modifier"),
    path("<int:pk>/mesure/", structures.mesure_ajouter, name="mesure_ajouter"),
    path("<int:pk>/siret/", structures.siret_changer, name="siret_changer"),
    path("<int:pk>/banque/", banque.banque_proposer, name="banque_proposer"),
    path("banque/", banque.banques, name="banques"),
    path("banque/<int:pk>/", banque.banque_controler, name="banque_controler"),
    path("banque/<int:pk>/contester/", banque.banque_contester, name="banque_contester"),
    path("banque/<int:pk>/dispenser/", banque.banque_dispenser, name="banque_dispenser"),
    path("banque/<int:pk>/retablir/", banque.banque_retablir, name="banque_retablir"),
    path("salaries/", salaries.Salaries.as_view(), name="salaries"),
    path("salaries/nouveau/", salaries.salarie_creer, name="salarie_creer"),
    path("salaries/modele/", importation.salaries_modele, name="salaries_modele"),
    path("salaries/importer/", importation.salaries_importer, name="salaries_importer"),
    path("salaries/import/<int:pk>/", importation.salaries_import, name="salaries_import"),
    path("salaries/<int:pk>/", salaries.salarie, name="salarie"),
    path("salaries/<int:pk>/modifier/", salaries.salarie_modifier, name="salarie_modifier"),
    path("salaries/<int:pk>/numero/", salaries.salarie_nir, name="salarie_nir"),
    path("salaries/<int:pk>/contrats/nouveau/", contrats.contrat_creer, name="contrat_creer"),
    path("contrats/", contrats.Contrats.as_view(), name="contrats"),
    path("contrats/<int:pk>/", contrats.contrat, name="contrat"),
    path("contrats/<int:pk>/modifier/", contrats.contrat_modifier, name="contrat_modifier"),
    path("contrats/<int:pk>/renouveler/", contrats.contrat_renouveler, name="contrat_renouveler"),
    path("contrats/<int:pk>/sortie/", contrats.contrat_sortie, name="contrat_sortie"),
    path(
        "contrats/<int:pk>/sortie/annuler/",
        contrats.contrat_annuler_sortie,
        name="contrat_annuler_sortie",
    ),
    re_path(
        r"^historique/(?P<objet>structure|salarie|contrat)/(?P<pk>[0-9]+)/$",
        historiques.historique,
        name="historique",
    ),
]
