/** What the policy may say about Container-Optimized OS only, as it travels in the task request and in the claim. */
import { z } from 'zod';
import { hostCommands } from '../../../api/os.ts';

export const cosOptions = z.object({
  hostCommand: z.enum(hostCommands).default('Chroot'),
  checkForUpdate: z.boolean().default(true),
  startUpdateEngine: z.boolean().default(false),
});

export type CosOptions = z.output<typeof cosOptions>;
