// Autosave: one request at a time, each row with the revision it was read at. Rows that wait
// together (a paste, a cut that ends) go together, and each has its own verdict. What cannot be sent
// stays in its field, in this tab's storage, and is said in words.

import { button, paragraph } from "./lignes.js";

const DELAI = 800;
const NOUVEL_ESSAI = 5000;
const ENSEMBLE = 100;
// A request that outlives its page carries 64 KiB at most.
const SURVIT = 60000;

export class Envoi {
  constructor(grille, form) {
    this.grille = grille;
    this.form = form;
    this.adresse = form.dataset.ligneUrl;
    this.cle = `saisie:${form.dataset.keep}:${location.pathname}`;
    this.modifiees = new Set();
    this.attente = new Map();
    this.file = [];
    this.enCours = null;
    this.arret = false;
  }

  // A row was changed: it is kept at once, sent when the typing pauses.
  planifier(ligne, delai = DELAI) {
    clearTimeout(this.attente.get(ligne));
    this.attente.delete(ligne);
    this.garder(ligne);
    if (!this.modifiees.has(ligne) || ligne.enConflit || this.arret) return;
    this.attente.set(ligne, setTimeout(() => this.envoyer(ligne), delai));
  }

  // Rows changed by one act, a paste or its undoing: they go at once and together.
  envoyerEnsemble(lignes) {
    lignes.forEach((ligne) => this.marquer(ligne));
    this.conserver();
    lignes.forEach((ligne) => this.modifiees.has(ligne) && !ligne.enConflit && this.empiler(ligne));
    this.partir();
  }

  // Everything that waits goes now (Ctrl+S, the tab being hidden).
  toutEnvoyer() {
    this.modifiees.forEach((ligne) => ligne.enConflit || this.empiler(ligne));
    this.partir();
  }

  // Timers stop; what is being sent finishes: the form then carries the rest, at the right revision.
  async suspendre() {
    this.attente.forEach((timer) => clearTimeout(timer));
    this.attente.clear();
    this.file = [];
    await this.enCours;
  }

  envoyer(ligne, sortie = null) {
    const verdict = this.empiler(ligne, sortie);
    this.partir();
    return verdict;
  }

  empiler(ligne, sortie = null) {
    clearTimeout(this.attente.get(ligne));
    this.attente.delete(ligne);
    return new Promise((resolve) => {
      this.file = this.file.filter((waiting) => waiting.sortie || waiting.ligne !== ligne);
      this.file.push({ ligne, sortie, resolve });
    });
  }

  partir() {
    if (this.file.length && !this.arret) this.enCours ||= this.vider();
  }

  async vider() {
    while (this.file.length && !this.arret) {
      const exit = this.file.findIndex(({ sortie }) => sortie);
      const together = exit < 0 ? this.file.length : exit;
      const lot = this.file.splice(0, Math.min(Math.max(together, 1), ENSEMBLE));
      if (lot.length === 1) lot[0].resolve(await this.une(lot[0].ligne, lot[0].sortie));
      else {
        this.grille.dire(`Enregistrement de ${lot.length} lignes en cours.`);
        await this.ensemble(lot.map(({ ligne }) => ligne));
        lot.forEach(({ resolve }) => resolve({ ok: true }));
      }
    }
    this.enCours = null;
  }

  async une(ligne, sortie) {
    const envoyees = ligne.valeurs();
    const { status, answer } = await this.demander(`/${ligne.id}/`, [ligne], sortie);
    if (!answer) return { ok: false };
    const ok = status === 200;
    if (ok) {
      this.reussi(ligne, envoyees, answer);
      this.conserver();
      this.grille.drapeaux(answer.drapeaux);
      this.grille.enregistree(answer);
    } else if (status === 409) this.conflit(ligne, answer);
    else if (!sortie) this.refuse(ligne, answer.erreurs);
    return { ok, ...answer };
  }

  // Several rows in one request: those refused or changed by somebody else stop no other.
  async ensemble(lignes) {
    const envoyees = lignes.map((ligne) => ligne.valeurs());
    const { status, answer } = await this.demander("/", lignes);
    if (!answer) return;
    if (status !== 200) return this.refuse(lignes[0], answer.erreurs);
    lignes.forEach((ligne, rank) => {
      const verdict = answer.lignes[ligne.id] || { erreurs: { ligne: ["Ce contrat n’est plus ouvert dans le mois : rechargez la page."] } };
      if (verdict.erreurs) this.refuse(ligne, verdict.erreurs);
      else if (verdict.auteur) this.conflit(ligne, verdict);
      else this.reussi(ligne, envoyees[rank], verdict);
    });
    this.conserver();
    this.grille.drapeaux(answer.drapeaux);
    this.grille.enregistree(answer);
  }

  // The answer of the server for these rows; without one, what happened has been said.
  async demander(adresse, lignes, sortie = null) {
    const body = new URLSearchParams(sortie || {});
    for (const ligne of lignes) {
      body.set(`lu_${ligne.id}`, ligne.lu.value);
      Object.entries(ligne.valeurs()).forEach(([name, value]) => body.set(`${name}_${ligne.id}`, value));
    }
    let response;
    try {
      response = await this.poster(this.adresse.replace("/0/", adresse), body);
    } catch {
      return this.coupure("La connexion est interrompue", lignes);
    }
    if (response.type === "opaqueredirect" || response.status === 401) return this.sessionPerdue();
    if (!response.headers.get("Content-Type")?.startsWith("application/json")) {
      return response.status >= 500 ? this.coupure("Le service ne répond pas", lignes) : this.refusGeneral(response.status);
    }
    this.grille.prevenir(null);
    const answer = await response.json();
    if (!answer.ferme) return { status: response.status, answer };
    return this.ferme(answer);
  }

