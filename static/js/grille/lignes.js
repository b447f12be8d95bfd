// The rows of the grid: their fields, what was last saved, what is to be said in them.

import { readEuros, readHours } from "./nombres.js";

export const COLUMNS = ["heures", "salaire", "commentaire"];
const READERS = { heures: readHours, salaire: readEuros };

export class Ligne {
  constructor(tr) {
    this.tr = tr;
    this.id = tr.dataset.ligne;
    this.nom = tr.dataset.nom;
    this.lu = tr.querySelector(`[name="lu_${this.id}"]`);
    this.champs = Object.fromEntries(
      COLUMNS.map((column) => [column, tr.querySelector(`[data-colonne="${column}"]`)]),
    );
    this.enConflit = false;
    this.compte();
  }

  // Hundredths of an hour that count in the totals; null when nothing readable is typed.
  compte() {
    this.heures = readHours(this.champs.heures.value).value ?? null;
    return this.heures;
  }

  // Values as the server last gave them, as the fields would show them.
  get enregistre() {
    const [, heures, salaire, commentaire] = JSON.parse(this.lu.value);
    const shown = (figure) => (figure === null ? "" : figure.replace(".", ","));
    return { heures: shown(heures), salaire: shown(salaire), commentaire };
  }

  get modifiee() {
    const saved = this.enregistre;
    return COLUMNS.some((column) => !same(column, this.champs[column].value, saved[column]));
  }

  // Refused, or changed by somebody else: the person has something to do about it.
  get aReprendre() {
    return this.enConflit || this.tr.querySelector("[aria-invalid]") !== null;
  }

  valeurs() {
    return Object.fromEntries(COLUMNS.map((column) => [column, this.champs[column].value]));
  }

  ecrire(valeurs) {
    COLUMNS.forEach((column) => { this.champs[column].value = valeurs[column]; });
    this.compte();
  }

  // Canonical figures, unless somebody has typed something else meanwhile or is still there.
  presenter(valeurs, envoyees) {
    for (const column of COLUMNS) {
      const field = this.champs[column];
      if (field !== document.activeElement && field.value === envoyees[column]) {
        field.value = valeurs[column];
      }
    }
  }

  // Said in the cell of the field, and read with it.
  erreur(column, messages) {
    const field = this.champs[column] || this.champs.heures;
    const id = `${field.id}-erreur`;
    const group = document.createElement("div");
    group.className = "fr-messages-group";
    group.id = id;
    messages.forEach((message) => group.append(paragraph(message, "fr-message fr-message--error")));
    document.getElementById(id)?.remove();
    field.parentElement.append(group);
    field.parentElement.classList.add("fr-input-group--error");
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", id);
  }

  sansErreur() {
    for (const field of Object.values(this.champs)) {
      document.getElementById(`${field.id}-erreur`)?.remove();
      field.parentElement.classList.remove("fr-input-group--error");
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  }

  sortie(said) {
    if (said) this.tr.querySelector("[data-texte-sortie]").textContent = said;
  }

  alertes(messages) {
    this.tr.querySelector("[data-alertes]").replaceChildren(
      ...messages.map((message) => paragraph(message, "fr-message fr-message--warning")),
    );
  }
}

// « 7h30 » and « 7,50 » are the same hours: nothing to save.
function same(column, typed, saved) {
  if (typed.trim() === saved.trim()) return true;
  const read = READERS[column];
  if (!read) return false;
  const [one, other] = [read(typed), read(saved)];
  return !one.fault && !other.fault && one.value === other.value;
}

export function paragraph(text, className) {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}

export function button(text, act, className = "fr-btn fr-btn--sm fr-btn--secondary") {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.textContent = text;
  element.addEventListener("click", act);
  return element;
}
