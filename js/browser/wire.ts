// Written by `make wire` from modos_widgets.widgets.browser.wire; change it there.
import type { Chip, Nothing, OriginRequest, ProposalAnswer, SessionProblem, Requests as SharedRequests } from "../shared/wire.ts";

export type Tab = "metadata" | "files" | "preview" | "region" | "history" | "code" | "transfer";

export type BrowserView = "overview" | "object";

/** Paths of marked objects. */
export type Marks = [
  recent: string[],
  favourites: string[],
];

/** The session. */
export interface Shown {
  place: string;
  folder: boolean;
  can_list: boolean;
  listing: boolean;
  listed: boolean;
  opening: string | null;
  object: string | null;
  selected: string | null;
  /** Name of the open object, for people. */
  name: string;
  id: string;
  /** Whether objects are being opened for editing. */
  preparing: boolean;
  /** Action that would lose unsaved changes and waits for an answer; else empty. */
  question: string;
  /** Object that was deleted last. */
  deleted: DeletedShown | null;
  /** Element or file whose regions can be shown; else empty. */
  region: string;
  /** Identity of the list of objects; 0 if it is empty. */
  objects: number;
  marks: Marks;
  signed_in: boolean;
  signing_in: boolean;
  /** Whether the panel of the login has a Retry button. */
  asked_above: boolean;
  problem: SessionProblem | null;
}

/** A deleted object. */
export interface DeletedShown {
  id: string;
  /** Path of its files. */
  path: string;
  /** Number of files that stay at the original path. */
  left: number;
}

/** An object of the list. */
export type ObjectRow = [
  path: string,
  /** Index of its prefix. */
  prefix: number,
  name: string,
  id: string | null,
  elements: number | null,
];

/** The list of objects. */
export interface ObjectsAnswer {
  prefixes: string[];
  rows: ObjectRow[];
}

/** Whether the hints for first use are shown. */
export interface HintsAnswer {
  show: boolean;
}

/** An object, a node or a file. */
export interface PathRequest {
  path: string;
}

/** A view of a file. */
export interface ViewRequest {
  view: string;
}

/** What is shown of a file: a table, a text, an image, or what it says about itself. */
export interface FileView {
  /** Key, by which more is read. */
  view: string;
  /** One of "table", "text", "image", "genome", "binary" or "empty". */
  kind: string;
  summary: string;
  note: string;
  /** Lines before the table. */
  comments: string[];
  columns: string[];
  /** Number of columns that are left out. */
  hidden_columns: number;
  /** The rows that were read now. */
  rows: string[][];
  /** The lines that were read now. */
  lines: string[];
  has_more: boolean;
  /** Media type of an image that can be shown; else empty. */
  media: string;
  /** Whether regions of it can be shown, if it has an index. */
  has_regions: boolean;
}

/** An object to open. */
export interface OpenRequest extends PathRequest {
  /** Element to select in it. */
  select?: string;
}

/** Whether an object is a favourite. */
export interface FavourRequest extends PathRequest {
  favourite: boolean;
}

/** The draft. */
export interface EditState {
  editing: boolean;
  /** Objects that are being edited. */
  paths: string[];
  changes: number;
  changed_objects: number;
  errors: number;
  /** Whether the changes are passed on as a file, not committed. */
  proposing: boolean;
  /** Number of changes so far, which panels follow. */
  revision: number;
  /** The same for files. */
  files: number;
  /** Class of a new element, by group. */
  classes: Record<string, string>;
}

/** The objects to edit; the open one if there are none. */
export interface EditRequest {
  paths?: string[];
  propose?: boolean;
}

/** Why the objects cannot be changed, or ''. */
export interface EditAnswer {
  read_only: string;
}

/** Where a new object can be, and which objects it can be like. */
export interface PlacesAnswer {
  /** Suggestions, the best first. */
  places: string[];
  /** Path and name, the open one first. */
  objects: [string, string][];
}

/** The fields of a new object. */
export interface NewObjectRequest {
  place: string;
  id: string;
  name: string;
  description: string;
  /** Path of another object whose structure is copied; else empty. */
  like: string;
}

/** What is wrong, by field; nothing if there is no problem. */
export interface NewObjectAnswer {
  /** Path of the object. */
  path: string;
  problems: Record<string, string>;
  notes: Record<string, string>;
}

/** The folder of files, and the object that they are added to. */
export interface DescribeRequest {
  source: string;
  /** Path of the object; '' if the folder itself becomes the object. */
  object: string;
}

/** What is wrong, by field; nothing if there is no problem. */
export interface DescribeAnswer {
  problems: Record<string, string>;
}

