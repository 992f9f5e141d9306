/** Why a task Pod gave no answer: one cause and one sentence for each way in which that happens. */
import type { NoAnswerCause, TaskFacts } from '../../../plan/facts.ts';
import type { TaskPodRecord, TaskReading } from './task-record.ts';
import { cleanText } from './text.ts';

type NoAnswer = NonNullable<TaskFacts['noAnswer']>;

/** Kubelet's own reasons at the Pod, where they are not told by the container; and whether its message says more than that. */
const podReasons: Readonly<
  Record<string, { readonly cause: NoAnswerCause; readonly sentence: string; readonly more: boolean }>
> = {
  NodeShutdown: { cause: 'NodeShutdown', sentence: 'the node was shutting down', more: false },
  Terminated: { cause: 'Terminated', sentence: 'the node shut down under it', more: false },
  Preempting: { cause: 'Preempting', sentence: 'it had to make room for a critical Pod', more: true },
  Evicted: { cause: 'Evicted', sentence: 'the node was short of resources', more: true },
  DeadlineExceeded: { cause: 'DeadlineExceeded', sentence: 'it took longer than its deadline', more: false },
};

/** Why its kubelet ended the Pod, which the program in it cannot know. */
export const whyEnded = ({ reason }: TaskPodRecord): string | undefined => podReasons[reason]?.sentence;

const imageReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

const startReasons: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CreatePodSandboxError',
]);

const longest = 400;

/** Undefined while the Pod may still answer and nothing is known to keep it from starting. `invalid`: what is wrong with its message. */
export function noAnswerOf(
  record: TaskPodRecord,
  invalid: string | undefined,
  reading: TaskReading,
): NoAnswer | undefined {
  if (record.facts.terminal) return ofTerminal(record, invalid);
  const { waiting, running } = record.container;
  if (running !== undefined) return undefined;
  const { reason = '', message = '' } = waiting ?? {};
  if (imageReasons.has(reason)) return told('ImagePull', 'its image cannot be pulled', message || reason);
  if (startReasons.has(reason))
    return told('NotAdmitted', `the node refuses to start it (${reason})`, message);
  const { nodeReady, ticks, firstSeenTicks, missingSocketAfter } = reading;
  const [socket] = record.sockets;
  // A missing socket shows in no field, only in events: what is left is that a kubelet which works gets no further than the mounts.
  if (
    socket !== undefined &&
    record.acknowledged &&
    !record.prepared &&
    nodeReady &&
    ticks - firstSeenTicks >= missingSocketAfter
  ) {
    return told('MissingSocket', `the socket ${socket} is not there on the node`, '');
  }
  return undefined;
}

function ofTerminal(record: TaskPodRecord, invalid: string | undefined): NoAnswer {
  const { reason, message, container } = record;
  const { terminated } = container;
  if (reason === 'OutOfpods') return outOfPods(message);
  const known = podReasons[reason];
  if (known !== undefined) return told(known.cause, known.sentence, known.more ? message : '');
  if (terminated === undefined) {
    if (reason === '') return told('NoMessage', 'it ended without a word', message);
    return told('NotAdmitted', `the kubelet refused it (${reason})`, message);
  }
  const { reason: ended = '', message: text = '', exitCode = 0 } = terminated;
  if (ended === 'ContainerStatusUnknown') {
    return told('ContainerStatusUnknown', 'the node lost track of it, as at a reboot', '');
  }
  if (ended === 'StartError' || ended === 'ContainerCannotRun') {
    return told('NotAdmitted', `the node could not start it (${ended})`, text);
  }
  if (ended === 'OOMKilled') return told('Killed', 'it was killed for want of memory', '');
  if (exitCode > 128) return told('Killed', `it was killed by signal ${exitCode - 128}`, text);
  if (text === '') return told('NoMessage', `it ended with exit code ${exitCode} and left no message`, '');
  return told(
    'InvalidMessage',
    exitCode === 0 ? (invalid ?? 'its message is not an answer') : `it failed with exit code ${exitCode}`,
    text,
  );
}

/** The kubelet's text names what was asked and what is there; people want to know how full the node is. */
function outOfPods(message: string): NoAnswer {
  const [, used, capacity] = /used: (\d+), capacity: (\d+)/.exec(message) ?? [];
  return told(
    'OutOfPods',
    'node is full',
    used === undefined ? message : '',
    used && `, ${used} of ${capacity ?? '?'}`,
  );
}

function told(cause: NoAnswerCause, sentence: string, text: string, tail = ''): NoAnswer {
  const detail = cleanText(text, longest);
  return { cause, sentence: detail === '' ? `${sentence}${tail}` : `${sentence}${tail}: ${detail}` };
}
