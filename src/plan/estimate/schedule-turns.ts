/**
 * When each node would have its turn: nodes in their order, each as soon as a slot, its groups, its wave and the window let it. As the
 * operator itself chooses, but ahead of time and with expected durations. Takes n log n.
 */
import type { Millis } from '../facts.ts';
import { Heap } from './heap.ts';

export interface Turn {
  readonly node: string;
  /** Nodes of a wave wait for all of the ones before. */
  readonly wave: number;
  /** Of each of these only so many may be out of service at once. */
  readonly groups: readonly string[];
  /** How long it is out of service. */
  readonly lasts: Millis;
  /** It must be possible to be done in so long before the window closes. */
  readonly fits: Millis;
  readonly notBefore: Millis;
  /** A person wants it now: it waits for no wave and no window. */
  readonly anyTime: boolean;
}

/** A node on its way. */
export interface UnderWay extends Pick<Turn, 'wave' | 'groups'> {
  /** When it is expected to be verified. */
  readonly verified: Millis;
  /** Its soak was to be over, and it is not healthy: nobody knows when it will be. */
  readonly overdue?: boolean;
}

export interface Limits {
  readonly now: Millis;
  /** Nodes that may be out of service at once. */
  readonly slots: number;
  readonly groupSlots: (group: string) => number;
  /** How long a node keeps its slot once it is verified. */
  readonly soak: Millis;
  /** How long after the last node of a wave was verified the next one begins. */
  readonly waveSoak: (wave: number) => Millis;
  /** What is known of when a wave may begin. */
  readonly waveOpens: (wave: number) => Millis;
  /** The first time from then on at which a node may be started that must fit; undefined: never. */
  readonly opening: (at: Millis, fits: Millis) => Millis | undefined;
  /** Waves after this one do not begin by themselves: no clock ends what one of its nodes waits for. */
  readonly lastWave: number;
}

/** What a node waits for last before it is started. */
export type Cause = 'Nothing' | 'Slot' | 'Wave' | 'Window' | 'BackOff';

export interface Start {
  readonly at: Millis;
  readonly cause: Cause;
}

/** Why a node would never have its turn. */
export type Never = Exclude<Cause, 'Nothing' | 'BackOff'> | 'Group';

export interface Scheduled {
  /** By node, in the order in which they are started. */
  readonly starts: ReadonlyMap<string, Start>;
  /** By node: those that would never be started. */
  readonly never: ReadonlyMap<string, Never>;
  /** When the last slot is free; undefined where some node would never have its turn. */
  readonly done: Millis | undefined;
}

interface InUse {
  readonly until: Millis;
  readonly groups: readonly string[];
}

interface Place {
  readonly turn: Turn;
  readonly index: number;
}

/** Nodes of one wave with the same groups, in their order. */
type Queue = Heap<Place>;

export function scheduleTurns(
  turns: readonly Turn[],
  underWay: readonly UnderWay[],
  limits: Limits,
): Scheduled {
  const slots = new Slots(limits);
  for (const { verified, groups } of underWay) slots.take({ until: verified + limits.soak, groups });
  const waves = [...new Set([...turns, ...underWay].map(({ wave }) => wave))].toSorted((a, b) => a - b);
  const turnsOf = Map.groupBy(
    turns.map((turn, index) => ({ turn, index })),
    ({ turn }) => (turn.anyTime ? waves[0] : turn.wave),
  );
  const runningOf = Map.groupBy(underWay, ({ wave }) => wave);
  const starts = new Map<string, Start>();
  const never = new Map<string, Never>();
  let { lastWave } = limits;
  let gate = limits.now;
  for (const wave of waves) {
    const places = turnsOf.get(wave) ?? [];
    const isHeldUp = ({ turn }: Place): boolean => wave > lastWave && !turn.anyTime;
    for (const place of places) if (isHeldUp(place)) never.set(place.turn.node, 'Wave');
    const free = places.filter((place) => !isHeldUp(place));
    gate = Math.max(gate, limits.waveOpens(wave));
    const last = scheduleWave(free, gate, slots, limits, starts, never);
    if (free.some(({ turn }) => never.has(turn.node))) lastWave = Math.min(lastWave, wave);
    const verified = Math.max(last, ...(runningOf.get(wave) ?? []).map((one) => one.verified));
    gate = Math.max(gate, verified + Math.max(limits.soak, limits.waveSoak(wave)));
  }
  return { starts, never, done: never.size > 0 ? undefined : slots.lastUntil };
}

