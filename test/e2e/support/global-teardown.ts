import type { Lab } from '../../lab/lab.ts';

export default async function teardown(): Promise<void> {
  await (globalThis as { sceneLab?: Lab }).sceneLab?.stop();
}
