/** What goes wrong by itself, at random times until the run is calm: reboots nobody ordered, lost contact, sleeping leaders, silent watches. */
import { kindNames } from './cluster-state.ts';
import type { Machine } from './machine.ts';
import type { OperatorProcess } from './process.ts';
import type { World } from './world.ts';

const step = 60_000;

export function startMischief(
  world: World,
  machines: ReadonlyMap<string, Machine>,
  processes: () => readonly OperatorProcess[],
): void {
  const random = world.random('mischief');
  const hasHooks = world.scenario.policies.some(({ spec }) => 'hooks' in spec);
  const watches = kindNames.filter((kind) => hasHooks || kind !== 'hooks');
  const perStep = (rate: number): number => (rate * step) / 3_600_000;
  const turn = (): void => {
    const { rate, time, tell, state, api, scenario } = world;
    if (time.now - world.startedAt >= scenario.calmAt) return;
    for (const machine of machines.values()) {
      if (random.chance(perStep(rate('selfRebootPerHour')))) {
        tell(`${machine.name} reboots by itself`);
        machine.goDown();
      }
      if (machine.up && random.chance(perStep(rate('notReadyPerHour')))) {
        machine.setReady(false);
        time.after(random.int(3000, 200_000), () => machine.setReady(true));
      }
    }
    for (const process of processes()) {
      if (random.chance(perStep(rate('sleepPerHour')))) {
        tell(`${process.id} sleeps`);
        process.sleep(random.pick([900, 5000, 12_000, 30_000]));
      }
      if (random.chance(perStep(rate('frozenWatchPerHour'))))
        process.freeze(random.pick(watches), random.pick([500, 3000, 20_000, 120_000]));
    }
    for (const pod of state.all('pods'))
      if (random.chance(perStep(rate('webhookPerHour')))) {
        api.webhooked.add(pod.uid);
        time.after(random.int(10_000, 300_000), () => api.webhooked.delete(pod.uid));
      }
    time.after(step * (0.5 + random.next()), turn);
  };
  world.time.after(step * random.next(), turn);
}
