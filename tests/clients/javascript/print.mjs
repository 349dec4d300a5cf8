/** A line for each event: its name, its id and its data, tabs between them. */
export function print({ type, event, lastEventId, id, data }) {
  console.log(`${type ?? event ?? 'message'}\t${lastEventId ?? id ?? ''}\t${data}`);
}
