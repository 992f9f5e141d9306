/** The job controller and the programs of hooks: each Job ends well, badly, by its deadline, or is taken away by somebody. */
import { defaultSettings } from '../../src/plan/settings.ts';
import type { HookFacts } from '../../src/plan/facts.ts';
import type { World } from './world.ts';

const { hookTimeout } = defaultSettings;

export function startJobController(world: World): void {
  const { state, time, rate } = world;
  const random = world.random('job controller');
  const stored = ({ jobName, jobUID }: HookFacts): HookFacts | undefined => {
    const job = state.get('hooks', jobName);
    return job?.jobUID === jobUID ? job : undefined;
  };
  const end = (job: HookFacts, fields: Pick<HookFacts, 'state' | 'message'>): void => {
    const endedAt = Math.floor(time.now / 1000) * 1000;
    if (stored(job) !== undefined)
      state.change('hooks', job.jobName, { ...fields, endedAt }, 'job controller');
  };
  const lose = (job: HookFacts): void => {
    if (stored(job) !== undefined) state.remove('hooks', job.jobName, 'person');
  };
  state.onChange(({ kind, before, after }) => {
    if (kind !== 'hooks' || before !== undefined) return;
    const job = after as HookFacts;
    const hangs = random.chance(rate('hookHangs'));
    const fails = random.chance(rate('hookFails'));
    const lost = random.chance(rate('hookLost'));
    const takes = random.int(1000, 90_000);
    const lostAfter = random.int(500, 120_000);
    if (lost) time.after(lostAfter, () => lose(job));
    if (hangs)
      time.after(hookTimeout, () => end(job, { state: 'Failed', message: 'it did not end by its deadline' }));
    else
      time.after(takes, () =>
        end(
          job,
          fails
            ? { state: 'Failed', message: 'exit code 1: the database is busy' }
            : { state: 'Succeeded', message: '' },
        ),
      );
  });
}
