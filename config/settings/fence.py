"""Which rows the database itself shows to whom: one line per table (row-level security).

The second fence, behind `visible_to`. It is coarser on purpose: it knows organisations,
territories and co-financing, not the states of a dossier. `FENCED` gives the condition on a row
for a structure, a DDETS, a département and an administrator; the ASP and the product itself read
everything, nobody reads anything without a scope (`apps.core.fence`). `OPEN` gives the other
tables and why.
Raised by `manage.py prepare_database`; a table in neither list makes a test fail.
"""

# Sets of keys for the organisation in whose name the statement runs; see FUNCTIONS.
STRUCTURES = "(SELECT fence_structures())"
SIAES = "(SELECT fence_siaes())"
ANNEXES = "(SELECT fence_annexes())"
FINANCEURS = "(SELECT fence_financeurs())"
ORGANISATION = "(SELECT fence_organisation())"
PORTEE = "(SELECT fence_portee())"
CD = f"{PORTEE} = 'CD'"
NOT_CD = f"{PORTEE} IN ('SIAE', 'DDETS')"
# Any organisation: rows that say nothing by themselves, reached through others.
SOMEBODY = f"{PORTEE} IS NOT NULL"
NOBODY = "false"


def _through(column: str, table: str, key: str = "id") -> str:
    """Rows of a visible row of another table, whose own policy applies."""
    return f"{column} IN (SELECT {key} FROM {table})"


_VERSION = "annexes_versionannexe"
_ETAT = _through("etat_mensuel_id", "presence_etatmensuel")
_ORDRE = _through("ordre_id", "recoveries_ordrederecouvrer")
_OF_FINANCEUR = f"{CD} AND financeur_id IN {FINANCEURS}"
_MANDAT = f"{CD} AND {_through('mandat_id', 'conventions_conventionmandat')}"
# Conventions between the State, the départements and the ASP: the checks of an annex and the
# forecast of its payments read them for their structure and for the State.
_CONVENTION = f"{_OF_FINANCEUR} OR {NOT_CD}"

