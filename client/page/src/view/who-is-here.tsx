import type { Conversation } from '../conversation.ts';
import { hereText } from '../state/here.ts';
import { useStore } from '../state/store.ts';

/** Who else reads the channel. Not announced when it changes: on a busy channel that would never end. */
export function WhoIsHere({ conversation }: { conversation: Conversation }) {
  const present = useStore(conversation.presence);
  const text = present === undefined ? '' : hereText(present);
  if (text === '') return null;
  return (
    <p class="here" title={text}>
      <span class="sr-only">Here: </span>
      {text}
    </p>
  );
}
