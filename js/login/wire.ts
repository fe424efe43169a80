// Written by `make wire` from modos_widgets.widgets.login.wire; change it there.
import type { Nothing, OriginRequest, SessionProblem, Requests as SharedRequests } from "../shared/wire.ts";

/** The account that is signed in. */
export interface AccountShown {
  name: string;
  subject: string;
  /** Seconds since 1970. */
  expires_at: number | null;
  renews: boolean;
  scopes: string[];
  /** Path, and the rights there. */
  permissions: [string, string][];
}

/** A code to confirm at the provider. */
export interface CodeShown {
  user_code: string;
  address: string;
  /** The address, if it is safe to open. */
  link: string | null;
  /** Seconds since 1970. */
  expires_at: number;
}

/** A sign-in. */
export interface Shown {
  state: string;
  endpoint: string;
  can_begin: boolean;
  account: AccountShown | null;
  code: CodeShown | null;
  problem: SessionProblem | null;
  /** Place of other S3 keys, and whether they can be removed. */
  keys: [string, boolean][];
  in_memory: boolean;
}

/** A sign-in to begin. */
export interface BeginRequest {
  /** Write a key for the ``modos`` command line too. */
  for_command_line?: boolean;
}

/** The traits of the widget that are synchronized. */
export interface State {
  _shown: Shown;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  begin: { payload: BeginRequest; answer: Nothing };
  cancel: { payload: Nothing; answer: Nothing };
  check: { payload: Nothing; answer: Nothing };
  lapse: { payload: Nothing; answer: Nothing };
  paste: { payload: BeginRequest; answer: Nothing };
  "confirm service": { payload: OriginRequest; answer: Nothing };
  "remove keys": { payload: Nothing; answer: Nothing };
  "sign out": { payload: Nothing; answer: Nothing };
}