/** The id of the open object, as typed. */
export interface DeleteRequest {
  typed: string;
}

/** A file that was sent, or one of the kernel's computer. */
export interface OpenProposalRequest {
  /** Identifier of the upload of the file. */
  upload?: string;
  path?: string;
  /** Folder of the files that the changes attach. */
  files_from?: string;
}

/** An attribute; with a draft, its value before, if it has changed. */
export type ElementRow = [
  slot: string,
  value: string | null,
  before: string | null,
  changed: boolean,
  /** The file that says so, or ''. */
  source: string,
];

/** The metadata of an element. */
export interface ElementAnswer {
  element: string;
  /** What the draft does to it. */
  state: "" | "new" | "removed";
  rows: ElementRow[];
  /** Parts of the values that are terms or links, by text. */
  chips: Record<string, Chip[]>;
}

/** A text for the clipboard. */
export interface TextAnswer {
  text: string;
}

/** A file of the object. */
export type FileRow = [
  path: string,
  size: number,
  named_by: string,
  /** Its path together with the object's. */
  whole: string,
  /** What the draft does to it. */
  state: "" | "new" | "removed",
];

/** The first files, and the number and size of all. */
export interface FilesAnswer {
  rows: FileRow[];
  count: number;
  total: number;
}

/** Files whose headers were read. */
export interface FileCheckProgress {
  done: number;
  total: number;
}

/** A finding in a file. */
export type FileProblem = [
  severity: "error" | "warning" | "note",
  text: string,
];

/** What the content of a file is, and where it disagrees with the metadata. */
export type CheckedFileRow = [
  path: string,
  summary: string,
  problems: FileProblem[],
];

/** Result of a check of the files. */
export interface FileCheckAnswer {
  rows: CheckedFileRow[];
  /** Problems of elements without a file. */
  others: FileProblem[];
  /** Numbers of problems by severity. */
  text: string;
}

/** Bytes that were copied. */
export interface DownloadProgress {
  done: number;
}

/** Where the file was saved. */
export interface DownloadAnswer {
  path: string;
}

/** Code that reads a file. */
export interface CodeAnswer {
  code: string;
}

/** A folder of the notebook server; '' for the working folder of the kernel. */
export interface FolderRequest {
  folder: string;
  /** Whether to list hidden files. */
  hidden: boolean;
}

/** A folder or file of the notebook server. */
export type FolderRow = [
  name: string,
  is_folder: boolean,
  size: number,
  /** Seconds since 1970. */
  modified: number,
];

/** A folder of the notebook server. */
export interface FolderAnswer {
  path: string;
  /** '' for the root of the disk. */
  parent: string;
  rows: FolderRow[];
  /** Number of further entries. */
  left_out: number;
}

/** Where a file to attach is. */
export interface FileSource {
  kind: "upload" | "server" | "stored";
  /** Identifier of the upload, path on the server, or path in the object. */
  place: string;
}

/** The files to attach. */
export interface OfferRequest {
  sources: FileSource[];
}

/** How a file could become part of the object. */
export interface FileOffer {
  /** A free name in the object. */
  name: string;
  size: number;
  class_name: string;
  /** Id of a new element. */
  element: string;
  format: string;
  notes: string[];
  /** Its own name, if a file of the object has that name; else ''. */
  taken: string;
  /** The element of that file. */
  owner: string;
  /** The place of its data file in the request, if it is the index of one. */
  index_of: number | null;
  /** Names of index files beside it, which are attached with it. */
  indexes: string[];
  /** Why it cannot be attached, or ''. */
  problem: string;
}

/** An element that can have a file. */
export type ElementChoice = [
  id: string,
  /** The file that it has; ''. */
  file: string,
];

/** Proposals for files, and what they can be attached to. */
export interface OfferAnswer {
  files: FileOffer[];
  elements: ElementChoice[];
  /** Classes of new elements that can have a file. */
  classes: string[];
}

/** A file, and the element that gets it. */
export interface FileToAttach extends FileSource {
  name: string;
  element: string;
  /** Class of a new element; '' for an existing one. */
  class_name: string;
  format: string;
  /** Uploads that are its index files. */
  indexes: string[];
}

/** The files to attach. */
export interface AttachRequest {
  files: FileToAttach[];
}

/** What is wrong with each file; nothing is attached unless all texts are empty. */
export interface AttachAnswer {
  problems: string[];
}

/** The element whose file is detached. */
export interface DetachRequest {
  element: string;
  /** Whether the commit removes the file. */
  remove: boolean;
}

/** A file of the object that the page reads in pieces. */
export interface SaveAnswer {
  /** Its identifier. */
  download: string;
  size: number;
  /** Bytes of a piece. */
  piece: number;
}

