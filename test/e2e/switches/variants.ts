/** Every way in which a machine comes back from its reboot: how its Node shows it, what its view says meanwhile, and where it ends. */
import type { NodeStateName } from '../../../src/api/container-os-node.ts';
import type { HostDescription } from '../../lab/hosts/host.ts';

export interface Variant {
  readonly name: string;
  readonly reboot: HostDescription['reboot'];
  /** What else is set of the host. */
  readonly host?: Readonly<Record<string, unknown>>;
  /** Ready of the first and of the second boot, in the order in which the Node told it: `1:True 1:Unknown 2:True`. */
  readonly node: RegExp;
  /** What its view says while the machine is on its way, where that lasts. */
  readonly says?: readonly [NodeStateName, RegExp];
  /** `Anew`: the Node that comes back is another one, of which nothing was known. */
  readonly ends: 'Updated' | 'Anew';
}

const wentDown = ['Rebooting', /^the node went down; waits for it to come back$/] as const;
/** Long enough for a busy operator to say what it sees meanwhile. */
const slowly = { prepareMs: 200, bootMs: 500, settleMs: 8000 };

export const variants: readonly Variant[] = [
  { name: 'fast', reboot: 'Fast', node: /1:True .*2:True/, ends: 'Updated' },
  {
    name: 'notready-first',
    reboot: 'NotReadyFirst',
    host: { timings: slowly },
    node: /1:True .*1:False .*2:True/,
    says: wentDown,
    ends: 'Updated',
  },
  {
    name: 'unknown-first',
    reboot: 'UnknownFirst',
    host: { timings: { prepareMs: 200, bootMs: 8000 } },
    node: /1:True .*1:Unknown .*2:True/,
    says: wentDown,
    ends: 'Updated',
  },
  {
    name: 'bootid-first',
    reboot: 'BootIDBeforeReady',
    host: { timings: slowly },
    node: /1:True .*2:False .*2:True/,
    says: ['Rebooting', /^it has rebooted; the node is not Ready since /],
    ends: 'Updated',
  },
  { name: 'flapping', reboot: 'Flapping', node: /2:True .*2:False .*2:True/, ends: 'Updated' },
  { name: 'new-object', reboot: 'NewNodeObject', node: /1:True .*2:True/, ends: 'Anew' },
  {
    name: 'lost',
    reboot: 'Fast',
    host: { runtimeState: 'Lost' },
    node: /1:True .*2:True/,
    ends: 'Updated',
  },
  // It is brought back in the end, when all others are done.
  {
    name: 'never-back',
    reboot: 'NeverBack',
    node: /1:True .*1:Unknown .*2:True/,
    says: wentDown,
    ends: 'Updated',
  },
];
