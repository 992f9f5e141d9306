/**
 * The claim: everything about one node's way, in one annotation on the Node, so that it outlives policy, namespace and chart.
 * All of it may be forged by the node itself: it is parsed strictly, and decides about that node only.
 */
import { z } from 'zod';
import { duration } from './duration.ts';
import { nodeCondition } from './health.ts';
import { labelSelector } from './label-selector.ts';
import { hostCommands, osName } from './os.ts';

const short = z.string().max(253);
const time = z.iso.datetime({ offset: true });
/** Those that today's adapters know are what a policy may say; a claim of a newer operator may hold more. */
const options = z
  .object({
    hostCommand: z.enum(hostCommands).exactOptional(),
    checkForUpdate: z.boolean().exactOptional(),
    startUpdateEngine: z.boolean().exactOptional(),
    ignoreWaves: z.boolean().exactOptional(),
  })
  .catchall(z.union([z.string().max(64), z.boolean()]));

export const claim = z.object({
  policy: short,
  policyUID: short,
  os: osName,
  attempt: short,
  /** When the node was cordoned; `drain.timeout` runs from here. */
  at: time,
  from: short,
  /** Frozen: the version that the node must run afterwards. Empty where only a newer one than `from` can be asked for. */
  target: short,
  /** Exactly the target counts as reached, also where it is older than `from`. */
  exact: z.literal(true).exactOptional(),
  /** The boot id at the cordon. */
  bootID: short,
  timeouts: z.object({
    drain: duration({ description: '' }),
    reboot: duration({ description: '' }),
    soak: duration({ description: '' }),
  }),
  /** Options of the adapter that are needed to finish without the policy. */
  options: options.exactOptional(),
  /** `namespace/name` of DaemonSets whose Pod here was Ready at the cordon. */
  ready: z.array(z.string().max(320)).max(50),
  /** What else must hold before the node counts as verified, as the policy said it at the cordon. */
  health: z
    .object({
      conditions: z.array(nodeCondition).max(20).exactOptional(),
      pods: labelSelector('').exactOptional(),
      /** How many of these Pods, of DaemonSets or static, were Ready at the cordon. */
      readyPods: z.int().min(0).max(1000).exactOptional(),
    })
    .exactOptional(),
  /** The node was already cordoned by somebody else: it stays so. */
  foreignCordon: z.boolean().exactOptional(),
  /** Annotations of autoscalers that we added, and so remove. */
  added: z.array(short).max(4),
  order: z.object({ at: time, bootID: short, notAfter: time }).exactOptional(),
});

export type Claim = z.output<typeof claim>;
export type RebootOrder = NonNullable<Claim['order']>;

/** The claim in an annotation's text; a reason where it cannot be read. Never throws. */
export function parseClaim(text: string): { readonly claim: Claim } | { readonly unreadable: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { unreadable: 'it is not JSON' };
  }
  const parsed = claim.safeParse(json);
  if (parsed.success) return { claim: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    unreadable:
      issue === undefined ? 'it is not a claim' : `${issue.path.join('.') || 'claim'}: ${issue.message}`,
  };
}

export function formatClaim(value: Claim): string {
  return JSON.stringify(value);
}
