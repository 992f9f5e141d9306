/** Reasons of a policy's conditions. */
import type { ReasonTexts } from './reason-text.ts';

const nothing = 'Nothing.';

export const policyReasons = {
  FailureBudgetExceeded: {
    says: ['halted by rollout.maxFailures…', 'failed: …'],
    means:
      'So many nodes failed that the rollout halted by itself. Nodes that were ordered to reboot finish; the others on their way are put back into service, and no other one is started.',
    todo: 'Look at the failed nodes (`kubectl get cosn`). Then set a new `spec.retry.token`, or annotate the nodes with `containeros.dev/retry`.',
  },
  Halted: {
    says: ['halted by rollout.maxFailures…'],
    means: 'As FailureBudgetExceeded.',
    todo: 'As FailureBudgetExceeded.',
  },
  Overlap: {
    says: ['node … is selected with the same priority by policies …'],
    means: 'Two policies want one node, so neither acts on it.',
    todo: 'Give one of them a higher `spec.priority`, or make their selectors exclude each other.',
  },
  DrainImpossible: {
    says: ['… cannot be drained: …'],
    means: 'A node could not have been drained for a whole day. Others go on as far as the budget allows.',
    todo: 'See DrainImpossible among the nodes.',
  },
  HooksUnavailable: {
    says: [
      "spec.hooks cannot run: the chart's value hooks.namespace is not set",
      'spec.hooks cannot run: the Jobs of hooks cannot be listed…',
    ],
    means:
      'The policy has hooks and the operator was given no namespace to run them in, or that namespace is gone: then what is under way waits at its next hook. Without a value: Nothing is started; nodes that were ordered to reboot finish without hooks, the others on their way are put back into service.',
    todo: "Set the chart's value `hooks.namespace` and have the namespace there (`helm upgrade` brings its rights back), or take the hooks out of the policy.",
  },
  InvalidSpec: {
    says: ['the spec cannot be used: …'],
    means:
      'The object was stored before the present schema, and breaks it. Nothing is started; nodes that were ordered to reboot finish, the others on their way are put back into service.',
    todo: 'Mend the field that the sentence names.',
  },
  WindowNeverOpens: {
    says: ['no window of spec.schedule opens any more: …'],
    means:
      'No window of `spec.schedule` comes: its day and month never meet, such as the 30th of February, or a blackout covers all of them. No node is ever started.',
    todo: 'Correct `spec.schedule.windows` or `spec.schedule.blackouts`.',
  },
  WindowTooShort: {
    says: ['…: no window is long enough: …'],
    means:
      'None of the nodes that are left fits into any window: each is expected to be out of service for longer than the longest one.',
    todo: 'Give `spec.schedule.windows` a longer `duration`, or lower `spec.drain.timeout` and `spec.reboot.timeout` to what nodes really need. To update a node all the same, annotate it with `containeros.dev/update-now`; what it took is learned for the others.',
  },
  OutsideWindow: {
    says: ['waits for the window that opens at …', 'no window opens'],
    means: 'No window of `spec.schedule` is open. Nodes on their way finish; no other one is started.',
    todo: 'Nothing. To update one node now, annotate it with `containeros.dev/update-now`.',
  },
  Blackout: {
    says: ['blackout until …'],
    means: 'A blackout of `spec.schedule` holds. Nodes on their way finish; no other one is started.',
    todo: 'As OutsideWindow.',
  },
  WindowEnding: {
    says: ['…: the window closes at …'],
    means: 'The window is open, and no node that is left can be expected to be done before it closes.',
    todo: 'As OutsideWindow.',
  },
  BlockedByPDB: {
    says: ['… waits: …', '… cannot be drained: …'],
    means: 'The next node cannot be drained now.',
    todo: 'See DrainBlocked and DrainImpossible among the nodes.',
  },
  GateClosed: {
    says: ['gate … is closed: …'],
    means:
      'A gate of `spec.health.gates` is closed, so no further node is started; nodes on their way finish. As Stalled: for longer than its `stalledAfter`.',
    todo: 'Look at what the query finds. The gate is asked again every half minute, and the rollout goes on by itself once it is open.',
  },
  GateUnknown: {
    says: ['gate … cannot be evaluated: …'],
    means:
      'A gate of `spec.health.gates` gives no answer that can be used, which counts as closed. As Stalled: for longer than its `stalledAfter`.',
    todo: 'The sentence says what is wrong: the address, the query, the token or its Secret ([health and gates](health-and-gates.md)).',
  },
  BudgetUsed: {
    says: ['budget used by …', 'budget of … used by …'],
    means:
      '`rollout.maxUnavailable`, or `rollout.topology.maxUnavailable` of a zone, is used up by nodes that are NotReady or cordoned for another cause.',
    todo: 'Mend or delete the named nodes, or except them with `rollout.ignoreUnavailable`.',
  },
  NodeFailed: {
    says: ['… failed: …', 'failed: …'],
    means: 'A node failed, and fewer than `rollout.maxFailures` did. Others go on.',
    todo: 'Look the reason of the node up among the nodes.',
  },
  NodesHeld: {
    says: ['… is held: …'],
    means: 'What is left is held by people.',
    todo: 'See Hold, ForeignCordon and UnreadableClaim among the nodes.',
  },
  NodesPending: {
    says: ['…: …', '… of … nodes are up to date'],
    means: 'Nodes wait for something; the sentence names the first.',
    todo: 'Nothing, unless the sentence names something that a person must do.',
  },
  AwaitingApproval: {
    says: [
      '… is available; spec.target.approvedVersion must name it',
      '… is staged and is not what spec.target.approvedVersion names; …',
      '… of … nodes are up to date',
    ],
    means: '`spec.target.approval` is Manual, and a version waits for it. Nothing else is left to do.',
    todo: 'Name the version in `spec.target.approvedVersion` if the nodes may have it.',
  },
  TooYoung: {
    says: [
      '… is too young: allowed from …',
      '… is staged and is too young: allowed from …; …',
      '… of … nodes are up to date',
    ],
    means: 'What is newer was offered for the first time less than `spec.target.minimumAge` ago.',
    todo: nothing,
  },
  Unsupported: {
    says: ['none of … nodes can be updated in place: …'],
    means: 'The policy owns only nodes that cannot be updated in place.',
    todo: 'Look the reasons of the nodes up in the tables of their system.',
  },
  NoNodes: {
    says: [
      'no node of this operating system is selected',
      '0 of 0 nodes are up to date',
      'node … is selected with the same priority by policies …',
    ],
    means:
      'No node runs `spec.os` and matches `spec.nodeSelector`, or other policies have them all or want them too.',
    todo: 'Compare `kubectl get nodes -o wide --show-labels` with the policy.',
  },
  Paused: { says: ['paused …'], means: '`spec.paused` is true.', todo: 'Set it to false to go on.' },
  PausedBySpec: { says: ['spec.paused is true'], means: 'As Paused.', todo: 'Set it to false to go on.' },
  PlanOnly: {
    says: ['mode is Plan: …'],
    means: 'The policy only looks.',
    todo: 'Set `spec.mode: Apply` to have it act.',
  },
  UpgradingNodes: { says: ['…'], means: 'Nodes are on their way.', todo: nothing },
  RolloutInProgress: {
    says: ['… of … nodes are up to date'],
    means: 'Nodes are on their way.',
    todo: nothing,
  },
  RolloutComplete: {
    says: ['all … nodes are up to date', 'all … nodes are up to date; … is denied by spec.target.deny'],
    means: 'Nothing is left to do.',
    todo: nothing,
  },
  AllNodesCurrent: { says: ['all … nodes are up to date'], means: 'Nothing is left to do.', todo: nothing },
  Accepted: { says: ['owns … nodes'], means: 'The policy works.', todo: nothing },
  NotPaused: { says: ['spec.paused is false'], means: 'The policy is not paused.', todo: nothing },
  NoFailures: { says: ['no node failed'], means: 'No node failed.', todo: nothing },
} as const satisfies ReasonTexts;

export type PolicyReason = keyof typeof policyReasons;
