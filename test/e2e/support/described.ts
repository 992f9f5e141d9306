/** What `kubectl describe` shows of an object, events included, which come a little after what they tell of. */
import { until } from '../../lab/process/until.ts';
import type { Scene } from './scene.ts';
import { patience } from './waits.ts';

/** Waits until all of these are in it, and answers it. Fails with what it showed last. */
export async function untilDescribed(
  scene: Scene,
  kind: string,
  name: string,
  wanted: readonly RegExp[],
): Promise<string> {
  let last = '';
  const look = async (): Promise<string | undefined> => {
    last = await scene.kubectl(['describe', kind, scene.full(name)]);
    return wanted.every((one) => one.test(last)) ? last : undefined;
  };
  const what = `${kind} ${scene.full(name)} to be described with ${wanted.join(' and ')}`;
  try {
    return await until(what, look, { withinMs: patience(30_000), everyMs: 500 });
  } catch (error) {
    throw new Error(`kubectl never said all of ${wanted.join(' and ')}; last: ${last}`, { cause: error });
  }
}
