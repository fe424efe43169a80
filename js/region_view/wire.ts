// Written by `make wire` from modos_widgets.widgets.region_view.wire; change it there.
import type { Requests as SharedRequests } from "../shared/wire.ts";

export type Contig = [string, number];

/** A file, by its number. */
export interface FileRequest {
  file: number;
}

/** What a file says about itself. */
export interface FileAnswer {
  name: string;
  summary: string;
  /** Format, such as "BAM". */
  kind: string;
  /** Names and lengths; a length that is not known is 0. */
  contigs: Contig[];
}

/** A locus as text. */
export interface LocusRequest extends FileRequest {
  text: string;
}

/** A locus: `start` is counted from 0, and `end` is the base after the last one. */
export interface LocusAnswer {
  contig: string;
  start: number;
  end: number;
}

/** A region of a file. */
export interface TrackRequest extends LocusAnswer {
  file: number;
}

/** A variant, and its genotypes. */
export type Variant = [
  start: number,
  end: number,
  label: string,
  /** Number of alternative alleles for each sample that is drawn; -1 if it is not known. */
  genotypes: number[],
];

/** The records of a region, and how to draw them. */
export interface TrackAnswer {
  note: string;
  /** Number of records. */
  count: number;
  columns: string[];
  /** The first records, as text. */
  rows: string[][];
  /** Names of the reads. */
  names?: string[];
  bin_size?: number;
  pile_rows?: number;
  variants?: Variant[];
  samples?: string[];
  sequence?: string;
}

/** The traits of the widget that are synchronized. */
export interface State {
  files: string[];
  locus: string;
  height: string;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  file: { payload: FileRequest; answer: FileAnswer };
  locus: { payload: LocusRequest; answer: LocusAnswer };
  track: { payload: TrackRequest; answer: TrackAnswer };
}
