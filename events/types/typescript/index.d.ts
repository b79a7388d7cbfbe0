// Types of ocr-drop's events and documents, made from their JSON Schemas: do not edit.

/** Where the document and its text are. */
export interface Result {
  bucket: string;
  /** The document, as document.schema.json describes it. */
  key: string;
  textKey: string;
}

/** A pointer and figures, never the text. Fields may be added; none is taken away or changes its meaning within version 1. */
export interface DocumentRecognized {
  schema: "ocr-drop/event/1";
  /** The same for each announcement of how one upload ended: leave out doubles by it. */
  id: string;
  bucket: string;
  /** The source key, not URL-encoded. */
  key: string;
  versionId: string | null;
  eTag: string | null;
  sha256: string | null;
  recognizedAt: string;
  /** Where the document and its text are. */
  result: Result;
  status: "recognized";
  pages: number;
  lines: number;
  requestId: string;
  verifyId: string | null;
}

/** Why an upload ended without text. Fields may be added; none is taken away or changes its meaning within version 1. */
export interface DocumentFailed {
  schema: "ocr-drop/event/1";
  /** The same for each announcement of how one upload ended: leave out doubles by it. */
  id: string;
  bucket: string;
  /** The source key, not URL-encoded. */
  key: string;
  versionId: string | null;
  eTag: string | null;
  sha256: string | null;
  recognizedAt: string;
  /** Where the document and its text are. */
  result: Result;
  status: "failed";
  kind: "bad_input" | "try_later" | "operator";
  /** For programs. */
  code: string;
  /** For people: one sentence. */
  message: string;
}

/** The upload, that very version of it. */
export interface Source {
  bucket: string;
  key: string;
  versionId: string | null;
  eTag: string | null;
  size: number | null;
  sha256: string | null;
  contentType: string | null;
}

/** What went out to the OCR API. */
export interface Sent {
  width: number;
  height: number;
  bytes: number;
  format: "JPEG" | "PNG" | "BMP";
  quality: number | null;
  /** a, b, c, d, e, f: from the image sent to the original, x' = a x + c y + e, y' = b x + d y + f. */
  transform: [number, number, number, number, number, number];
}

/** The upright box around a line. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A line of text and where it stands. */
export interface Line {
  text: string;
  paragraph: number | null;
  /** Top-left, top-right, bottom-right, bottom-left of the text, in pixels of the original as displayed. */
  polygon: [[number, number], [number, number], [number, number], [number, number]];
  /** The upright box around a line. */
  box: Box;
}

/** A rectangle of the page as displayed, in pixels. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A call that the page took. */
export interface Call {
  /** What it read; null for the whole page. */
  area: Area | null;
  sent: Sent;
  requestId: string;
  verifyId: string | null;
}

/** Why there is no text: whose matter it is, a code for programs, a sentence for people. */
export interface Failure {
  kind: "bad_input" | "try_later" | "operator";
  code: string;
  message: string;
}

/** A page, in pixels as displayed. */
export interface Page {
  page: number;
  width: number;
  height: number;
  angle: number;
  sent: Sent | null;
  lines: Line[];
  warnings: string[];
  /** Where a document took several calls: those of this page, in order. */
  calls?: Call[];
  /** Why there is nothing of this page, while others were recognized. */
  failure?: Failure;
}

/** Who answered, and to which call; of several calls the first. */
export interface Ocr {
  endpoint: string;
  requestId: string | null;
  verifyId: string | null;
}

/** The document that is written for each upload, version 1. */
export interface Document {
  schema: "ocr-drop/document/1";
  status: "recognized" | "failed";
  /** The upload, that very version of it. */
  source: Source;
  pages: Page[];
  text: string;
  /** Who answered, and to which call; of several calls the first. */
  ocr: Ocr;
  recognizedAt: string;
  failure?: Failure;
}
