// Ids of controls in a page, different in each form.
let forms = 0;

export function nextPrefix(): string {
  forms += 1;
  return `modos-form-${forms}`;
}
