"""Code lists of the ecosystem's files (fiche salarié, FluxIAE) used by structures and contracts.

Values are those of the exchange formats; labels are those shown to users. The full table of exit
reasons is not public: the codes below keep the known categories (see docs/decisions.md).
"""

from django.db import models


class TypeMesure(models.TextChoices):
    ACI_DC = "ACI_DC", "ACI"
    EI_DC = "EI_DC", "EI"
    AI_DC = "AI_DC", "AI"
    ETTI_DC = "ETTI_DC", "ETTI"
    EITI_DC = "EITI_DC", "EITI"
    ACI_MP = "ACI_MP", "ACI en milieu pénitentiaire"
    EI_MP = "EI_MP", "EI en milieu pénitentiaire"


class FormeJuridique(models.TextChoices):
    """Eligible employers (convention de mandat, art. 2), then those of EI and ETTI."""

    ASSOCIATION = "ASSOCIATION", "Association"
    CCAS = "CCAS", "CCAS"
    CIAS = "CIAS", "CIAS"
    OBNL = "OBNL", "Organisme de droit privé à but non lucratif"
    EPCI = "EPCI", "EPCI"
    COMMUNE = "COMMUNE", "Commune"
    DEPARTEMENT = "DEPARTEMENT", "Département"
    CHAMBRE_AGRI = "CHAMBRE_AGRI", "Chambre d’agriculture"
    SYNDICAT = "SYNDICAT", "Syndicat mixte"
    EPLE = "EPLE", "Établissement d’enseignement professionnel ou agricole de l’État"
    ONF = "ONF", "Office national des forêts"
    SOCIETE = "SOCIETE", "Société commerciale"
    INDIVIDUELLE = "INDIVIDUELLE", "Entrepreneur individuel"


# The rare natural persons: only they may be granted a remission (convention de mandat, art. 5).
PERSONNES_PHYSIQUES = frozenset({FormeJuridique.INDIVIDUELLE.value})
ELIGIBLES_ACI = (
    frozenset(FormeJuridique.values) - {FormeJuridique.SOCIETE.value} - PERSONNES_PHYSIQUES
)


class Civilite(models.TextChoices):
    M = "M", "M."
    MME = "MME", "Mme"


class SituationFamiliale(models.TextChoices):
    CELIBATAIRE = "CE", "Célibataire"
    COUPLE = "CO", "En couple"
    PARENT_ISOLE = "PI", "Parent isolé"


class Anciennete(models.TextChoices):
    """Duration of a situation (unemployment, registration, allowance)."""

    MOINS_DE_6 = "01", "Moins de 6 mois"
    DE_6_A_11 = "02", "De 6 à 11 mois"
    DE_12_A_23 = "03", "De 12 à 23 mois"
    DE_24 = "04", "24 mois et plus"


class TypeEmployeur(models.TextChoices):
    EI = "01", "Entreprise d’insertion"
    ETTI = "02", "Entreprise de travail temporaire d’insertion"
    AI = "03", "Association intermédiaire"
    ACI = "04", "Atelier et chantier d’insertion"
    ESAT = "05", "ESAT"
    EA = "06", "Entreprise adaptée"
    AUTRE = "07", "Autre employeur"


class Cotisations(models.TextChoices):
    """Kind of contributions of a self-employed person (EITI)."""

    ACHAT_REVENTE = "01", "Achat et revente de marchandises"
    PRESTATIONS_COMMERCIALES = "02", "Prestations commerciales ou artisanales"
    AUTRES_PRESTATIONS = "03", "Autres prestations de services"
    LIBERALE = "04", "Profession libérale relevant de la Cipav"
    MEUBLES = "05", "Location de meublés de tourisme"
    INCONNU = "06", "Non déterminé"


class FonctionContact(models.TextChoices):
    DIRECTION = "DIRECTION", "Direction"
    COMPTABILITE = "COMPTABILITE", "Comptabilité et paie"
    INSERTION = "INSERTION", "Accompagnement socioprofessionnel"
    ENCADREMENT = "ENCADREMENT", "Encadrement technique"
    AUTRE = "AUTRE", "Autre"


class FormeContrat(models.TextChoices):
    CDDI = "CDDI", "CDDI"
    CDDI_PHC = "CDDI_PHC", "CDDI « Premières heures en chantier »"
    CDDI_CVG = "CDDI_CVG", "CDDI « Convergence »"
    CDII = "CDII", "CDI inclusion"
    CDDU = "CDDU", "CDD d’usage"
    CTT = "CTT", "Contrat de mission"
    CDDT = "CDDT", "CDD tremplin"
    CREA = "CREA", "Accompagnement à la création d’entreprise"


