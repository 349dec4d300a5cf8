/** The queue's Redis cannot be reached, or does not take this now. Whether the job is in the queue is not known. */
export class JobsUnavailable extends Error {
  override readonly name = 'JobsUnavailable';
}
