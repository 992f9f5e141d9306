/**
 * Which staged builds nobody may be rebooted into. update_engine lets nobody choose, so what it staged can only be taken back. Another
 * milestone is no ground: builds of the LTS and stable families never leave theirs, those of dev and beta do so as a matter of course.
 */
import { compareBuilds, isNumbered } from './build-id.ts';

/** In words that follow "is staged,"; undefined for a build that may be entered, or whose number the host has forgotten. */
export function whyUnwanted(staged: string, running: string): string | undefined {
  if (!isNumbered(staged) || !isNumbered(running) || compareBuilds(staged, running) > 0) return undefined;
  return `which is not newer than ${running}`;
}
