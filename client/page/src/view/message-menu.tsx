import type { Message } from '@carillon/client';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { hasIdentity, isOwn, mayModerate, mayWrite } from '../rights.ts';
import { pathOf } from '../route.ts';
import { showEmojiPicker } from './emoji-picker.tsx';
import { focusComposer } from './focus-composer.ts';
import {
  BanIcon,
  EditIcon,
  HistoryIcon,
  LinkIcon,
  MuteIcon,
  PinIcon,
  ReplyIcon,
  SmileIcon,
  TrashIcon,
} from './icons.tsx';
import { openDialog } from './load-dialogs.ts';
import type { Action } from './menu.tsx';
import { notify, notifyFault } from './toast.tsx';

/** A message, and where it stands on the page. */
export interface Subject {
  message: Message;
  conversation: Conversation;
  chat: Chat;
  row: Element;
}

/** What the person may do with a message, in the order of the menu; `keys` do it while its row has the focus. */
export function messageMenu({ message, conversation, chat, row }: Subject): Action[] {
  const session = chat.session.get();
  const { channel } = conversation;
  const moderates = mayModerate(session, channel);
  const own = isOwn(session, message);
  const open = !conversation.settings.get().archived;
  const actions: Action[] = [];
  if (message.deletedAt === undefined) {
    if (open && mayWrite(session, channel)) {
      actions.push({
        name: 'Reply',
        icon: <ReplyIcon />,
        keys: 'R',
        act: () => reply(conversation, message),
      });
      if (hasIdentity(session))
        actions.push({
          name: 'Add a reaction',
          icon: <SmileIcon />,
          keys: '+',
          act: () => showEmojiPicker(row, (emoji) => react(conversation, message, emoji)),
        });
    }
    if (own && open)
      actions.push({ name: 'Edit', icon: <EditIcon />, keys: 'E', act: () => edit(conversation, message) });
  }
  actions.push({ name: 'Copy link', icon: <LinkIcon />, keys: 'L', act: () => void copyLink(message) });
  if (message.deletedAt === undefined && moderates) actions.push(pinning(conversation, message));
  if (message.editedAt !== undefined && message.deletedAt === undefined && (own || moderates))
    actions.push({
      name: 'Edit history',
      icon: <HistoryIcon />,
      act: () => openDialog(({ showRevisions }) => showRevisions(chat, message)),
    });
  if (message.deletedAt === undefined && (moderates || (own && open)))
    actions.push({
      name: 'Delete',
      icon: <TrashIcon />,
      keys: 'Del',
      danger: true,
      act: () => openDialog(({ confirmDeletion }) => confirmDeletion(conversation, message)),
    });
  if (moderates && !own && message.author.id !== 'guest') {
    const sanction = { author: message.author, channel, chat };
    actions.push({
      name: 'Mute',
      icon: <MuteIcon />,
      danger: true,
      act: () => openDialog(({ showSanctionForm }) => showSanctionForm({ ...sanction, kind: 'mute' })),
    });
    actions.push({
      name: 'Ban',
      icon: <BanIcon />,
      danger: true,
      act: () => openDialog(({ showSanctionForm }) => showSanctionForm({ ...sanction, kind: 'ban' })),
    });
  }
  return actions;
}

function reply(conversation: Conversation, { seq }: Message): void {
  conversation.composition.replying.set(seq);
  focusComposer();
}

function edit(conversation: Conversation, { seq }: Message): void {
  conversation.composition.editing.set({ seq });
}

/** Puts an emoji to a message; takes it back where it is there already. */
export function react(conversation: Conversation, message: Message, emoji: string): void {
  const mine = message.reactions?.find((each) => each.emoji === emoji)?.mine === true;
  const done = mine ? conversation.unreact(message.seq, emoji) : conversation.react(message.seq, emoji);
  done.catch(notifyFault);
}

function pinning(conversation: Conversation, { seq }: Message): Action {
  const pinned = conversation.pins.get().some(({ message }) => message.seq === seq);
  return {
    name: pinned ? 'Unpin' : 'Pin',
    icon: <PinIcon />,
    act: () => void (pinned ? conversation.unpin(seq) : conversation.pin(seq)).catch(notifyFault),
  };
}

async function copyLink({ channel, seq }: Message): Promise<void> {
  const link = `${location.origin}${pathOf(channel)}/${seq}`;
  try {
    await navigator.clipboard.writeText(link);
    notify('Link copied.');
  } catch {
    // Not allowed, or not over a secure connection.
    notify(link);
  }
}