/** A file that the page reads in pieces. */
export interface SaveKey {
  download: string;
}

/** A piece of a file. */
export interface SavePieceRequest extends SaveKey {
  offset: number;
}

/** Objects to save as a page. */
export interface PageRequest {
  /** The objects; what is open, with its changes, if there are none. */
  paths: string[];
}

/** A name for the page, and what it will contain. */
export interface PageOffer {
  name: string;
  objects: number;
  changes: number;
  /** Whether it can be written on the computer of the kernel. */
  server_files: boolean;
}

/** A page to write. */
export interface SavePageRequest extends PageRequest {
  /** Path of the file on the computer of the kernel; of a download, its name. */
  name: string;
  findings: boolean;
  previews: boolean;
  download: boolean;
  overwrite: boolean;
}

/** Objects that were read. */
export interface SavePageProgress {
  done: number;
  total: number;
}

/** A page that was written. */
export interface PageSaved {
  /** Its path, or the name of the download. */
  place: string;
  /** Whether nothing was written, because the file exists. */
  exists: boolean;
  size: number;
  /** Bytes of a piece of a download. */
  piece: number;
  /** Number of objects that could not be read. */
  failed: number;
}

/** A piece of a download. */
export interface PagePieceRequest {
  offset: number;
}

/** The traits of the widget that are synchronized. */
export interface State {
  height: string;
  tab: Tab;
  view: BrowserView;
  server_files: boolean;
  _shown: Shown;
  _edit: EditState;
  _picker: string;
  _login: string;
  _tree: string;
  _preview: string;
  _table: string;
  _transfer: string;
  _history: string;
  _region: string;
  _overview: string;
}

/** Payload, answer and partial answers of each request. */
export interface Requests extends SharedRequests {
  "server folder": { payload: FolderRequest; answer: FolderAnswer };
  "offer files": { payload: OfferRequest; answer: OfferAnswer };
  "attach files": { payload: AttachRequest; answer: AttachAnswer };
  "detach file": { payload: DetachRequest; answer: Nothing };
  edit: { payload: EditRequest; answer: EditAnswer };
  "stop editing": { payload: Nothing; answer: Nothing };
  proposal: { payload: Nothing; answer: ProposalAnswer };
  "view file": { payload: PathRequest; answer: FileView };
  "view more": { payload: ViewRequest; answer: FileView };
  describe: { payload: DescribeRequest; answer: DescribeAnswer };
  "keep editing": { payload: Nothing; answer: Nothing };
  "discard and continue": { payload: Nothing; answer: Nothing };
  hints: { payload: Nothing; answer: HintsAnswer };
  "hide hints": { payload: Nothing; answer: Nothing };
  places: { payload: Nothing; answer: PlacesAnswer };
  "check new object": { payload: NewObjectRequest; answer: NewObjectAnswer };
  create: { payload: NewObjectRequest; answer: NewObjectAnswer };
  delete: { payload: DeleteRequest; answer: Nothing };
  restore: { payload: Nothing; answer: Nothing };
  "forget deleted": { payload: Nothing; answer: Nothing };
  "open proposal": { payload: OpenProposalRequest; answer: Nothing };
  "page offer": { payload: PageRequest; answer: PageOffer };
  "save page": { payload: SavePageRequest; answer: PageSaved; part: SavePageProgress };
  "page piece": { payload: PagePieceRequest; answer: Nothing };
  "begin download": { payload: PathRequest; answer: SaveAnswer };
  "download piece": { payload: SavePieceRequest; answer: Nothing };
  "end download": { payload: SaveKey; answer: Nothing };
  "show region": { payload: PathRequest; answer: Nothing };
  objects: { payload: Nothing; answer: ObjectsAnswer };
  open: { payload: OpenRequest; answer: Nothing };
  refresh: { payload: Nothing; answer: Nothing };
  select: { payload: PathRequest; answer: Nothing };
  "sign in": { payload: Nothing; answer: Nothing };
  "confirm service": { payload: OriginRequest; answer: Nothing };
  dismiss: { payload: Nothing; answer: Nothing };
  favour: { payload: FavourRequest; answer: Nothing };
  element: { payload: Nothing; answer: ElementAnswer };
  csv: { payload: Nothing; answer: TextAnswer };
  files: { payload: Nothing; answer: FilesAnswer };
  "check files": { payload: PathRequest; answer: FileCheckAnswer; part: FileCheckProgress };
  download: { payload: PathRequest; answer: DownloadAnswer; part: DownloadProgress };
  "file code": { payload: PathRequest; answer: CodeAnswer };
}
