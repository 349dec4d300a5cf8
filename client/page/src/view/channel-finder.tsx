import { useId, useState } from 'preact/hooks';
import { channelNamed } from '../route.ts';

interface ChannelFinderProps {
  typed: string;
  onType: (typed: string) => void;
  onGo: (channel: string) => void;
}

/** One field both to find a channel in the list and to go to one that is not in it. */
export function ChannelFinder({ typed, onType, onGo }: ChannelFinderProps) {
  const [fault, setFault] = useState<string>();
  const id = useId();
  return (
    <form
      class="finder"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const named = channelNamed(typed);
        if ('fault' in named) return setFault(named.fault);
        onType('');
        onGo(named.channel);
      }}
    >
      <label class="sr-only" for={id}>
        Find or go to a channel
      </label>
      <span aria-hidden="true">#</span>
      <input
        id={id}
        value={typed}
        placeholder="Find or go to…"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        enterkeyhint="go"
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onInput={(event) => {
          setFault(undefined);
          onType(event.currentTarget.value);
        }}
      />
      <p id={`${id}-fault`} class="fault" role="status">
        {fault}
      </p>
    </form>
  );
}