/** When the last of its nodes that are started is verified; where it has none, no time. */
function scheduleWave(
  places: readonly Place[],
  gate: Millis,
  slots: Slots,
  { now, opening, slots: all }: Limits,
  starts: Map<string, Start>,
  never: Map<string, Never>,
): Millis {
  const waiting = new Heap<Place>((a, b) => a.turn.notBefore < b.turn.notBefore);
  for (const place of places) waiting.push(place);
  const line = new Line();
  let last = Number.NEGATIVE_INFINITY;
  let at = gate;
  let cause: Cause = gate > now ? 'Wave' : 'Nothing';
  let tooLong = Number.POSITIVE_INFINITY;
  for (let left = places.length; left > 0;) {
    for (const group of slots.freeUntil(at)) line.unpark(group);
    while ((waiting.peek()?.turn.notBefore ?? Number.POSITIVE_INFINITY) <= at) {
      const place = waiting.pop();
      if (place !== undefined) line.join(place);
    }
    const next = slots.full ? undefined : line.first(slots);
    if (next === undefined) {
      const again = waiting.peek()?.turn.notBefore ?? Number.POSITIVE_INFINITY;
      const later = Math.min(slots.nextUntil, again);
      if (later === Number.POSITIVE_INFINITY) {
        for (const { turn } of places)
          if (!starts.has(turn.node) && !never.has(turn.node))
            never.set(turn.node, all > 0 ? 'Group' : 'Slot');
        return last;
      }
      at = Math.max(at, later);
      cause = again < slots.nextUntil ? 'BackOff' : 'Slot';
      continue;
    }
    const { fits, anyTime } = next.turn;
    const opens = anyTime ? at : fits >= tooLong ? undefined : opening(at, fits);
    if (opens === undefined) {
      // What is longer fits no window either, and is not tried.
      tooLong = Math.min(tooLong, fits);
      never.set(next.turn.node, 'Window');
      line.leave(next);
      left -= 1;
      continue;
    }
    if (opens > at) {
      at = opens;
      cause = 'Window';
      continue;
    }
    line.leave(next);
    const { node, lasts, groups } = next.turn;
    starts.set(node, { at, cause });
    last = Math.max(last, at + lasts);
    slots.use(at + lasts, groups);
    left -= 1;
  }
  return last;
}

class Slots {
  readonly #limits: Limits;
  readonly #inUse = new Heap<InUse>((a, b) => a.until < b.until);
  readonly #ofGroup = new Map<string, number>();
  lastUntil: Millis;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.lastUntil = limits.now;
  }

  get full(): boolean {
    return this.#inUse.size >= this.#limits.slots;
  }

  get nextUntil(): Millis {
    return this.#inUse.peek()?.until ?? Number.POSITIVE_INFINITY;
  }

  use(verified: Millis, groups: readonly string[]): void {
    this.take({ until: verified + this.#limits.soak, groups });
  }

  take(use: InUse): void {
    this.#inUse.push(use);
    for (const group of use.groups) this.#ofGroup.set(group, (this.#ofGroup.get(group) ?? 0) + 1);
    this.lastUntil = Math.max(this.lastUntil, use.until);
  }

  /** Gives back what is free by then: the groups that it was of. */
  freeUntil(at: Millis): readonly string[] {
    const freed: string[] = [];
    while (this.nextUntil <= at) {
      const use = this.#inUse.pop();
      for (const group of use?.groups ?? []) {
        this.#ofGroup.set(group, (this.#ofGroup.get(group) ?? 1) - 1);
        freed.push(group);
      }
    }
    return freed;
  }

  fullGroup(groups: readonly string[]): string | undefined {
    return groups.find((group) => (this.#ofGroup.get(group) ?? 0) >= this.#limits.groupSlots(group));
  }
}

/** Queues by their groups; those of a group that is full stand aside until something of it is free. */
class Line {
  readonly #queues = new Map<string, Queue>();
  readonly #heads = new Heap<{ readonly index: number; readonly queue: Queue }>((a, b) => a.index < b.index);
  readonly #parked = new Map<string, Queue[]>();

  join(place: Place): void {
    const key = place.turn.groups.join('\n');
    const queue = this.#queues.get(key) ?? new Heap<Place>((a, b) => a.index < b.index);
    this.#queues.set(key, queue);
    queue.push(place);
    if (queue.peek() === place) this.#show(queue);
  }

  /** The first that no group holds back. It stays in its place. */
  first(slots: Slots): Place | undefined {
    for (let head = this.#heads.peek(); head !== undefined; head = this.#heads.peek()) {
      const place = head.queue.peek();
      // Shown before it was left or overtaken: the queue shows its present head too.
      if (place === undefined || place.index !== head.index) {
        this.#heads.pop();
        continue;
      }
      const full = slots.fullGroup(place.turn.groups);
      if (full === undefined) return place;
      this.#heads.pop();
      const parked = this.#parked.get(full) ?? [];
      parked.push(head.queue);
      this.#parked.set(full, parked);
    }
    return undefined;
  }

  leave({ turn }: Place): void {
    const queue = this.#queues.get(turn.groups.join('\n'));
    queue?.pop();
    this.#heads.pop();
    if (queue !== undefined) this.#show(queue);
  }

  unpark(group: string): void {
    const queues = this.#parked.get(group) ?? [];
    this.#parked.delete(group);
    for (const queue of queues) this.#show(queue);
  }

  #show(queue: Queue): void {
    const head = queue.peek();
    if (head !== undefined) this.#heads.push({ index: head.index, queue });
  }
}
