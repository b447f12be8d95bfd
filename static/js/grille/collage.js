// A block copied from a spreadsheet: read, matched, shown before anything changes, undone in one
// step. Matched on the employee's number when the block has that column, by position otherwise;
// never beyond the grid.

import { COLUMNS, button } from "./lignes.js";
import { format, plain, readEuros, readHours } from "./nombres.js";

const LIBELLES = { heures: "Heures", salaire: "Salaire brut", commentaire: "Commentaire" };

export class Collage {
  constructor(grille, dialogue, annuler) {
    this.grille = grille;
    this.dialogue = dialogue;
    this.annuler = annuler;
    this.defaire = null;
    grille.table.addEventListener("paste", (event) => this.recevoir(event));
    annuler.addEventListener("click", () => this.revenir());
    document.addEventListener("keydown", (event) => {
      const undo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
      if (undo && this.defaire?.intact) {
        event.preventDefault();
        this.revenir();
      }
    });
  }

  recevoir(event) {
    const field = event.target.closest("[data-colonne]");
    const text = (event.clipboardData?.getData("text/plain") || "").replace(/\r/g, "").replace(/\n$/, "");
    if (!field || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    const block = text.split("\n").map((line) => line.split("\t"));
    this.champ = field;
    this.montrer(rapprocher(this.grille, field, block));
  }

  // The preview: who receives what, what is refused and why.
  montrer({ parNumero, cellules }) {
    const good = cellules.filter((cell) => !cell.refus);
    const bad = cellules.length - good.length;
    const how = parNumero
      ? "Les lignes sont rapprochées par le numéro du salarié."
      : "Le bloc n’a pas de colonne de numéros : les lignes sont collées dans l’ordre, à partir de la cellule choisie. Vérifiez les noms.";
    this.dialogue.querySelector("[data-mode]").textContent = how;
    this.dialogue.querySelector("[data-compte]").textContent = compter(good.length, "à coller", bad);
    this.dialogue.querySelector("tbody").replaceChildren(...cellules.map(ligneApercu));
    const paste = button(`Coller ${good.length} cellule${good.length > 1 ? "s" : ""}`, () => this.coller(good, bad), "fr-btn");
    paste.disabled = good.length === 0;
    const cancel = button("Annuler", () => this.dialogue.close(), "fr-btn fr-btn--secondary");
    this.dialogue.querySelector("[data-actes]").replaceChildren(paste, cancel);
    this.dialogue.addEventListener("close", () => this.champ.focus(), { once: true });
    this.dialogue.showModal();
    (good.length ? paste : cancel).focus();
  }

  coller(cells, refused) {
    this.dialogue.close();
    const before = cells.map(({ champ }) => [champ, champ.value]);
    this.grille.table.querySelectorAll(".ex-grille__collee").forEach((field) => field.classList.remove("ex-grille__collee"));
    for (const { champ, texte } of cells) {
      champ.value = texte;
      champ.classList.add("ex-grille__collee");
    }
    this.changees(before);
    this.defaire = { before, intact: true };
    this.annuler.hidden = false;
    this.annoncer(`${compter(cells.length, `collée${cells.length > 1 ? "s" : ""}`, refused)}.`);
  }

  // One step back: the cells as they were before the paste.
  revenir() {
    const { before } = this.defaire;
    this.defaire = null;
    this.annuler.hidden = true;
    before.forEach(([champ, value]) => {
      champ.value = value;
      champ.classList.remove("ex-grille__collee");
    });
    this.changees(before);
    this.champ.focus();
    this.annoncer("Le collage est annulé, les valeurs d’avant sont rétablies.");
  }

  // Said at once, and again with the saving that follows, until something is typed.
  annoncer(message) {
    this.grille.rappel = message;
    this.grille.dire(message);
  }

  changees(before) {
    this.grille.changees([...new Set(before.map(([champ]) => this.grille.ligneDe(champ)))]);
  }

  // Something was typed since: Ctrl+Z is the browser's again, the button stays.
  saisie() {
    this.grille.rappel = "";
    if (this.defaire) this.defaire.intact = false;
  }
}

function compter(count, verb, refused) {
  const words = `${count} cellule${count > 1 ? "s" : ""} ${verb}`;
  return refused ? `${words}, ${refused} refusée${refused > 1 ? "s" : ""}` : words;
}

// Each pasted cell with the field it would fill, or why it is refused. An empty one changes nothing.
function rapprocher(grille, field, block) {
  const column = numberColumn(grille, block);
  if (column < 0) return { parNumero: false, cellules: byPosition(grille, field, block) };
  return { parNumero: true, cellules: byNumber(grille, field, block, column) };
}

function numberColumn(grille, block) {
  if (block[0].length < 2) return -1;
  const named = block[0].findIndex((cell) => /^(n°|num[ée]ro|matricule)/i.test(cell.trim()));
  if (named >= 0) return named;
  return block[0].findIndex((_cell, index) => {
    const cells = block.map((line) => (line[index] || "").trim()).slice(isHeader(block[0]) ? 1 : 0);
    const whole = cells.length > 0 && cells.every((cell) => /^\d+$/.test(cell));
    const known = cells.filter((cell) => grille.parNumero.has(cell)).length;
    return whole && new Set(cells).size === cells.length && known * 2 > cells.length;
  });
}

// A first line without any figure names the columns.
const isHeader = (line) => !line.some((cell) => /\d/.test(cell));

function byPosition(grille, field, block) {
  const lines = block.length > 1 && isHeader(block[0]) && field.dataset.colonne !== "commentaire" ? block.slice(1) : block;
  const first = grille.rang(field), column = COLUMNS.indexOf(field.dataset.colonne);
  return lines.flatMap((line, down) => line.flatMap((texte, right) => {
    if (texte.trim() === "") return [];
    const ligne = grille.lignes[first + down], name = COLUMNS[column + right];
    if (!ligne) return { qui: `ligne ${down + 1} du bloc`, colonne: name, texte, refus: "Au-delà de la dernière ligne de la grille." };
    if (!name) return { qui: ligne.nom, texte, refus: "Au-delà de la dernière colonne de la grille." };
    return juger(ligne, name, texte);
  }));
}

function byNumber(grille, field, block, column) {
  const header = isHeader(block[0]);
  const columns = header ? namedColumns(block[0]) : null;
  const lines = header ? block.slice(1) : block;
  const targets = columns?.size ? columns : figureColumns(lines, column, field.dataset.colonne);
  return lines.flatMap((line) => {
    const number = (line[column] || "").trim(), found = grille.parNumero.get(number);
    return [...targets].flatMap(([index, name]) => {
      const texte = (line[index] || "").trim(), qui = `n° ${number}`;
      if (texte === "") return [];
      if (!found) return { qui, colonne: name, texte, refus: "Aucun contrat de ce numéro n’est ouvert dans le mois." };
      if (found.length > 1) return { qui: `${found[0].nom} (${qui})`, colonne: name, texte, refus: "Deux contrats dans le mois : saisissez ses heures à la main." };
      return juger(found[0], name, texte);
    });
  });
}

function namedColumns(header) {
  const patterns = { heures: /heure/i, salaire: /salaire|brut/i, commentaire: /commentaire/i };
  const found = new Map();
  for (const [name, pattern] of Object.entries(patterns)) {
    // « Heures déclarées » rather than « Heures par semaine » or those of last month.
    const index = header.findIndex((cell) => pattern.test(cell) && !/semaine|hebdo|pr[ée]c[ée]dent/i.test(cell));
    if (index >= 0) found.set(index, name);
  }
  return found;
}

// Without titles: the columns of figures, in order, from the column of the current cell on.
function figureColumns(lines, number, current) {
  const found = new Map();
  let next = COLUMNS.indexOf(current);
  for (let index = 0; index < lines[0].length && next < COLUMNS.length; index += 1) {
    const figures = lines.every((line) => !readHours(line[index] || "").fault);
    if (index === number || (!figures && COLUMNS[next] !== "commentaire")) continue;
    found.set(index, COLUMNS[next]);
    next += 1;
  }
  return found;
}

// The same limits as the server's, so that the preview does not promise what would be refused.
function juger(ligne, colonne, texte) {
  const champ = ligne.champs[colonne], cell = { qui: ligne.nom, colonne, champ, texte: texte.trim() };
  if (colonne === "commentaire") {
    return cell.texte.length > 300 ? { ...cell, refus: "300 caractères au plus." } : cell;
  }
  const { value, fault } = colonne === "heures" ? readHours(cell.texte) : readEuros(cell.texte);
  if (fault) return { ...cell, refus: fault };
  const limit = Number(ligne.tr.dataset.plafond);
  if (colonne === "heures" && value > limit) {
    return { ...cell, refus: `Le maximum est de ${format(limit)}\u00a0h pour les jours de contrat du mois.` };
  }
  return { ...cell, texte: plain(value) };
}

function ligneApercu({ qui, colonne, champ, texte, refus }) {
  const row = document.createElement("tr");
  const who = document.createElement("th");
  who.scope = "row";
  who.textContent = qui;
  row.append(who);
  const now = champ?.value || "–";
  const verdict = refus ? `Refusée. ${refus}` : now !== "–" && now !== texte ? `Remplace ${now}.` : "";
  for (const text of [LIBELLES[colonne] || "–", texte, verdict]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.append(cell);
  }
  if (refus) row.className = "ex-grille__refusee";
  return row;
}
