/** The reboot calls that the lab's hosts accepted, from the journals in the machines' folders. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal } from '../../lab/machine/reboot-journal.ts';
import type { RebootCall } from '../world/event.ts';
import type { HostRecord } from '../world/history.ts';

/** @param folder `<lab>/nodes`; one that is not there has no machines. */
export function readHosts(folder: string, more: readonly RebootCall[]): HostRecord {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const journaled = names.flatMap((node) =>
    readJournal(join(folder, node))
      .filter(({ event }) => event === 'asked')
      .map(({ at, bootID }) => ({ node, at, bootID })),
  );
  const key = ({ node, at, bootID }: RebootCall): string => `${node} ${at.slice(0, 19)} ${bootID}`;
  const known = new Set(journaled.map(key));
  return {
    rebootCalls: [...journaled, ...more.filter((call) => !known.has(key(call)))],
    journaled: [...new Set([...names, ...more.map(({ node }) => node)])],
  };
}
