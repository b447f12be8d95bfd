"""Words of what the journal keeps beside the fields of an object, and what it never shows whole.

Keys are those that the services give to `record`; a field of the object has its own label.
"""

from __future__ import annotations

from typing import Any

LABELS: dict[str, str] = {
    "taux": "Taux",
    "periode": "Période",
    "prix_annexe": "Prix par annexe ou avenant",
    "forfait_annuel": "Forfait annuel",
    "facture": "Facture",
    "avoir": "Avoir",
    "annexes_comptees": "Annexes comptées",
    "a_partir_de": "À partir du mois de",
    "ancien_financeur": "Ancien financeur",
    "annee": "Année",
    "recette": "Recette de fonds",
    "appel": "Appel de fonds",
    "avenants": "Avenants financiers",
    "bilan": "Bilan",
    "certifie_le": "Certifié le",
    "departement": "Département",
    "departements": "Départements",
    "donnees": "Données",
    "fiche": "Fiche salarié (identifiant)",
    "support": "Fichier",
    "annexes": "Annexes financières",
    "personnes": "Personnes anonymisées",
    "deja": "Personnes déjà anonymisées",
    "retenues": "Personnes encore nécessaires",
    "pieces_controle": "Pièces de contrôle",
    "etats_archives": "États mensuels archivés",
    "etats_signes": "États mensuels signés",
    "creances_restantes": "Créances restant à recouvrer",
    "credits_frais": "Crédits de frais de gestion",
    "credits_intervention": "Crédits d’intervention",
    "credits_paiement": "Crédits de paiement",
    "coordonnees_bancaires": "Coordonnées bancaires",
    "declaree_le": "Déclarées le",
    "montant": "Montant",
    "demandeur": "Au nom de",
    "ecritures": "Écritures",
    "effet": "Date d’effet",
    "extourne": "Écriture d’extourne",
    "fichier": "Fichier",
    "jour": "Jour",
    "le": "Le",
    "lignes": "Lignes",
    "lignes_importees": "Lignes importées",
    "lignes_refusees": "Lignes refusées",
    "mesure": "Mesure",
    "mesure_ajoutee": "Mesure ajoutée",
    "mesures": "Mesures",
    "montant_total": "Montant total",
    "nouveau_financeur": "Nouveau financeur",
    "numero": "Numéro",
    "nir_enregistre": "Numéro de sécurité sociale enregistré",
    "objectifs": "Objectifs",
    "piece": "Document joint",
    "pieces": "Pièces demandées",
    "remplacee_le": "Remplacée le",
    "renouvellement": "Renouvellement n°",
    "sha256": "Empreinte du fichier",
    "taille": "Taille en octets",
    "iban": "IBAN",
    "bic": "BIC",
    "titulaire": "Titulaire du compte",
    "plan": "Plan de paiement",
    "campagne": "Campagne",
    "voie": "Voie d’exécution",
    "echeances": "Échéances",
    "applicable_le": "Applicable à partir du",
    "plafond": "Plafond par campagne",
    "reste": "Reste à payer",
    "reference": "Référence",
    "entrees": "Entrées vérifiées",
    "scelles": "Scellés vérifiés",
    "anomalies": "Anomalies",
    "premiere_anomalie": "Première anomalie",
    "recu_le": "Reçu le",
    "mode": "Mode de paiement",
    "excedent": "Excédent",
    "recettes": "Recettes",
    "depenses": "Dépenses",
    "tresorerie": "Trésorerie",
    "empreinte": "Empreinte des écritures",
    "confirmes": "Virements confirmés",
    "rejetes": "Virements rejetés",
    "rang": "Ligne du retour",
    "virement": "Virement",
}
# Acts kept in the history of one object whose values are those of another.
DESCRIBED: dict[str, str] = {
    "caom.objectif_ajuste": "conventions.objectifcaom",
    "structure.contact_ajoute": "siae.contact",
    "structure.contact_retire": "siae.contact",
}
MASKED = frozenset({"iban", "bic"})


def mask(value: Any) -> Any:
    """First and last characters only, as bank details are shown to those who may not read them."""
    if not isinstance(value, str) or len(value) <= 8 or "…" in value:
        return value
    return f"{value[:4]} … {value[-4:]}"
