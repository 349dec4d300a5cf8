import { notify } from './toast.tsx';

type Dialogs = typeof import('./dialogs.ts')['dialogs'];

let loaded: Dialogs | undefined;
let loading: Promise<Dialogs> | undefined;

/**
 * Fetches the dialogs' script. Called once the page is drawn, so that a dialog opens at once, and without a network too.
 * Rejects where it could not be had; the next call tries again.
 */
export function loadDialogs(): Promise<Dialogs> {
  loading ??= import('./dialogs.ts').then(
    ({ dialogs }) => {
      loaded = dialogs;
      return dialogs;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** Opens a dialog: at once where its script is there, else as soon as it is. */
export function openDialog(show: (dialogs: Dialogs) => void): void {
  // Without a wait, what is typed next is typed in the dialog.
  if (loaded !== undefined) show(loaded);
  else loadDialogs().then(show, () => notify('This could not be loaded. Try again, or reload the page.'));
}