# Contract forms admitted by each measure; others make the hours ineligible.
FORMES_PAR_MESURE: dict[str, frozenset[str]] = {
    "ACI_DC": frozenset({"CDDI", "CDDI_PHC", "CDDI_CVG", "CDII"}),
    "ACI_MP": frozenset({"CDDI", "CDDI_PHC", "CDDI_CVG"}),
    "EI_DC": frozenset({"CDDI", "CDII", "CDDT"}),
    "EI_MP": frozenset({"CDDI", "CDDT"}),
    "AI_DC": frozenset({"CDDI", "CDDU", "CDII"}),
    "ETTI_DC": frozenset({"CTT", "CDII"}),
    "EITI_DC": frozenset({"CREA"}),
}


class NiveauFormation(models.TextChoices):
    N00 = "00", "Qualification non certifiante"
    N01 = "01", "Jamais scolarisé"
    N10 = "10", "Troisième cycle ou école d’ingénieur"
    N20 = "20", "Licence"
    N30 = "30", "BTS ou DUT"
    N40 = "40", "Baccalauréat"
    N41 = "41", "Brevet de technicien ou baccalauréat professionnel"
    N50 = "50", "Niveau CAP ou BEP"
    N51 = "51", "CAP ou BEP obtenu"
    N60 = "60", "Formation courte d’un an"
    N70 = "70", "Pas au-delà de la scolarité obligatoire"


class Orienteur(models.TextChoices):
    ML = "01", "Mission locale"
    CAP_EMPLOI = "02", "Cap emploi"
    FT = "03", "France Travail"
    PLIE = "04", "PLIE"
    CD = "05", "Service social du département"
    HABILITE = "06", "Autre prescripteur habilité"
    SPONTANEE = "07", "Candidature spontanée"
    NON_HABILITE = "08", "Orienteur non habilité"
    SPIP = "09", "SPIP"
    PJJ = "10", "PJJ"
    CCAS = "11", "CCAS ou CIAS"
    CHRS = "12", "CHRS"
    CIDFF = "13", "CIDFF"
    PREVENTION = "14", "Club de prévention"
    AFPA = "15", "AFPA"
    PIJ = "16", "PIJ ou BIJ"
    CAF = "17", "CAF"
    CADA = "18", "CADA"
    ASE = "19", "ASE"
    CAVA = "20", "CAVA"
    CPH = "21", "CPH"
    CHU = "22", "CHU"
    OACAS = "23", "OACAS"
    INCONNU = "99", "Non connu"


class CategorieSortie(models.TextChoices):
    DURABLE = "DURABLE", "Emploi durable"
    TRANSITION = "TRANSITION", "Emploi de transition"
    POSITIVE = "POSITIVE", "Sortie positive"
    AUTRE = "AUTRE", "Autre sortie"
    RETRAIT = "RETRAIT", "Retrait des sorties constatées"


class MotifSortie(models.TextChoices):
    CDI = "04", "Embauche en CDI"
    CDD_LONG = "05", "Embauche en CDD ou intérim de six mois et plus"
    FONCTION_PUBLIQUE = "06", "Titularisation dans la fonction publique"
    CREATION = "07", "Création ou reprise d’entreprise"
    CDD_COURT = "10", "Embauche en CDD ou intérim de moins de six mois"
    CONTRAT_AIDE = "11", "Contrat aidé chez un employeur de droit commun"
    FORMATION = "20", "Entrée en formation qualifiante ou pré-qualifiante"
    AUTRE_SIAE = "21", "Embauche dans une autre SIAE"
    RETRAITE = "22", "Prise des droits à la retraite"
    CHOMAGE = "25", "Recherche d’emploi"
    INACTIVITE = "26", "Inactivité"
    SANS_NOUVELLE = "27", "Sans nouvelle"
    RUPTURE_EMPLOYEUR = "30", "Rupture à l’initiative de l’employeur"
    RUPTURE_SALARIE = "31", "Rupture à l’initiative du salarié"
    DEMENAGEMENT = "40", "Déménagement hors du territoire"
    SANTE = "41", "Maladie de longue durée"
    JUSTICE = "42", "Incarcération"
    DECES = "43", "Décès"


CATEGORIE_DU_MOTIF: dict[str, CategorieSortie] = {
    "04": CategorieSortie.DURABLE,
    "05": CategorieSortie.DURABLE,
    "06": CategorieSortie.DURABLE,
    "07": CategorieSortie.DURABLE,
    "10": CategorieSortie.TRANSITION,
    "11": CategorieSortie.TRANSITION,
    "20": CategorieSortie.POSITIVE,
    "21": CategorieSortie.POSITIVE,
    "22": CategorieSortie.POSITIVE,
    "25": CategorieSortie.AUTRE,
    "26": CategorieSortie.AUTRE,
    "27": CategorieSortie.AUTRE,
    "30": CategorieSortie.AUTRE,
    "31": CategorieSortie.AUTRE,
    "40": CategorieSortie.RETRAIT,
    "41": CategorieSortie.RETRAIT,
    "42": CategorieSortie.RETRAIT,
    "43": CategorieSortie.RETRAIT,
}
