import { showChannelSettings } from './channel-settings.tsx';
import { confirmDeletion } from './confirm-deletion.tsx';
import { showJumpToDate } from './jump-to-date.tsx';
import { showNewChannel } from './new-channel.tsx';
import { showPeople } from './people-dialog.tsx';
import { showPinned } from './pinned-dialog.tsx';
import { showProfile } from './profile.tsx';
import { showRevisions } from './revisions.tsx';
import { showSanctionForm } from './sanction-form.tsx';
import { showSearch } from './search.tsx';
import { showShortcuts } from './shortcut-list.tsx';

/** The dialogs, in a script of their own: the page is there, and can be written on, before anyone opens one. */
export const dialogs = {
  showChannelSettings,
  confirmDeletion,
  showJumpToDate,
  showNewChannel,
  showPeople,
  showPinned,
  showProfile,
  showRevisions,
  showSanctionForm,
  showSearch,
  showShortcuts,
};
