"""Registry of the journal's action codes, each with its French verb phrase.

A code names the object and what happened to it; `record` refuses a code that is not here.
"""

ACTIONS: dict[str, str] = {
    # accounts
    "compte.connexion": "s’est connecté",
    "compte.organisation_choisie": "a choisi l’organisation au nom de laquelle agir",
    # siae
    "structure.creee": "a créé la structure",
    "structure.modifiee": "a modifié la structure",
    "structure.siret_change": "a enregistré le changement de SIRET",
    "structure.contact_ajoute": "a ajouté un contact",
    "structure.contact_retire": "a retiré un contact",
    "banque.proposee": "a proposé des coordonnées bancaires",
    "banque.controlee": "a contrôlé et activé les coordonnées bancaires",
    "banque.rejetee": "a rejeté les coordonnées bancaires proposées",
    "salarie.cree": "a créé la fiche salarié",
    "salarie.modifie": "a modifié la fiche salarié",
    "salarie.import": "a importé des salariés et des contrats",
    "contrat.cree": "a enregistré le contrat",
    "contrat.modifie": "a modifié le contrat",
    "contrat.renouvele": "a renouvelé le contrat",
    "contrat.sortie": "a enregistré la sortie du salarié",
    "contrat.sortie_annulee": "a annulé la sortie enregistrée",
    # conventions
    "financeur.cree": "a enregistré le financeur",
    "convention.creee": "a enregistré la convention",
    "caom.creee": "a créé la CAOM",
    "caom.signee": "a enregistré la signature de la CAOM",
    "caom.objectif_ajuste": "a ajusté un objectif de la CAOM",
    "mandat.cree": "a créé la convention de mandat",
    "mandat.signe": "a enregistré la signature de la convention de mandat",
    "mandat.denonce": "a enregistré la dénonciation de la convention de mandat",
    "mandat.avenant_financier": "a enregistré un avenant financier de la convention de mandat",
    "referentiel.propose": "a proposé une valeur de référentiel",
    "referentiel.approuve": "a approuvé une valeur de référentiel",
    "referentiel.refuse": "a refusé une valeur de référentiel",
    # annexes
    "annexe.creee": "a créé l’annexe financière",
    "annexe.modifiee": "a modifié l’annexe financière",
    "annexe.piece_jointe": "a joint l’annexe signée",
    "annexe.transmise": "a transmis l’annexe financière à l’ASP",
    "annexe.validee": "a validé l’annexe financière",
    "annexe.rejetee": "a rejeté l’annexe financière",
    "annexe.historisee": "a remplacé cette version par la suivante",
    "annexe.annulee": "a annulé l’annexe financière",
    "annexe.cloturee": "a clôturé l’annexe financière",
    "annexe.provisoire": "a ouvert l’annexe provisoire de renouvellement",
    "annexe.avenant": "a ouvert un avenant de modification",
    "annexe.suspendue": "a suspendu les paiements de l’annexe",
    "annexe.suspension_levee": "a levé la suspension des paiements",
    "annexe.revalorisee": "a appliqué une revalorisation du montant unitaire",
    # presence
    "etat.ouvert": "a ouvert l’état mensuel",
    "etat.saisi": "a enregistré des heures",
    "etat.importe": "a importé un fichier d’heures",
    "etat.certifie": "a certifié l’état mensuel",
    "etat.valide": "a validé l’état mensuel",
    "etat.debloque": "a rouvert l’état mensuel",
    "etat.carence": "a constaté la carence de l’état mensuel",
    # payments
    "campagne.preparee": "a préparé la campagne de paiement",
    "campagne.controlee": "a contrôlé la campagne de paiement",
    "campagne.approuvee": "a approuvé la campagne de paiement",
    "campagne.visee": "a visé la campagne de paiement",
    "campagne.executee": "a exécuté la campagne de paiement",
    "campagne.abandonnee": "a abandonné la campagne de paiement",
    "campagne.ligne_retiree": "a retiré une ligne de la campagne",
    "campagne.ligne_rejetee": "a rejeté une ligne de la campagne",
    # recoveries
    "ordre.emis": "a émis l’ordre de recouvrer",
    "ordre.modifie": "a modifié l’ordre de recouvrer",
    # restitutions
    "export.demande": "a demandé un export",
    "export.telecharge": "a téléchargé un export",
    "fiche.consultee": "a consulté la fiche salarié",
}
