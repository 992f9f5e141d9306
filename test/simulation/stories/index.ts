/** Scenarios worth reading: each shows one thing, and its transcript is checked in. */
import type { Scenario } from '../scenario.ts';
import { firstStories } from './first.ts';
import { historyStories } from './history.ts';
import { planModeStories } from './plan-mode.ts';
import { scheduleStories } from './schedule.ts';
import { hookStories } from './hooks.ts';
import { waveStories } from './waves.ts';

export const stories: Readonly<Record<string, Scenario>> = {
  ...firstStories,
  ...hookStories,
  ...scheduleStories,
  ...waveStories,
  ...planModeStories,
  ...historyStories,
};
