/** What the operator still has on nodes, for one that is about to go: what it waits for, and what only a person can end. */
import type { NodeFacts, NodeView, TaskFacts } from './facts.ts';
import { readClaim } from './ownership.ts';
import { readRestore, unreadableNote } from './restore-note.ts';

export interface Left {
  readonly node: string;
  /** A sentence that goes on after the node's name. */
  readonly because: string;
  /** It may end by itself. */
  readonly waits: boolean;
}

export interface LeftFrom {
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  readonly views: ReadonlyMap<string, NodeView>;
  readonly tasks: ReadonlyMap<string, TaskFacts>;
}

export function whatIsLeft({ nodes, views, tasks }: LeftFrom): readonly Left[] {
  return [...nodes.values()].flatMap((node): readonly Left[] => {
    const left = onNode(node, views.get(node.name), tasks.get(node.uid));
    return left === undefined ? [] : [{ node: node.name, ...left }];
  });
}

function onNode(
  node: NodeFacts,
  view: NodeView | undefined,
  task: TaskFacts | undefined,
): Omit<Left, 'node'> | undefined {
  const reading = readClaim(node);
  if (reading.kind === 'Unreadable')
    return { because: `its claim cannot be read (${reading.why}); a person must remove it`, waits: false };
  if (reading.kind === 'Claim') {
    const { state, because = 'it is claimed' } = view?.nodeUID === node.uid ? view.status : {};
    return { because, waits: state !== 'Failed' };
  }
  const note = readRestore(node);
  if (note.kind === 'Unreadable') return { because: unreadableNote(note.why), waits: false };
  if (note.kind === 'Note') {
    const because = 'the update settings that its host had are not in force again';
    return node.ready ? { because, waits: true } : { because: `${because}: it is NotReady`, waits: false };
  }
  // Nobody can tell a node that is away to end what it runs.
  return task === undefined
    ? undefined
    : { because: `its ${task.task} task has not ended`, waits: node.ready };
}
