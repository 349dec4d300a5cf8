/** How a store is reached. */
export interface HistoryOptions {
  /** Authorities in PEM that are trusted besides the system's, where the URL asks for TLS (`sslmode`). */
  ca?: string | undefined;
}
