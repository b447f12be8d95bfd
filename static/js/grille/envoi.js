// Autosave, row by row: one request at a time, each with the revision the row was read at.
// What cannot be sent stays in its field, in this tab's storage, and is said in words.

import { button, paragraph } from "./lignes.js";

const DELAI = 800;
const NOUVEL_ESSAI = 5000;

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

  // Everything that waits goes now (Ctrl+S, the tab being hidden).
  toutEnvoyer() {
    this.modifiees.forEach((ligne) => ligne.enConflit || this.envoyer(ligne));
  }

  // Timers stop; what is being sent finishes: the form then carries the rest, at the right revision.
  async suspendre() {
    this.attente.forEach((timer) => clearTimeout(timer));
    this.attente.clear();
    this.file = [];
    await this.enCours;
  }

  envoyer(ligne, sortie = null) {
    clearTimeout(this.attente.get(ligne));
    this.attente.delete(ligne);
    return new Promise((resolve) => {
      this.file = this.file.filter((waiting) => waiting.sortie || waiting.ligne !== ligne);
      this.file.push({ ligne, sortie, resolve });
      this.enCours ||= this.vider();
    });
  }

  async vider() {
    while (this.file.length && !this.arret) {
      const { ligne, sortie, resolve } = this.file.shift();
      if (this.file.length > 1) this.grille.dire(`Enregistrement en cours, ${this.file.length} lignes en attente.`);
      resolve(await this.une(ligne, sortie));
    }
    this.enCours = null;
  }

  async une(ligne, sortie) {
    const envoyees = ligne.valeurs();
    const body = new URLSearchParams({ [`lu_${ligne.id}`]: ligne.lu.value, ...sortie });
    Object.entries(envoyees).forEach(([name, value]) => body.set(`${name}_${ligne.id}`, value));
    let response;
    try {
      response = await this.poster(ligne, body);
    } catch {
      return this.coupure("La connexion est interrompue : ce que vous avez saisi est conservé dans cet onglet, un nouvel essai a lieu toutes les 5 secondes.", ligne);
    }
    if (response.type === "opaqueredirect") return this.sessionPerdue();
    const json = response.headers.get("Content-Type")?.startsWith("application/json");
    if (!json) {
      return response.status >= 500
        ? this.coupure("Le service ne répond pas : ce que vous avez saisi est conservé dans cet onglet, un nouvel essai a lieu toutes les 5 secondes.", ligne)
        : this.refusGeneral(response.status);
    }
    this.grille.prevenir(null);
    const answer = await response.json();
    if (response.ok) this.reussi(ligne, envoyees, answer);
    else if (answer.ferme) this.ferme(answer);
    else if (response.status === 409) this.conflit(ligne, answer);
    else if (!sortie) this.refuse(ligne, answer.erreurs);
    return { ok: response.ok, ...answer };
  }

  async poster(ligne, body, again = true) {
    const url = this.adresse.replace("/0/", `/${ligne.id}/`);
    const token = this.form.elements.csrfmiddlewaretoken;
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": token.value, Accept: "application/json" },
      redirect: "manual",
      keepalive: true,
    });
    if (response.status !== 403 || !again) return response;
    // Signed in again in another tab: the page takes the new token, once.
    const page = await fetch(location.href, { redirect: "manual" });
    if (page.type === "opaqueredirect") return page;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    const renewed = fresh.querySelector("main [name=csrfmiddlewaretoken]");
    if (!renewed) return response;
    token.value = renewed.value;
    return this.poster(ligne, body, false);
  }

  reussi(ligne, envoyees, answer) {
    ligne.lu.value = answer.lu;
    ligne.enConflit = false;
    ligne.sansErreur();
    ligne.presenter(answer.valeurs, envoyees);
    ligne.alertes(answer.alertes);
    this.grille.drapeaux(answer.drapeaux);
    this.garder(ligne);
    if (this.modifiees.has(ligne)) this.planifier(ligne);
    this.grille.enregistree(ligne, answer);
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
  }

  coupure(message, ligne) {
    this.grille.prevenir(message);
    this.planifier(ligne, NOUVEL_ESSAI);
    return { ok: false };
  }

  sessionPerdue() {
    this.file = [];
    this.grille.prevenir("Votre session est terminée : ce que vous avez saisi est conservé dans cet onglet et sera rétabli.", {
      texte: "Se reconnecter",
      url: `${this.form.dataset.connexion}?next=${encodeURIComponent(location.pathname)}`,
    });
    return { ok: false };
  }

  refusGeneral(status) {
    this.file = [];
    this.grille.prevenir(`L’enregistrement automatique a été refusé (${status}) : rechargez la page. Ce que vous avez saisi est conservé dans cet onglet.`);
    return { ok: false };
  }

  // Rows not saved yet, in the form in which extranet.js gives them back to the page.
  garder(changed) {
    if (changed.modifiee) this.modifiees.add(changed);
    else this.modifiees.delete(changed);
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
