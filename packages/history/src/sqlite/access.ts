import type { ChannelAccess } from '../access.ts';
import type { StoreReads } from './reader.ts';
import type { StoreThread } from './thread.ts';
import type { Writes } from './writer.ts';

/**
 * Channel access, on top of a store's threads.
 *
 * @param commits counts commits to logs: some actions here create an event.
 */
export function accessOf(
  writer: StoreThread<Writes>,
  reader: StoreThread<StoreReads>,
  commits: { count: number },
): ChannelAccess {
  /** Counts changes of access. */
  let changed = 0;
  /** The version of an up-to-date caller, and the value of `changed` at that time. */
  let newest = { version: -1, changed: -1 };
  const changing = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } finally {
      changed += 1;
      // Some of it creates an event of a log.
      commits.count += 1;
    }
  };
  return {
    create: (channel, by) => changing(writer.call('createChannel', channel, by)),
    configure: (channel, given, by) => changing(writer.call('configureChannel', channel, given, by)),
    settings: (channel) => reader.call('settings', channel),
    members: (channel, after, limit) => reader.call('members', channel, after, limit),
    setMember: (channel, member, by) => changing(writer.call('setMember', channel, member, by)),
    removeMember: (channel, person, by) => changing(writer.call('removeMember', channel, person, by)),
    sanction: (sanction) => changing(writer.call('putSanction', sanction)),
    lift: (sanction) => changing(writer.call('liftSanction', sanction)),
    sanctions: (kind, channel, after, limit) => reader.call('sanctions', kind, channel, after, limit),
    revoke: (revocation, by) => changing(writer.call('revoke', revocation, by)),
    unrevoke: (person, by) => changing(writer.call('unrevoke', person, by)),
    audit: (channel, before, limit) => reader.call('audit', channel, before, limit),
    async changes(version) {
      // Nodes poll twice a second.
      if (newest.version === version && newest.changed === changed) return { version, changes: [] };
      const counted = changed;
      const answer = await reader.call('accessChanges', version);
      if (answer.changes?.length === 0) newest = { version: answer.version, changed: counted };
      return answer;
    },
    states: async (channels) => (channels.length === 0 ? new Map() : reader.call('states', channels)),
    activeSanctions: (people) => reader.call('activeSanctions', people),
  };
}
