// Written by `make wire` from modos_widgets.widgets.uploading.wire; change it there.
import type { Nothing, Requests as SharedRequests } from "../shared/wire.ts";

/** A file of the person's own computer. */
export interface UploadRequest {
  name: string;
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** An upload, begun or continued. */
export interface UploadAnswer {
  /** Its identifier. */
  upload: string;
  /** Bytes that have arrived before. */
  received: number;
  /** SHA-256 digest of the SHA-256 digests of the pieces that have arrived. */
  proof: string;
  /** Bytes of a piece. */
  piece: number;
}

/** An upload. */
export interface UploadKey {
  upload: string;
}

/** A piece, which travels as a binary part. */
export interface UploadPieceRequest extends UploadKey {
  offset: number;
}

/** Bytes that have arrived without a gap. */
export interface UploadPieceAnswer {
  received: number;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  "begin upload": { payload: UploadRequest; answer: UploadAnswer };
  "upload piece": { payload: UploadPieceRequest; answer: UploadPieceAnswer };
  "cancel upload": { payload: UploadKey; answer: Nothing };
}
