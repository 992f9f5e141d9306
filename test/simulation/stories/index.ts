/** Scenarios worth reading: each shows one thing, and its transcript is checked in. */
import type { Scenario } from '../scenario.ts';
import { firstStories } from './first.ts';
import { gateStories } from './gates.ts';
import { scheduleStories } from './schedule.ts';
import { versionStories } from './versions.ts';
import { hookStories } from './hooks.ts';
import { lifecycleStories } from './lifecycle.ts';
import { historyStories } from './history.ts';
import { planModeStories } from './plan-mode.ts';
import { waveStories } from './waves.ts';

export const stories: Readonly<Record<string, Scenario>> = {
  ...firstStories,
  ...scheduleStories,
  ...versionStories,
  ...hookStories,
  ...waveStories,
  ...gateStories,
  ...lifecycleStories,
  ...planModeStories,
  ...historyStories,
};
