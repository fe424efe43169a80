// Path data of 16-pixel line icons, one for each kind of node.
const GROUP = "M1.5 3.5h4l1.5 2h7.5v7.5h-13z";
const ARRAY = "M2 2.5h12v11h-12zM2 6.2h12M2 9.8h12M6 2.5v11M10 2.5v11";
const BROKEN = "M8 2 14.5 13.5h-13zM8 6.5v3.5M8 11.8v.2";
const OBJECT = "M8 1.5 14 4.8v6.4L8 14.5 2 11.2V4.8zM2 4.8 8 8l6-3.2M8 8v6.5";
const ASSAY = "M6 1.5h4M6.7 1.5v4.8L2.8 13a1 1 0 0 0 .9 1.5h8.6a1 1 0 0 0 .9-1.5L9.3 6.3V1.5M4.6 10h6.8";
const SAMPLE = "M5 1.5h6M6 1.5v10.7a2 2 0 0 0 4 0V1.5M6 7h4";
const DATA = "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3M5.7 8h4.6M5.7 11h4.6";
const REFERENCE = "M2.5 2.5h4.2c.8 0 1.3.5 1.3 1.2 0-.7.5-1.2 1.3-1.2h4.2v10.3H9.3c-.8 0-1.3.4-1.3 1 0-.6-.5-1-1.3-1H2.5zM8 3.7v10";
const SEQUENCE = "M4.5 1.5c0 4 7 4.500 7 8.500M4.500 14.500c0-4 7-4.500 7-8.500M11.500 1.500v4.500M4.500 10v4.500M5.500 3.500h5M5.500 12.500h5";

const BY_CLASS: Record<string, string> = {
  MODO: OBJECT,
  Assay: ASSAY,
  Sample: SAMPLE,
  DataEntity: DATA,
  AlignmentSet: DATA,
  VariantSet: DATA,
  MassSpectrometryResults: DATA,
  Array: DATA,
  ReferenceGenome: REFERENCE,
  ReferenceSequence: SEQUENCE,
};

/** Icon of a node; an empty one while its kind is not known. */
export function iconOf(kind: string | undefined, elementClass: string | undefined): string {
  if (kind === "broken") return BROKEN;
  if (kind === "array") return ARRAY;
  if (elementClass && Object.hasOwn(BY_CLASS, elementClass)) return BY_CLASS[elementClass] ?? GROUP;
  return kind === "group" ? GROUP : "";
}
