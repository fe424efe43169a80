// The one way in which lists compare text, as modos_widgets/folding.py does; a test compares the two.

const MARKS =
  // eslint-disable-next-line no-misleading-character-class -- each mark by itself is meant
  /[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/gu;
const LETTERS: Record<string, string> = { ı: "i", ł: "l", ø: "o", đ: "d", ħ: "h", æ: "ae", œ: "oe", ς: "σ" };

/** A text as searches compare it: no case, no accents, one Unicode form. */
export function folded(text: string): string {
  const apart = text.normalize("NFKD").replace(MARKS, "");
  // "ẞ" is "ß" in lower case, which is "SS" in upper case
  const lower = apart.toLowerCase().toUpperCase().toLowerCase().normalize("NFKD").replace(MARKS, "");
  return lower.replace(/[ıłøđħæœς]/gu, (letter) => LETTERS[letter] ?? letter);
}
