// The monthly grid: wires the rows to the keyboard, the pastes, the autosave and the totals.
// Without it the page is a form that saves; with it, nothing typed is lost.

import { brancherClavier } from "./clavier.js";
import { Collage } from "./collage.js";
import { Envoi } from "./envoi.js";
import { Ligne } from "./lignes.js";
import { brancherSorties } from "./sortie.js";
import { Totaux } from "./totaux.js";

class Grille {
  constructor(form) {
    this.form = form;
    this.table = form.querySelector("table");
    this.lignes = [...this.table.querySelectorAll("tr[data-ligne]")].map((tr) => new Ligne(tr));
    this.parId = new Map(this.lignes.map((ligne, rank) => [ligne.id, rank]));
    this.parNumero = new Map();
    for (const ligne of this.lignes) {
      const { numero } = ligne.tr.dataset;
      this.parNumero.set(numero, [...(this.parNumero.get(numero) || []), ligne]);
    }
    this.rappel = "";
    this.etat = document.getElementById("grille-etat");
    this.avis = document.getElementById("grille-avis");
    this.suite = form.querySelector("[name=certifier]") || form.querySelector("[type=submit]");
    this.totaux = new Totaux(document.getElementById("grille-totaux"), this.lignes);
    this.envoi = new Envoi(this, form);
    this.collage = new Collage(this, document.getElementById("grille-apercu"), document.getElementById("grille-annuler"));
    brancherClavier(this);
    brancherSorties(this, document.getElementById("grille-sortie"));
    this.brancher();
    document.querySelectorAll("[data-grille]").forEach((element) => { element.hidden = false; });
    // Hours given back after a lost session: kept, and saved once they have been looked at.
    this.lignes.filter((ligne) => ligne.modifiee).forEach((ligne) => this.envoi.garder(ligne));
    this.totaux.calculer();
    form.dataset.prete = "true";
  }

  brancher() {
    this.table.addEventListener("input", (event) => {
      if (!event.target.closest("[data-colonne]")) return;
      this.collage.saisie();
      this.changee(this.ligneDe(event.target));
    });
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      if (this.envoi.modifiees.size) this.envoi.toutEnvoyer();
      else this.dire("Tout est déjà enregistré.");
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.envoi.toutEnvoyer();
    });
    window.addEventListener("online", () => this.envoi.toutEnvoyer());
    // The whole form goes once the row being saved has its new revision.
    document.addEventListener("submit", (event) => this.soumettre(event), true);
  }

  async soumettre(event) {
    if (event.target !== this.form || !this.envoi.enCours) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await this.envoi.suspendre();
    this.form.requestSubmit(event.submitter);
  }

  rang(element) {
    return this.parId.get(element.closest("[data-ligne]").dataset.ligne);
  }

  ligneDe(element) {
    return this.lignes[this.rang(element)];
  }

  changee(ligne) {
    ligne.compte();
    this.totaux.calculer();
    this.envoi.planifier(ligne);
  }

  changees(lignes) {
    lignes.forEach((ligne) => ligne.compte());
    this.totaux.calculer();
    this.envoi.envoyerEnsemble(lignes);
  }

  // Refused hours are not part of the totals until they are corrected.
  nePlusCompter(ligne) {
    ligne.heures = null;
    this.totaux.calculer();
  }

  enregistree({ totaux, heure }) {
    if (this.envoi.modifiees.size === 0) this.totaux.montrer(totaux);
    else this.totaux.calculer();
    const reste = this.lignes.filter((ligne) => ligne.aReprendre);
    const first = reste.length ? ` ${reste.length} ligne${reste.length > 1 ? "s" : ""} à corriger, à commencer par ${reste[0].nom}.` : "";
    this.dire(`${this.rappel} Enregistré à ${heure}.${first}`.trim());
    document.body.dispatchEvent(new CustomEvent("grille:enregistre"));
  }

  // What the server knows of each contract once the statement is open.
  drapeaux(flags) {
    for (const { contrat_id: id, brsa, motif } of flags) {
      const ligne = this.lignes[this.parId.get(String(id))];
      if (!ligne) continue;
      toggle(ligne.tr.dataset, "brsa", brsa);
      toggle(ligne.tr.dataset, "ineligible", motif !== "");
      const said = [motif && `Non éligible. ${motif}`, brsa && "Bénéficiaire du RSA"].filter(Boolean);
      ligne.tr.querySelector("[data-observations]").textContent = said.join(" ");
    }
  }

  // One live region for everything the grid says.
  dire(message) {
    this.etat.textContent = message;
  }

  // What must not be missed stays above the table until it is settled.
  prevenir(message, lien = null) {
    if (this.avis.dataset.dit === (message || "")) return;
    this.avis.dataset.dit = message || "";
    this.avis.hidden = !message;
    this.avis.querySelector("p").textContent = message || "";
    this.avis.querySelector("a")?.remove();
    if (!lien) return;
    const link = document.createElement("a");
    link.href = lien.url;
    link.textContent = lien.texte;
    link.className = "fr-link";
    this.avis.append(link);
  }
}

function toggle(dataset, name, on) {
  if (on) dataset[name] = "";
  else delete dataset[name];
}

const form = document.getElementById("grille");
if (form) new Grille(form);
