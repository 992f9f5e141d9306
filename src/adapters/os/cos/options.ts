/** What the policy may say about Container-Optimized OS only, as it travels in the task request and in the claim. */
import { z } from 'zod';

export const cosOptions = z.object({
  hostCommand: z.enum(['Chroot', 'Nsenter']).default('Chroot'),
  checkForUpdate: z.boolean().default(true),
  startUpdateEngine: z.boolean().default(false),
});

export type CosOptions = z.output<typeof cosOptions>;
