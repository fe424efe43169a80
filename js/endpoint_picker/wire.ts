// Written by `make wire` from modos_widgets.widgets.endpoint_picker.wire; change it there.
import type { Nothing, OriginRequest, ProblemText, Requests as SharedRequests } from "../shared/wire.ts";

/** An endpoint or folder to choose. */
export interface Offered {
  url: string;
  label: string;
  /** Why it is listed: 'offered', 'recent', 'current' or the environment variable. */
  why: string;
}

/** A service, and whether it answers. */
export interface Service {
  name: string;
  word: string;
  url: string;
  reachable: boolean;
  milliseconds: number | null;
  login: boolean | null;
  version: string | null;
  problem: string | null;
  /** Its origin, if it differs from that at sign-in; else empty. */
  moved: string;
}

/** A typed URL or folder. */
export interface TextRequest {
  text: string;
}

/** A recent endpoint or folder. */
export interface UrlRequest {
  url: string;
}

/** A folder; empty for that of the kernel. */
export interface FoldersRequest {
  path: string;
}

/** The folders in a folder. */
export interface FoldersAnswer {
  path: string;
  parent: string | null;
  /** Name, and whether it is an object. */
  folders: [string, boolean][];
  /** Number of folders that are not listed. */
  more: number;
}

/** The traits of the widget that are synchronized. */
export interface State {
  value: string | null;
  checking: boolean;
  _offered: Offered[];
  _services: Service[];
  _s3_url: string;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  validate: { payload: TextRequest; answer: ProblemText };
  choose: { payload: TextRequest; answer: Nothing };
  forget: { payload: UrlRequest; answer: Nothing };
  check: { payload: Nothing; answer: Nothing };
  "confirm service": { payload: OriginRequest; answer: Nothing };
  folders: { payload: FoldersRequest; answer: FoldersAnswer };
}
