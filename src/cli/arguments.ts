/** The command line, as what is wished. */
import { parseArgs } from 'node:util';

export interface VerifyArguments {
  readonly node: string;
  readonly image: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly imagePullSecrets: readonly string[];
  readonly hostCommand: (typeof hostCommands)[number];
}

export type Command =
  { readonly do: 'Help'; readonly text: string } | { readonly do: 'Verify'; readonly wish: VerifyArguments };

/** The command line cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** For whoever wrote it: the problem, and what is accepted. */
  readonly text: string;
  constructor(problem: string) {
    super(problem);
    this.text = `${problem}\n\n${usage}`;
  }
}

const hostCommands = ['Chroot', 'Nsenter'] as const;
export const defaultNamespace = 'containeros-verify';

const usage = `Usage: kubectl-containeros verify --node NODE --image IMAGE [options]

Runs the operator's Inspect task on one node, changes nothing, and shows all there is to see of it.

  --node NODE               the Node to inspect
  --image IMAGE             the operator's image, as the chart names it
  --kubeconfig FILE         default: KUBECONFIG, then ~/.kube/config
  --context NAME            of the kubeconfig; default: the current one
  --namespace NAMESPACE     where the Pod is made; default: ${defaultNamespace}
  --image-pull-secret NAME  a Secret in that namespace; may be repeated
  --host-command HOW        Container-Optimized OS only: Chroot (default) or Nsenter, as spec.containerOptimizedOS.hostCommand

Exit code: 0 the node answered Done or NothingToDo, 1 it did not, 2 the command line is wrong.`;

/** @throws UsageError */
export function readArguments(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  const [command, ...rest] = positionals;
  if (values.help === true) return { do: 'Help', text: usage };
  if (command !== 'verify') {
    throw new UsageError(
      command === undefined ? 'say what to do: verify' : `there is no command ${command}, only verify`,
    );
  }
  if (rest.length > 0)
    throw new UsageError(`one node at a time, by --node; not understood: ${rest.join(' ')}`);
  const how = values['host-command'] ?? 'Chroot';
  const hostCommand = hostCommands.find((one) => one === how);
  if (hostCommand === undefined) {
    throw new UsageError(`--host-command must be one of ${hostCommands.join(', ')}, not ${how}`);
  }
  return {
    do: 'Verify',
    wish: {
      node: needed('node', values.node),
      image: needed('image', values.image),
      kubeconfig: values.kubeconfig,
      context: values.context,
      namespace: needed('namespace', values.namespace ?? defaultNamespace),
      imagePullSecrets: values['image-pull-secret'] ?? [],
      hostCommand,
    },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        node: { type: 'string' },
        image: { type: 'string' },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        namespace: { type: 'string' },
        'image-pull-secret': { type: 'string', multiple: true },
        'host-command': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function needed(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new UsageError(`--${option} must be given`);
  return value;
}
