/** One Inspect on one node, with everything shown; nothing is left behind. */
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { ApiClient } from '../../adapters/kubernetes/client.ts';
import { inPortWords, isFailure, messageOf } from '../../adapters/kubernetes/errors.ts';
import { type RawNode, nodeFacts } from '../../adapters/kubernetes/facts/node.ts';
import type { RawPod } from '../../adapters/kubernetes/facts/pod.ts';
import { cleanText } from '../../adapters/kubernetes/facts/text.ts';
import { taskFacts } from '../../adapters/kubernetes/facts/task.ts';
import { taskPodRecord } from '../../adapters/kubernetes/facts/task-record.ts';
import { nodePath, podsPath } from '../../adapters/kubernetes/paths.ts';
import type { RawList } from '../../adapters/kubernetes/raw.ts';
import { osAdapters } from '../../adapters/os/index.ts';
import type { TaskAnswer } from '../../api/task.ts';
import type { NodeFacts } from '../../plan/facts.ts';
import { defaultSettings } from '../../plan/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import { InvalidError, NotFoundError, UnreachableError } from '../../ports/errors.ts';
import type { VerifyArguments } from '../arguments.ts';
import { answerLines, needsLines, nodeLines } from './lines.ts';
import { type VerifyPod, verifyPod } from './pod.ts';
import { type RawEvent, podLife } from './pod-life.ts';
import { whichOs } from './which-os.ts';

