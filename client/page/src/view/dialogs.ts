/** The dialogs, in a script of their own: the page is there, and can be written on, before anyone opens one. */
export { showChannelSettings } from './channel-settings.tsx';
export { confirmDeletion } from './confirm-deletion.tsx';
export { showJumpToDate } from './jump-to-date.tsx';
export { showNewChannel } from './new-channel.tsx';
export { showPeople } from './people-dialog.tsx';
export { showPinned } from './pinned-dialog.tsx';
export { showProfile } from './profile.tsx';
export { showRevisions } from './revisions.tsx';
export { showSanctionForm } from './sanction-form.tsx';
export { showSearch } from './search.tsx';
export { showShortcuts } from './shortcut-list.tsx';
