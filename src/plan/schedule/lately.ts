/** What was worked out of the schedules that were asked for lately: passes are many, and cron expressions and a year of windows take a while. */
import type { Schedule } from '../../api/schedule.ts';

const most = 50;

export class Lately<T> {
  /** By the schedule as text; what was asked for last comes last. */
  readonly #known = new Map<string, T>();

  /** What is known of the schedule, as long as it holds. */
  of(schedule: Schedule, workOut: () => T, holds: (known: T) => boolean = () => true): T {
    const key = JSON.stringify(schedule);
    const known = this.#known.get(key);
    const present = known !== undefined && holds(known) ? known : workOut();
    this.#known.delete(key);
    this.#known.set(key, present);
    for (const [oldest] of this.#known) if (this.#known.size > most) this.#known.delete(oldest);
    return present;
  }
}