export interface VerifyWorld {
  readonly api: ApiClient;
  readonly clock: Clock;
  /** Rejects when `signal` aborts. Milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Ends the wait; the Pod is deleted all the same. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const lookEveryMs = 500;
/** What keeps a Pod from starting may pass: pulling an image is tried again. */
const patienceMs = 20_000;
const missingSocketAfter = 30_000;
/** A Pod that is over is gone after a moment; one whose program has not begun to listen for signals only after its grace period of 30 s. */
const goneWithinMs = 45_000;
/** Lines of the log's end, should there be more. */
const logLines = '500';

/** Whether the node answered Done or NothingToDo. @throws the errors of ports/errors.ts, and Error with a sentence. */
export async function verify(wish: VerifyArguments, world: VerifyWorld): Promise<boolean> {
  const { say } = world;
  const raw = await readNode(wish.node, world.api);
  const node = nodeFacts(raw);
  say(`Node ${node.name}`);
  for (const line of nodeLines(node, raw)) say(line);
  const seen = whichOs(node, osAdapters);
  say(`Recognised: ${seen.sentence}`);
  if (seen.kind === 'NotAsked') return false;

  const pod = verifyPod(wish, node, osAdapters[seen.os], randomBytes(4).toString('hex'));
  say(`Pod ${wish.namespace}/${pod.name} from ${wish.image}`);
  for (const line of needsLines(pod.needs, pod.request)) say(line);
  await createPod(wish, pod, world);
  let answered = false;
  try {
    answered = await follow(wish, pod, node, world);
  } catch (error) {
    if (!world.signal.aborted) say(`The Pod cannot be followed: ${messageOf(error)}`);
  }
  const removed = await remove(wish, pod, world);
  return answered && removed;
}

async function readNode(name: string, api: ApiClient): Promise<RawNode> {
  try {
    return await inPortWords(api.request<RawNode>({ method: 'GET', path: nodePath(name) }));
  } catch (error) {
    if (error instanceof NotFoundError) throw new Error(`There is no Node ${name}`, { cause: error });
    throw error;
  }
}

async function createPod(wish: VerifyArguments, pod: VerifyPod, world: VerifyWorld): Promise<void> {
  const { namespace } = wish;
  try {
    await inPortWords(world.api.request({ method: 'POST', path: podsPath(namespace), body: pod.manifest }));
  } catch (error) {
    // The answer may have been lost after the Pod was made.
    if (error instanceof UnreachableError) await remove(wish, pod, world);
    const make = `kubectl create namespace ${namespace} && kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged`;
    if (error instanceof NotFoundError) {
      throw new Error(`There is no namespace ${namespace}: ${make}`, { cause: error });
    }
    if (error instanceof InvalidError) {
      throw new Error(`The cluster refuses the Pod: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Shows the Pod's life until it is over, its log and its answer. */
async function follow(
  { namespace }: VerifyArguments,
  pod: VerifyPod,
  node: NodeFacts,
  world: VerifyWorld,
): Promise<boolean> {
  const { api, clock, say } = world;
  const path = `${podsPath(namespace)}/${pod.name}`;
  const life = podLife();
  const begun = clock.monotonic();
  const tell = (line: string): void => {
    say(`${((clock.monotonic() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  };
  tell('created');
  const firstSeen = clock.now();
  let troubleSince: number | undefined;
  for (;;) {
    await world.sleep(lookEveryMs);
    const raw = await inPortWords(api.request<RawPod>({ method: 'GET', path, signal: world.signal }));
    for (const line of life.events(await eventsOf(namespace, raw, world))) tell(line);
    for (const line of life.pod(raw)) tell(line);
    const record = taskPodRecord(raw);
    const ticks = clock.monotonic();
    const reading = { ticks, firstSeen, firstSeenTicks: begun, nodeReady: node.ready, missingSocketAfter };
    const { terminal, answer, noAnswer } = taskFacts(record, reading);
    if (terminal) {
      await showLog(path, world);
      if (answer !== undefined) return showAnswer(answer, node, say);
      say(
        `No answer (${noAnswer?.cause ?? 'NoMessage'}): ${noAnswer?.sentence ?? 'it ended without a word'}`,
      );
      return false;
    }
    const now = clock.monotonic();
    troubleSince = noAnswer === undefined ? undefined : (troubleSince ?? now);
    if (noAnswer !== undefined && now - (troubleSince ?? now) >= patienceMs) {
      say(`No answer (${noAnswer.cause}): ${noAnswer.sentence}`);
      return false;
    }
    if (now - begun >= defaultSettings.inspectTimeout) {
      say(`No answer: the Pod was not over after ${String(defaultSettings.inspectTimeout / 1000)} s`);
      return false;
    }
  }
}

/** Some troubles show in events only, for instance a socket that is not there. Whoever may not read them still gets the rest. */
async function eventsOf(
  namespace: string,
  { metadata }: RawPod,
  { api, signal }: VerifyWorld,
): Promise<readonly RawEvent[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const query = { fieldSelector: `involvedObject.uid=${metadata?.uid ?? ''}` };
  try {
    return (await api.request<RawList<RawEvent>>({ method: 'GET', path, query, signal })).items ?? [];
  } catch (error) {
    if (isFailure(error, 'Forbidden')) return [];
    throw error;
  }
}

async function showLog(path: string, { api, say, signal }: VerifyWorld): Promise<void> {
  say('Log of the task');
  try {
    const body = await text(await api.open({ path: `${path}/log`, query: { tailLines: logLines }, signal }));
    for (const line of body.trimEnd().split('\n')) say(`  ${cleanText(line, 2000)}`);
  } catch (error) {
    // The answer counts; a kubelet that cannot be reached for logs is another matter.
    say(`  cannot be read: ${messageOf(error)}`);
  }
}

function showAnswer(answer: TaskAnswer, node: NodeFacts, say: (line: string) => void): boolean {
  say('Answer');
  for (const line of answerLines(answer, node.bootID)) say(line);
  return answer.outcome === 'Done' || answer.outcome === 'NothingToDo';
}

/** Whether it is gone, or on its way. Ctrl-C does not stop this: it is what is done after it. */
async function remove(
  { namespace }: VerifyArguments,
  { name }: VerifyPod,
  world: VerifyWorld,
): Promise<boolean> {
  const { api, clock, say } = world;
  const path = `${podsPath(namespace)}/${name}`;
  try {
    await api.request({ method: 'DELETE', path });
    const until = clock.monotonic() + goneWithinMs;
    while (clock.monotonic() < until) {
      await api.request({ method: 'GET', path });
      await wait(lookEveryMs);
    }
    say(`The Pod was told to end; it is gone when kubectl -n ${namespace} get pod ${name} finds none`);
    return true;
  } catch (error) {
    if (isFailure(error, 'NotFound')) {
      say('The Pod is gone');
      return true;
    }
    say(`The Pod may be left, kubectl -n ${namespace} delete pod ${name}: ${messageOf(error)}`);
    return false;
  }
}
