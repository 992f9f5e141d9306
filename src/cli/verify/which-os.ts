/** Which operating system a node runs, by the adapters' own judgement, and whether the operator would ask it anything. */
import type { OsName } from '../../api/os.ts';
import type { NodeFacts } from '../../plan/facts.ts';
import type { OsAdapter } from '../../ports/os-adapter.ts';

export type WhichOs =
  | {
      readonly kind: 'Ours';
      readonly os: OsName;
      /** What the Node says without being asked. */
      readonly sentence: string;
    }
  | { readonly kind: 'NotAsked'; readonly sentence: string };

export function whichOs(node: NodeFacts, adapters: Readonly<Record<OsName, OsAdapter>>): WhichOs {
  for (const { os, recognise } of Object.values(adapters)) {
    const seen = recognise(node);
    if (seen.kind === 'Unsupported') {
      return { kind: 'NotAsked', sentence: `${os}, Unsupported (${seen.reason}): ${seen.because}` };
    }
    if (seen.kind === 'NotOurs') continue;
    if (!node.ready) {
      return {
        kind: 'NotAsked',
        sentence: `${os}, but the node is not Ready: no task is sent to such a node`,
      };
    }
    const { version, variant } = seen;
    const told = version === undefined ? 'its version shows on the host only' : `version ${version}`;
    return {
      kind: 'Ours',
      os,
      sentence: `${os}, ${told}${variant === undefined ? '' : `, variant ${variant}`}`,
    };
  }
  const known = Object.keys(adapters).join(' nor ');
  return {
    kind: 'NotAsked',
    sentence: `neither ${known}: its osImage is ${JSON.stringify(node.osImage)}, which no adapter takes for its own`,
  };
}
