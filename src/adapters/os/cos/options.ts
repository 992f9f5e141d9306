/** What the policy may say about Container-Optimized OS only, as it travels in the task request and in the claim. */
import { z } from 'zod';
import { hostCommands } from '../../../api/os.ts';
import { allowance } from '../../../api/task.ts';

/** As the policy says them. */
export const cosWishes = z.object({
  hostCommand: z.enum(hostCommands).default('Chroot'),
  checkForUpdate: z.boolean().default(true),
  startUpdateEngine: z.boolean().default(false),
});

export const cosOptions = cosWishes.extend({
  /** Stage: what of all that may be staged may stay so. */
  allow: allowance.exactOptional(),
});

export type CosOptions = z.output<typeof cosOptions>;
