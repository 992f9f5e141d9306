/** The two banks of the disk with their boot flags: the only update state that survives a reboot. */
interface Bank {
  /** Version of the image on it; undefined when it was cleared. */
  version: string | undefined;
  priority: number;
  triesLeft: number;
  successful: boolean;
}

export interface Banks {
  running(): string;
  /** Clears the other bank, as the first thing an installation does. */
  clear(): void;
  /** The image is on the other bank and may be booted once it is marked. */
  write(version: string): void;
  /** False when the other bank holds nothing that may be booted. */
  activate(): boolean;
  deactivate(): void;
  /** Boots: the marked bank gets its one try. `fallsBack` says that this try fails. */
  boot(fallsBack: () => boolean): void;
}

export function createBanks(version: string): Banks {
  let active: Bank = { version, priority: 2, triesLeft: 0, successful: true };
  let other: Bank = { version: undefined, priority: 0, triesLeft: 0, successful: false };
  let running = version;
  return {
    running: () => running,
    clear() {
      other = { version: undefined, priority: 0, triesLeft: 0, successful: false };
    },
    write(written) {
      other = { version: written, priority: 0, triesLeft: 1, successful: false };
    },
    activate() {
      if (other.version === undefined || (other.triesLeft === 0 && !other.successful)) return false;
      other.priority = 2;
      active.priority = 1;
      return true;
    },
    deactivate() {
      other.priority = 0;
      active.priority = 2;
    },
    boot(fallsBack) {
      if (other.version === undefined || other.priority <= active.priority) return;
      if (!other.successful) {
        if (other.triesLeft === 0) return;
        other.triesLeft -= 1;
        if (fallsBack()) return;
        other.successful = true;
      }
      [active, other] = [other, active];
      running = active.version ?? running;
    },
  };
}
