import { useId, useState } from 'preact/hooks';
import { errorText } from '../error-text.ts';

/** What a form does when it is submitted, and what became of that. */
export interface Submit {
  busy: boolean;
  /** Why it failed, as a sentence; undefined again once something is typed. */
  fault: string | undefined;
  /** Id of the element that says so. */
  faultId: string;
  onSubmit: (event: Event) => void;
  /** Does something else of the form, such as lifting a ban: its failure is shown in the same place. */
  run: (act: Act) => Promise<void>;
  clear: () => void;
}

/** Gives a sentence about what is wrong with what was typed; rejects where the server refuses it. */
type Act = () => Promise<string | undefined>;

/**
 * Runs `act` when a form is submitted, once at a time.
 * @param sentence puts into words what `act` was rejected with.
 */
export function useSubmit(act: Act, sentence = (error: unknown) => `${errorText(error)}.`): Submit {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const id = useId();
  const run = async (what: Act) => {
    setBusy(true);
    setFault(await what().catch(sentence));
    setBusy(false);
  };
  return {
    busy,
    fault,
    faultId: `${id}-fault`,
    run,
    onSubmit(event) {
      event.preventDefault();
      if (!busy) void run(act);
    },
    clear: () => setFault(undefined),
  };
}
