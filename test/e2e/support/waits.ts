/** The operator's waits in scenes: as short as it lets them be, or, for `npm run test:slow`, those that ship. */
const short = {
  orderValidity: '5s',
  orderVoidAfter: '6s',
  inspectTimeout: '20s',
  stageTimeout: '40s',
  taskBackoff: '1s',
  taskBackoffMost: '5s',
  evictionBudgetRetry: '5s',
  evictionWebhookRetry: '2s',
  soakUnhealthy: '3s',
  terminatingNamed: '2s',
  leaseDuration: '5s',
  renewDeadline: '4s',
  retryPeriod: '500ms',
} as const;

export const slow = process.env['SCENE_WAITS'] === 'default';

export const operatorSettings: Readonly<Record<string, string>> = slow ? {} : short;

/** How long a scene waits for something that takes `ms` with short waits. */
export const patience = (ms: number): number => (slow ? ms * 20 : ms);