FENCED: dict[str, str] = {
    # Structures and people
    "siae_structure": f"{PORTEE} = 'SIAE' AND organisation_id = {ORGANISATION}"
    f" OR {PORTEE} = 'DDETS' AND departement = (SELECT fence_territoire())"
    f" OR {CD} AND id IN {STRUCTURES}",
    "siae_siae": f"{NOT_CD} AND structure_id IN {STRUCTURES} OR {CD} AND id IN {SIAES}",
    "siae_contact": f"structure_id IN {STRUCTURES}",
    "siae_changementsiret": f"structure_id IN {STRUCTURES}",
    "siae_coordonneesbancaires": f"{NOT_CD} AND structure_id IN {STRUCTURES}",
    "siae_importsalaries": f"{PORTEE} = 'SIAE' AND structure_id IN {STRUCTURES}",
    "siae_salarie": f"{NOT_CD} AND structure_id IN {STRUCTURES}"
    f" OR {CD} AND {_through('id', 'siae_contrat', 'salarie_id')}",
    "siae_contrat": f"siae_id IN {SIAES}",
    # Conventions
    "conventions_caom": _CONVENTION,
    "conventions_objectifcaom": _through("caom_id", "conventions_caom"),
    "conventions_voletcaom": _through("caom_id", "conventions_caom"),
    "conventions_conventionmandat": _CONVENTION,
    "conventions_avenantfinancier": _through("mandat_id", "conventions_conventionmandat"),
    "conventions_conventioniae": f"siae_id IN {SIAES}",
    # Annexes
    "annexes_annexefinanciere": f"{NOT_CD} AND siae_id IN {SIAES} OR {CD} AND id IN {ANNEXES}",
    "annexes_versionannexe": f"{NOT_CD} AND siae_id IN {SIAES} OR {CD} AND annexe_id IN {ANNEXES}",
    "annexes_montantunitaire": _through("version_id", _VERSION),
    "annexes_suspension": f"annexe_id IN {ANNEXES}",
    # Monthly statements
    "presence_etatmensuel": f"annexe_id IN {ANNEXES}",
    "presence_documentetat": _ETAT,
    "presence_lignepresence": _ETAT,
    "presence_justificationecart": _ETAT,
    "presence_etatsigne": _ETAT,
    "presence_controle": _ETAT,
    "presence_piececontrole": _through("controle_id", "presence_controle"),
    # Money
    "payments_versement": f"annexe_id IN {ANNEXES}",
    "payments_retenue": f"annexe_id IN {ANNEXES}",
    "payments_avisdepaiement": f"{NOT_CD} AND annexe_id IN {ANNEXES}",
    "payments_partenattente": _through("versement_id", "payments_versement"),
    "payments_deduction": _through("versement_id", "payments_versement"),
    "payments_virement": f"annexe_id IN {ANNEXES}",
    "payments_blocagepaiement": f"structure_id IN {STRUCTURES} OR annexe_id IN {ANNEXES}",
    "payments_partmodulee": f"{NOT_CD} AND annexe_id IN {ANNEXES}",
    "payments_fichiervirements": NOBODY,
    "payments_retourbancaire": NOBODY,
    "payments_ligneretour": NOBODY,
    "payments_appeldefonds": _MANDAT,
    "payments_notificationdefonds": _MANDAT,
    "payments_recettedefonds": _MANDAT,
    "payments_reversementdefonds": _MANDAT,
    "payments_cloturemandat": _MANDAT,
    "payments_facturefrais": _MANDAT,
    "payments_lignefrais": _through("facture_id", "payments_facturefrais"),
    "payments_encaissementfrais": _through("facture_id", "payments_facturefrais"),
    "payments_avistarif": _MANDAT,
    "payments_mouvement": f"annexe_id IN {ANNEXES} OR {_OF_FINANCEUR}",
    "payments_ecriture": _through("id", "payments_mouvement", "ecriture_id"),
    "payments_succession": f"{_OF_FINANCEUR} OR {CD} AND successeur_id IN {FINANCEURS}",
    # Recoveries
    # A département is told what the State recovers on the annexes it co-finances (bilans).
    "recoveries_ordrederecouvrer": f"{NOT_CD} AND structure_id IN {STRUCTURES}"
    f" OR {CD} AND annexe_id IN {ANNEXES} OR {_OF_FINANCEUR}",
    "recoveries_contestation": _ORDRE,
    "recoveries_extinction": _ORDRE,
    "recoveries_apurement": _ORDRE,
    "recoveries_actederecouvrement": _ORDRE,
    "recoveries_compensation": _ORDRE,
    "recoveries_excedent": _ORDRE,
    "recoveries_encaissement": _ORDRE,
    "recoveries_remboursement": _through("excedent_id", "recoveries_excedent"),
    "recoveries_plandepaiement": _ORDRE,
    "recoveries_echeanceplan": _through("plan_id", "recoveries_plandepaiement"),
    "recoveries_declarationcreance": _ORDRE,
    "recoveries_demanderemise": _ORDRE,
    "recoveries_procedurecollective": f"structure_id IN {STRUCTURES}",
    "recoveries_listenonvaleur": _OF_FINANCEUR,
    "recoveries_lignenonvaleur": _through("liste_id", "recoveries_listenonvaleur"),
    # Restitutions
    "dashboards_compteemploi": _MANDAT,
    "dashboards_bilanemis": f"annexe_id IN {ANNEXES}",
    "dashboards_encadrement": f"annexe_id IN {ANNEXES}",
    "dashboards_seuilsalertes": f"organisation_id = {ORGANISATION}",
    "dashboards_envoiprogramme": f"organisation_id = {ORGANISATION}",
    "dashboards_envoi": _through("programme_id", "dashboards_envoiprogramme"),
    # Rights of the people
    "dashboards_demandedroit": f"{NOT_CD} AND structure_id IN {STRUCTURES}"
    f" OR {CD} AND {_through('id', 'dashboards_demandedroit_financeurs', 'demandedroit_id')}",
    "dashboards_demandedroit_financeurs": f"{CD} AND financeur_id IN {FINANCEURS} OR {NOT_CD}",
    "dashboards_destruction": _MANDAT,
    "dashboards_purge": NOBODY,
    # What is told and made for somebody
    "accounts_notification": f"organisation_id = {ORGANISATION}",
    "accounts_lecture": _through("notification_id", "accounts_notification"),
    # The administrator supervises; the file itself is opened by who asked for it.
    "core_job": f"membership_id = (SELECT fence_habilitation()) OR {PORTEE} = 'ADMIN'",
    "core_courrielenvoye": NOBODY,
    # Read by whoever reads the object, which has its own line above.
    "journal_entree": SOMEBODY,
    "core_fichier": SOMEBODY,
    "payments_campagne": SOMEBODY,
    "presence_tirage": SOMEBODY,
    "accounts_delegation": SOMEBODY,
    "payments_cloture": SOMEBODY,
    "payments_reouverture": NOBODY,
}

