/** Stories that go on side by side, each with a test of its own. Of concurrent tests jest runs five at a time, and a story waits much. */

type Tell = () => Promise<void>;

export interface Stories {
  /**
   * Answers what a test calls: it settles as the story did. Stories in one lane, say those of one node, come one after the other, also
   * when one of them fails.
   */
  readonly story: (tell: Tell, lane?: string) => Tell;
  /** To be called once the stage is set. */
  readonly begin: () => void;
}

/** @param most how many lanes go on at a time. */
export function storiesAtOnce(most: number): Stories {
  const lanes = new Map<unknown, Tell[]>();
  const runLanes = async (): Promise<void> => {
    for (const [key, tells] of lanes) {
      lanes.delete(key);
      for (const tell of tells) await tell();
    }
  };
  return {
    story: (tell, lane) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // Its test asks later, or never.
      promise.catch(() => undefined);
      const key = lane ?? tell;
      lanes.set(key, [...(lanes.get(key) ?? []), () => tell().then(resolve, reject)]);
      return () => promise;
    },
    begin: () => {
      for (let lane = 0; lane < most; lane += 1) void runLanes();
    },
  };
}
