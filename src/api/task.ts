/** The node-task protocol: what goes into a task Pod by `CONTAINEROS_TASK`, and the one document that comes out. */
import { z } from 'zod';
import { osName } from './os.ts';

export const taskProtocol = 1;
export const taskKinds = ['Inspect', 'Stage', 'Reboot'] as const;
export type TaskKind = (typeof taskKinds)[number];

/** Longest document, in bytes: the kubelet cuts a termination message there. */
export const longestAnswer = 4096;

/** Seconds that a task takes at most where its request does not say: below an operator's usual patience, so that there is an answer. */
export const usualSeconds: Readonly<Record<TaskKind, number>> = { Inspect: 240, Stage: 1140, Reboot: 360 };
/** The longest that a request may allow, in seconds. */
export const longestTask = 86_400;

export const taskRequest = z.object({
  protocol: z.literal(taskProtocol),
  task: z.enum(taskKinds),
  os: osName,
  /** The version to stage or to boot; absent for Inspect and where the OS cannot choose and nothing is known yet. */
  target: z.string().max(253).exactOptional(),
  /** For Reboot only: the fence. RFC 3339 times of the host's clock. */
  order: z
    .object({ bootID: z.string().max(253), notAfter: z.iso.datetime({ offset: true }) })
    .exactOptional(),
  /** Seconds that the task may take in all, where that is not the usual time. */
  withinSeconds: z.int().min(1).max(longestTask).exactOptional(),
  /** The adapter's own options, validated by it. */
  options: z.record(z.string(), z.unknown()).default({}),
});
export type TaskRequest = z.output<typeof taskRequest>;

/** Seconds that the task may take in all. */
export const allowedSeconds = ({ task, withinSeconds }: TaskRequest): number =>
  withinSeconds ?? usualSeconds[task];

const version = z.string().max(64);
/**
 * For a Stage whose host stages before anybody can choose: which versions may stay. Left out means that it excludes none.
 */
export const allowance = z.object({
  /** These may not. */
  deny: z.array(version).max(50).exactOptional(),
  /** Only this one; empty for none. */
  approved: version.exactOptional(),
  /** Only these are old enough. */
  old: z.array(version).max(50).exactOptional(),
});
export type Allowance = z.output<typeof allowance>;
/**
 * Milliseconds that a task waits for one thing: as usual, but no more than this share of its own time, so that it can still say what it
 * has waited for.
 */
export const boundedWait = (request: TaskRequest, usual: number, share: number): number =>
  Math.min(usual, allowedSeconds(request) * 1000 * share);

export const outcomes = ['Done', 'NothingToDo', 'Retry', 'Failed', 'Unsupported'] as const;
export type Outcome = (typeof outcomes)[number];

// Whatever a node says is shown to people and other machines: no control characters, no line breaks, cut.
// oxlint-disable-next-line no-control-regex -- they are what must go
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const clean = (most: number) =>
  z.string().transform((value) => value.replaceAll(control, ' ').trim().slice(0, most));

/** So many offers are told, the newest ones. */
export const mostOffers = 20;
const longestOffer = 64;

export const taskAnswer = z.object({
  protocol: z.literal(taskProtocol),
  outcome: z.enum(outcomes),
  os: osName,
  /** CamelCase, from the adapter's tables; `Done` and `NothingToDo` may do without. */
  reason: clean(64).exactOptional(),
  version: clean(128).exactOptional(),
  variant: clean(128).exactOptional(),
  available: clean(128).exactOptional(),
  staged: clean(128).exactOptional(),
  /** All newer versions that the node is offered, the newest first, where its OS can choose. */
  offers: z
    .array(clean(longestOffer))
    .transform((offers) => offers.slice(0, mostOffers))
    .exactOptional(),
  /** The host's own update settings, which a Stage may have to change. */
  settings: z.record(z.string().max(64), z.union([clean(256), z.boolean()])).exactOptional(),
  /** Nothing that the operator set on the host is in force any more: what was there before is back, or somebody else's value. */
  restored: z.literal(true).exactOptional(),
  /** The next task of this kind would come too early before. */
  againAfterSeconds: z.int().min(0).max(300).exactOptional(),
  bootID: clean(64),
  /** The host's clock when the document was written, RFC 3339. */
  now: z.iso.datetime({ offset: true }),
  /** For a person: the mechanism's own error text. */
  message: clean(2048),
  seconds: z.number().min(0),
});
export type TaskAnswer = z.output<typeof taskAnswer>;

/** The answer in a termination message, or why it is none. Never throws. */
export function parseAnswer(text: string): { readonly answer: TaskAnswer } | { readonly invalid: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { invalid: text === '' ? 'the task left no message' : 'its message is not JSON' };
  }
  const protocol =
    typeof json === 'object' && json !== null && 'protocol' in json ? json.protocol : undefined;
  if (protocol !== taskProtocol)
    return {
      invalid: `its message speaks protocol ${JSON.stringify(protocol)?.slice(0, 20) ?? 'none'}, expected ${taskProtocol}`,
    };
  const parsed = taskAnswer.safeParse(json);
  if (parsed.success) return { answer: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    invalid: `its message is not an answer (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'})`,
  };
}
