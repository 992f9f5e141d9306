/** The operator's waits in scenes: as short as it lets them be, or, for `npm run test:slow`, those that ship. */
const short = {
  // Ten nodes that reboot at once on two cores take their time to start a Pod.
  orderValidity: '20s',
  // In which a kubelet starts a Pod and a program of it says why it refuses.
  orderVoidAfter: '12s',
  inspectTimeout: '25s',
  stageTimeout: '40s',
  // Longer than a busy operator takes to write what a node says meanwhile.
  taskBackoff: '3s',
  taskBackoffMost: '6s',
  // As it ships, so that what a budget lets go is known to go by word of the budget.
  evictionBudgetRetry: '30s',
  evictionWebhookRetry: '2s',
  soakUnhealthy: '3s',
  gateAgain: '2s',
  terminatingNamed: '2s',
  leaseDuration: '12s',
  renewDeadline: '9s',
  retryPeriod: '1s',
} as const;

export const slow = process.env['SCENE_WAITS'] === 'default';

export const operatorSettings: Readonly<Record<string, string>> = slow ? {} : short;

/** How long a scene waits for something that takes at most `ms` with short waits on a computer that has nothing else to do. */
export const patience = (ms: number): number => ms * (slow ? 20 : 2.5);

/** The same for a kubectl that waits. */
export const kubectlPatience = (ms: number): string => `--timeout=${String(patience(ms) / 1000)}s`;
