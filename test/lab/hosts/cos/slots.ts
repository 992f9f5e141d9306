/** The two slots of the disk. COS boots the one with the highest priority and counts no tries. */
export interface Slots {
  running(): string;
  /** Build on the passive slot; undefined when it holds nothing bootable. */
  passive(): string | undefined;
  /** The passive slot can no longer boot: an installation has begun. */
  invalidate(): void;
  /** The passive slot holds `build` and is what any next boot enters. */
  stage(build: string): void;
  /** The next boot enters the running slot again; the passive one keeps its image. */
  unstage(): void;
  staged(): string | undefined;
  /** `staysOld` says that the staged slot does not boot. */
  boot(staysOld: () => boolean): void;
}

export function createSlots(build: string): Slots {
  let running = build;
  let passive: string | undefined;
  let next: 'Running' | 'Passive' = 'Running';
  return {
    running: () => running,
    passive: () => passive,
    invalidate() {
      passive = undefined;
      next = 'Running';
    },
    stage(staged) {
      passive = staged;
      next = 'Passive';
    },
    unstage() {
      next = 'Running';
    },
    staged: () => (next === 'Passive' ? passive : undefined),
    boot(staysOld) {
      const enters = next === 'Passive' ? passive : undefined;
      next = 'Running';
      if (enters === undefined || staysOld()) return;
      passive = running;
      running = enters;
    },
  };
}