# Tables that the fence leaves open, with the reason.
OPEN: dict[str, str] = {
    "accounts_user": "lue avant que l’habilitation soit connue (connexion)",
    "accounts_secondfacteur": "lu avant que l’habilitation soit connue ; secret chiffré",
    "accounts_codedesecours": "lu avant que l’habilitation soit connue ; empreintes",
    "journal_scelle": "empreintes et numéros, sans contenu",
    "dashboards_contactrgpd": "contacts des délégués à la protection des données, publics",
    "accounts_organisation": "lue avant que l’habilitation soit connue ; noms d’organisations",
    "accounts_membership": "lue avant que l’habilitation soit connue",
    "django_session": "lue avant que l’habilitation soit connue ; contenu signé",
    "conventions_financeur": "référentiel : départements et État",
    "conventions_valeurreferentiel": "référentiel : barèmes publics",
    "payments_compte": "référentiel : plan de comptes",
    "core_sequence": "compteurs",
    "auth_group": "vide : les rôles sont des habilitations",
    "auth_group_permissions": "vide",
    "auth_permission": "noms techniques",
    "django_content_type": "noms techniques",
    "django_migrations": "noms techniques",
    "dsfr_dsfrconfig": "vide",
    "dsfr_dsfrsocialmedia": "vide",
}

# Functions that the conditions call. They run as the owner: a policy that read a fenced table
# itself would call itself for ever. STABLE: once per statement.
FUNCTIONS = (
    """
CREATE OR REPLACE FUNCTION fence_portee() RETURNS text LANGUAGE sql STABLE
RETURN NULLIF(current_setting('extranet.portee', true), '')""",
    """
CREATE OR REPLACE FUNCTION fence_open() RETURNS boolean LANGUAGE sql STABLE
RETURN COALESCE(current_setting('extranet.portee', true) = 'TOUT', false)""",
    """
CREATE OR REPLACE FUNCTION fence_organisation() RETURNS bigint LANGUAGE sql STABLE
RETURN NULLIF(current_setting('extranet.organisation', true), '')::bigint""",
    """
CREATE OR REPLACE FUNCTION fence_habilitation() RETURNS bigint LANGUAGE sql STABLE
RETURN NULLIF(current_setting('extranet.habilitation', true), '')::bigint""",
    """
CREATE OR REPLACE FUNCTION fence_territoire() RETURNS text LANGUAGE sql STABLE
RETURN (SELECT NULLIF(departement, '') FROM accounts_organisation
        WHERE id = fence_organisation())""",
    # A département and those it has succeeded, however long the chain.
    """
CREATE OR REPLACE FUNCTION fence_financeurs() RETURNS SETOF bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE repris AS (
        SELECT id FROM conventions_financeur
        WHERE organisation_id = fence_organisation() AND fence_portee() = 'CD'
        UNION
        SELECT f.id FROM conventions_financeur f JOIN repris r ON f.successeur_id = r.id)
    SELECT id FROM repris
$$""",
    # Annexes that carried the département's money once validated; those of the structures.
    """
CREATE OR REPLACE FUNCTION fence_annexes() RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF fence_portee() = 'CD' THEN
        RETURN QUERY SELECT DISTINCT v.annexe_id FROM annexes_versionannexe v
            WHERE v.financeur_cd_id IN (SELECT fence_financeurs()) AND v.montant_cd > 0
              AND v.etat IN ('VALIDE', 'HISTORISE', 'CLOTURE');
    ELSE
        RETURN QUERY SELECT a.id FROM annexes_annexefinanciere a
            WHERE a.siae_id IN (SELECT fence_siaes());
    END IF;
END $$""",
    """
CREATE OR REPLACE FUNCTION fence_siaes() RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF fence_portee() = 'CD' THEN
        RETURN QUERY SELECT DISTINCT a.siae_id FROM annexes_annexefinanciere a
            WHERE a.id IN (SELECT fence_annexes());
    ELSE
        RETURN QUERY SELECT s.id FROM siae_siae s
            WHERE s.structure_id IN (SELECT fence_structures());
    END IF;
END $$""",
    """
CREATE OR REPLACE FUNCTION fence_structures() RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF fence_portee() = 'SIAE' THEN
        RETURN QUERY SELECT s.id FROM siae_structure s
            WHERE s.organisation_id = fence_organisation();
    ELSIF fence_portee() = 'DDETS' THEN
        RETURN QUERY SELECT s.id FROM siae_structure s
            WHERE s.departement = fence_territoire();
    ELSIF fence_portee() = 'CD' THEN
        RETURN QUERY SELECT DISTINCT s.structure_id FROM siae_siae s
            WHERE s.id IN (SELECT fence_siaes());
    END IF;
END $$""",
)
