/** The queue's Redis cannot be reached, or refuses this at the moment. The job may or may not be in the queue. */
export class JobsUnavailable extends Error {
  override readonly name = 'JobsUnavailable';
}
