/** What people should know of each cause for which a task Pod gives no answer. */
import type { NoAnswerCause } from '../../../plan/facts.ts';
import type { ReasonText } from '../../../plan/reason-text.ts';

const passes = 'Nothing: it is repeated.';

export const noAnswerTexts: Readonly<Record<NoAnswerCause, ReasonText>> = {
  OutOfPods: {
    says: ['node is full…'],
    means: 'The node runs as many Pods as its kubelet allows, so there is no room for the task.',
    todo: 'Raise `maxPods` of the kubelet, or move a Pod away. The task asks for no CPU and no memory, only for a place.',
  },
  NodeShutdown: {
    says: ['the node was shutting down…'],
    means: 'The kubelet takes no Pods while the machine goes down.',
    todo: passes,
  },
  Terminated: {
    says: ['the node shut down under it…'],
    means: 'The machine went down while the task ran.',
    todo: passes,
  },
  Preempting: {
    says: ['it had to make room for a critical Pod…'],
    means: 'The node was full and a Pod of a system priority class came.',
    todo: passes,
  },
  Evicted: {
    says: ['the node was short of resources…'],
    means: 'The kubelet removed the Pod for want of memory, disk or process ids.',
    todo: 'Look at the conditions of the Node. Tasks need next to nothing, so others suffer too.',
  },
  ContainerStatusUnknown: {
    says: ['the node lost track of it, as at a reboot'],
    means: 'The container runtime forgot the container, as it does when the machine reboots.',
    todo: 'Nothing. After a reboot that was ordered the new boot id tells.',
  },
  DeadlineExceeded: {
    says: ['it took longer than its deadline…', 'no answer within …'],
    means: 'The task did not end by itself in time, so the kubelet or the operator ended its Pod.',
    todo: "Read the Pod's log for where it stood, if it is still there.",
  },
  ImagePull: {
    says: ['its image cannot be pulled: …'],
    means: 'The node cannot get the image of the operator.',
    todo: "Check `image` and `imagePullSecrets` in the chart's values, and the way from the node to the registry.",
  },
  MissingSocket: {
    says: ['the socket … is not there on the node'],
    means: 'The kubelet gets no further than mounting the host socket, for half a minute and more.',
    todo: 'On Bottlerocket: `systemctl status apiserver` on the node. The events of the Pod say the same in other words.',
  },
  NotAdmitted: {
    says: [
      'the node refuses to start it (…)…',
      'the kubelet refused it (…)…',
      'the node could not start it (…)…',
    ],
    means: 'The kubelet or its runtime refuses the Pod; its own text follows.',
    todo: 'The text names what is missing: an SELinux type, AppArmor, a taint of the kubelet, a resource.',
  },
  Killed: {
    says: ['it was killed for want of memory', 'it was killed by signal …'],
    means: 'The kernel or the runtime ended the process.',
    todo: "For want of memory: raise the limits of tasks in the chart's values. Otherwise see the log of the node.",
  },
  NoMessage: {
    says: ['it ended with exit code … and left no message', 'it ended without a word'],
    means: 'The Pod ended and said nothing, as when the runtime could not carry its message.',
    todo: 'If it stays: `kubectl -n containeros-tasks logs` while a task runs.',
  },
  InvalidMessage: {
    says: ['it failed with exit code …', 'its message …', 'the task left no message'],
    means:
      'The Pod ended with a text that is no answer: a crash of the task, or an image of another version.',
    todo: 'Give operator and tasks the same image. If they have it, report the text.',
  },
};