  async poster(url, body, again = true) {
    const token = this.form.elements.csrfmiddlewaretoken;
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": token.value, Accept: "application/json" },
      redirect: "manual",
      keepalive: body.toString().length < SURVIT,
    });
    if (response.status !== 403 || !again) return response;
    // Signed in again in another tab: the page takes the new token, once.
    const page = await fetch(location.href, { redirect: "manual" });
    if (page.type === "opaqueredirect") return page;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    const renewed = fresh.querySelector("main [name=csrfmiddlewaretoken]");
    if (!renewed) return response;
    token.value = renewed.value;
    return this.poster(url, body, false);
  }

  reussi(ligne, envoyees, answer) {
    ligne.lu.value = answer.lu;
    ligne.enConflit = false;
    ligne.sansErreur();
    ligne.presenter(answer.valeurs, envoyees);
    ligne.alertes(answer.alertes);
    ligne.sortie(answer.sortie);
    ligne.compte();
    this.marquer(ligne);
    if (this.modifiees.has(ligne)) this.planifier(ligne);
  }

  refuse(ligne, erreurs) {
    ligne.sansErreur();
    for (const [name, messages] of Object.entries(erreurs)) ligne.erreur(name, messages);
    if (!erreurs.salaire && !erreurs.commentaire) this.grille.nePlusCompter(ligne);
    const [first] = Object.values(erreurs)[0];
    this.grille.dire(`Non enregistré. ${ligne.nom} : ${first}`);
  }

  conflit(ligne, answer) {
    ligne.enConflit = true;
    const choix = document.createElement("div");
    choix.className = "ex-grille__conflit";
    const theirs = resume(answer.valeurs), ours = resume(ligne.valeurs());
    choix.append(
      paragraph(`${answer.auteur} a enregistré : ${theirs}. Vous avez saisi : ${ours}.`, "fr-message fr-message--warning"),
      button("Garder ma saisie", () => {
        this.trancher(ligne, answer, choix);
        this.envoyer(ligne);
      }),
      button("Prendre la valeur enregistrée", () => {
        ligne.ecrire(answer.valeurs);
        this.trancher(ligne, answer, choix);
        this.grille.changee(ligne);
      }),
    );
    ligne.tr.querySelector(".ex-grille__conflit")?.remove();
    ligne.tr.querySelector("[data-alertes]").before(choix);
    this.grille.dire(`${ligne.nom} : une autre personne a modifié cette ligne. Les deux valeurs sont affichées, choisissez.`);
  }

  trancher(ligne, answer, choix) {
    ligne.lu.value = answer.lu;
    ligne.enConflit = false;
    choix.remove();
    ligne.champs.heures.focus();
  }

  ferme(answer) {
    this.arret = true;
    const [why] = Object.values(answer.erreurs)[0];
    this.grille.prevenir(`${why} Les heures que vous venez de saisir ne sont pas enregistrées : notez-les avant de quitter la page.`);
    return {};
  }

  coupure(what, lignes) {
    this.grille.prevenir(`${what} : ce que vous avez saisi est conservé dans cet onglet, un nouvel essai a lieu toutes les 5 secondes.`);
    lignes.forEach((ligne) => this.planifier(ligne, NOUVEL_ESSAI));
    return {};
  }

  sessionPerdue() {
    this.file = [];
    this.grille.prevenir("Votre session est terminée : ce que vous avez saisi est conservé dans cet onglet et sera rétabli.", {
      texte: "Se reconnecter",
      url: `${this.form.dataset.connexion}?next=${encodeURIComponent(location.pathname)}`,
    });
    return {};
  }

  refusGeneral(status) {
    this.file = [];
    this.grille.prevenir(`L’enregistrement automatique a été refusé (${status}) : rechargez la page. Ce que vous avez saisi est conservé dans cet onglet.`);
    return {};
  }

  garder(ligne) {
    this.marquer(ligne);
    this.conserver();
  }

  marquer(ligne) {
    if (ligne.modifiee) this.modifiees.add(ligne);
    else this.modifiees.delete(ligne);
  }

  // Rows not saved yet, in the form in which extranet.js gives them back to the page.
  conserver() {
    const kept = {};
    for (const ligne of this.modifiees) {
      kept[ligne.lu.name] = ligne.lu.value;
      Object.values(ligne.champs).forEach((field) => { kept[field.name] = field.value; });
    }
    if (Object.keys(kept).length) sessionStorage.setItem(this.cle, JSON.stringify(kept));
    else sessionStorage.removeItem(this.cle);
  }
}

function resume({ heures, salaire, commentaire }) {
  const words = [heures.trim() ? `${heures.trim()}\u00a0h` : "aucune heure"];
  if (salaire.trim()) words.push(`${salaire.trim()}\u00a0€`);
  if (commentaire.trim()) words.push(`« ${commentaire.trim()} »`);
  return words.join(", ");
}
