// Figures as people type them, in whole hundredths: no floating point, hence no drift.
// The same verdicts as apps/core/fields.py: both are tried on one table of cases.

const SPACES = /[ \u00a0\u2007\u2009\u202f]+/g;
const PLAIN = /^-?\d+(?:[.,]\d+)?$/;
const GROUPED = /^-?\d{1,3}(?: \d{3})+(?:[.,]\d+)?$/;
const CLOCK = /^(\d{1,4}) ?(?:[hH] ?(\d{2})?|:(\d{2}))$/;

const HOURS = { example: "151,67 ou 7h30", suffix: "h", whole: 4, negative: "Le nombre d’heures ne peut pas être négatif." };
const EUROS = { example: "1234,50", suffix: "€", whole: 6, negative: "Le montant ne peut pas être négatif." };

export const readHours = (text) => readClock(text) || readNumber(text, HOURS);
export const readEuros = (text) => readNumber(text, EUROS);

// « 1 234,50 », from whole hundredths.
export function format(hundredths) {
  const [whole, cents] = parts(hundredths);
  return `${whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0")},${cents}`;
}

// As a field shows it: « 1234,50 ».
export function plain(hundredths) {
  return parts(hundredths).join(",");
}

// Half-up quotient of two whole numbers.
export function divide(numerator, denominator) {
  return Math.floor((2 * numerator + denominator) / (2 * denominator));
}

function parts(hundredths) {
  const digits = String(hundredths).padStart(3, "0");
  return [digits.slice(0, -2), digits.slice(-2)];
}

// Both answer { value } (null when nothing is typed) or { fault }.
function readClock(text) {
  const clock = CLOCK.exec(text.trim().replace(SPACES, " "));
  if (!clock) return null;
  const minutes = Number(clock[2] || clock[3] || 0);
  if (minutes > 59) {
    return { fault: "Le nombre de minutes doit être compris entre 0 et 59, par exemple 7h30." };
  }
  return { value: Number(clock[1]) * 100 + divide(minutes * 100, 60) };
}

function readNumber(text, kind) {
  let typed = text.trim();
  if (typed === "") return { value: null };
  if (typed.endsWith(kind.suffix)) typed = typed.slice(0, -1);
  const clean = typed.replace(SPACES, " ").trim().replace("\u2212", "-");
  if (!PLAIN.test(clean) && !GROUPED.test(clean)) {
    return /^-?[\d., ]+$/.test(clean)
      ? { fault: `« ${typed.trim()} » peut se lire de plusieurs façons. Écrivez le nombre avec une seule virgule, sans point entre les milliers, par exemple ${kind.example}.` }
      : { fault: `« ${typed.trim()} » n’est pas un nombre. Écrivez par exemple ${kind.example}.` };
  }
  const [whole, decimals = ""] = clean.replace("-", "").replaceAll(" ", "").split(/[.,]/);
  if (decimals.length > 2) return { fault: "Écrivez au plus 2 chiffres après la virgule." };
  const hundredths = Number(whole + decimals.padEnd(2, "0"));
  if (clean.startsWith("-") && hundredths !== 0) return { fault: kind.negative };
  if (whole.replace(/^0+/, "").length > kind.whole) return { fault: `Écrivez au plus ${kind.whole} chiffres avant la virgule.` };
  return { value: hundredths };
}
