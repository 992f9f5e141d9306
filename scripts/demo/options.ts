/** The command line of the demo. */
import { parseArgs } from 'node:util';

export const usage = `Usage: npm run demo -- [--nodes N] [--mode MODE] [--plain] [--json] [--keep]

Starts a real Kubernetes control plane and simulated Bottlerocket and COS hosts on this machine, installs the operator with
Helm, applies two policies, and shows the rollout until every node runs the new version. Ends with exit code 0 only if all
got there and no invariant broke.

  --nodes N   how many nodes, from 2 to 60, two thirds of them Bottlerocket; default: 12
  --mode M    Apply, the default; or Plan: prints what the policies would do, changes nothing, and ends
  --plain     a line per change instead of a living picture; the default where the output is no terminal
  --json      ends standard output with one line of JSON, which is all that it holds
  --keep      leaves everything running after the rollout, until Ctrl-C
  --help      this text
`;

export interface DemoOptions {
  readonly nodes: number;
  readonly mode: 'Apply' | 'Plan';
  readonly plain: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly help: boolean;
}

const fewest = 2;
const most = 60;

/** @throws Error that says what is wrong with the arguments. */
export function readOptions(argv: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      nodes: { type: 'string', default: '12' },
      mode: { type: 'string', default: 'Apply' },
      plain: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const nodes = Number(values.nodes);
  if (!Number.isInteger(nodes) || nodes < fewest || nodes > most) {
    throw new Error(
      `--nodes is ${values.nodes}, and must be a whole number from ${String(fewest)} to ${String(most)}`,
    );
  }
  const { mode } = values;
  if (mode !== 'Apply' && mode !== 'Plan') throw new Error(`--mode is ${mode}, and must be Apply or Plan`);
  return { ...values, nodes, mode };
}
