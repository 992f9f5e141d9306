/** The lab that another process runs, say a test runner's set-up, for the suites that share it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient } from './api/api-client.ts';
import type { ApiClient, Credentials } from './api/api-client.ts';
import type { Programs } from './build/programs.ts';
import { readJournal } from './machine/reboot-journal.ts';
import type { JournalEntry } from './machine/reboot-journal.ts';
import { runCommand } from './process/run-command.ts';
import { writeFileAtomically } from './process/write-file-atomically.ts';

/** What one needs to know to use a lab; in `<dir>/lab.json`. */
export interface LabFacts {
  readonly server: string;
  readonly adminKubeconfig: string;
  readonly auditLog: string;
  readonly programs: Programs;
  /** The administrator's. */
  readonly credentials: Credentials;
}

export interface AttachedLab extends LabFacts {
  readonly dir: string;
  readonly client: ApiClient;
  /** The real kubectl as administrator; answers standard output. @throws CommandError */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** What happened to a node's machine, oldest first. */
  readonly journal: (node: string) => readonly JournalEntry[];
  /** Closes this process's connections; the lab goes on. */
  detach(): void;
}

const factsFile = 'lab.json';

export function writeLabFacts(dir: string, facts: LabFacts): void {
  writeFileAtomically(join(dir, factsFile), JSON.stringify(facts), 0o600);
}

/** @throws ENOENT when no lab runs in `dir`. */
export function attachLab(dir: string): AttachedLab {
  const facts: LabFacts = JSON.parse(readFileSync(join(dir, factsFile), 'utf8'));
  const client = createApiClient(facts.server, facts.credentials);
  return {
    ...facts,
    dir,
    client,
    kubectl: async (args, input) => {
      const { stdout } = await runCommand(
        facts.programs.kubectl,
        ['--kubeconfig', facts.adminKubeconfig, ...args],
        input === undefined ? {} : { input },
      );
      return stdout;
    },
    journal: (node) => readJournal(join(dir, 'nodes', node)),
    detach: () => {
      client.close();
    },
  };
}
