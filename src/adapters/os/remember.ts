/** Answers about a Node are asked for several times in each pass over a fleet, and facts never change once made: the first answer stands. */
import type { NodeFacts } from '../../plan/facts.ts';

export function rememberByNode<T>(answer: (node: NodeFacts) => T): (node: NodeFacts) => T {
  const known = new WeakMap<NodeFacts, { readonly answer: T }>();
  return (node) => {
    const before = known.get(node);
    if (before !== undefined) return before.answer;
    const made = { answer: answer(node) };
    known.set(node, made);
    return made.answer;
  };
}
