/** The release program of the pre-delete hook: it leads in the operator's place until nothing is left that may end by itself. */
import type { Election } from './election.ts';
import { OperatorProcess } from './process.ts';
import type { World } from './world.ts';

const patience = 600_000;
const settle = 2000;
const lookEvery = 250;

/** Answers what ends it early. */
export function putNodesBack(
  world: World,
  election: Election,
  onBug: (what: string, error: unknown) => void,
  done: () => void,
): () => void {
  const { time, tell } = world;
  const until = time.now + patience;
  let process: OperatorProcess | undefined;
  let quietSince: number | undefined;
  let ended = false;
  let tries = 0;
  const start = (): void => {
    if (ended) return;
    tries += 1;
    process = new OperatorProcess({
      world,
      id: `operator-release-${tries}`,
      election,
      nodeName: undefined,
      replicas: () => [],
      kindless: true,
      // Its Job starts it again.
      onDeath: () => void time.after(10_000, start),
      onBug,
    });
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    const left = process?.alive === true ? process.left() : [];
    tell(left.length === 0 ? 'the hook leaves nothing' : 'the hook leaves something');
    for (const { node, because } of left) tell(`  ${node}: ${because}`);
    process?.die();
    done();
  };
  const look = (): void => {
    if (ended) return;
    if (time.now >= until) return end();
    const waits = process?.alive !== true || !process.leads || process.left().some((one) => one.waits);
    quietSince = waits ? undefined : (quietSince ?? time.now);
    if (quietSince !== undefined && time.now - quietSince >= settle) return end();
    time.after(lookEvery, look);
  };
  start();
  look();
  return end;
}
