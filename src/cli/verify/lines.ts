/** What is shown, apart from when: a heading for each part, and what belongs to it below. */
import type { RawNode } from '../../adapters/kubernetes/facts/node.ts';
import { cleanText } from '../../adapters/kubernetes/facts/text.ts';
import type { TaskAnswer } from '../../api/task.ts';
import type { NodeFacts } from '../../plan/facts.ts';
import type { TaskPodNeeds } from '../../ports/os-adapter.ts';

type Field = readonly [name: string, value: string | undefined];

const longest = 1000;

export function nodeLines(facts: NodeFacts, { status = {} }: RawNode): string[] {
  const { kernelVersion, containerRuntimeVersion } = status.nodeInfo ?? {};
  return fields([
    ['osImage', facts.osImage],
    ['kernel', cleanText(kernelVersion, longest)],
    ['kubelet', facts.kubeletVersion],
    ['runtime', cleanText(containerRuntimeVersion, longest)],
    ['architecture', facts.architecture],
    ['boot id', facts.bootID],
    ['ready', facts.ready ? 'yes' : 'no'],
    ['cordoned', facts.unschedulable ? 'yes' : 'no'],
    ['taints', facts.taints.join(', ') || 'none'],
  ]);
}

export function needsLines(needs: TaskPodNeeds, request: string): string[] {
  const { seLinux } = needs;
  return fields([
    ['user', String(needs.runAsUser)],
    ['rights', needs.privileged ? 'privileged' : needs.capabilities.join(', ') || 'none'],
    ['mounts', needs.hostPaths.map(({ hostPath, mountPath }) => `${hostPath} at ${mountPath}`).join(', ')],
    ['SELinux', seLinux && [seLinux.user, seLinux.role, seLinux.type, seLinux.level].join(':')],
    ['AppArmor', needs.appArmorUnconfined ? 'Unconfined' : undefined],
    ['host PIDs', needs.hostPID ? 'yes' : undefined],
    ['request', request],
  ]);
}

/** `nodeBootID` is what the Node object says: the two must be one. */
export function answerLines(answer: TaskAnswer, nodeBootID: string): string[] {
  const same = answer.bootID === nodeBootID ? 'as on the Node' : `the Node says ${nodeBootID}`;
  return fields([
    ['outcome', answer.outcome],
    ['reason', answer.reason],
    ['version', answer.version],
    ['variant', answer.variant],
    ['available', answer.available],
    ['staged', answer.staged],
    ['settings', answer.settings && JSON.stringify(answer.settings)],
    ['boot id', `${answer.bootID}, ${same}`],
    ['clock', answer.now],
    ['seconds', String(answer.seconds)],
    ['message', answer.message],
  ]);
}

function fields(all: readonly Field[]): string[] {
  return all.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`  ${name.padEnd(13)} ${value}`],
  );
}
