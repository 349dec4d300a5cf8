/** Connection options of a store. */
export interface HistoryOptions {
  /**
   * Certificate authorities in PEM that are trusted in addition to the system's, if the URL requests TLS (`sslmode`).
   */
  ca?: string | undefined;
}
