/** A story and what the recorder has to make of it. */
import { checkHistory } from '../../recorder/check-history.ts';
import { createStory } from './story.ts';
import type { Story } from './story.ts';

export interface StoryCase {
  readonly name: string;
  /** Answers the revision at which it breaks, or nothing where all is well. */
  readonly tell: (story: Story) => number | undefined;
  readonly breaks?: string;
}

/** `S4 at 107` for each invariant that broke, and for what should. */
export function tellStory({ tell, breaks }: StoryCase): {
  readonly found: readonly string[];
  readonly wanted: readonly string[];
} {
  const story = createStory();
  const revision = tell(story);
  const found = checkHistory(story.history()).map(({ id, revision: at }) => `${id} at ${String(at)}`);
  return { found, wanted: breaks === undefined ? [] : [`${breaks} at ${String(revision)}`] };
}
