/** The fault switches of the simulated COS. What each does is in ../README-faults.md. */
import { z } from 'zod';
import { rebootFaults } from '../reboot-calls.ts';
import { checkOperations, operations } from './operations.ts';

export const cosFaults = z.strictObject({
  ...rebootFaults,

  unit: z
    .enum(['Masked', 'NotFound', 'Inactive', 'Stopped', 'Failed', 'SecureBoot', 'ConditionFails'])
    .optional(),
  rebootExitLies: z.boolean().optional(),
  secureBoot: z.boolean().optional(),
  cmdlineMask: z.boolean().optional(),
  startIneffective: z.boolean().optional(),
  daemonDies: z
    .strictObject({
      in: z.enum(checkOperations),
      restartMs: z.number().optional(),
      times: z.int().default(1),
    })
    .optional(),

  checkIgnored: z.boolean().optional(),
  checkRefused: z.boolean().optional(),
  checkError: z
    .strictObject({
      code: z.int(),
      in: z
        .enum(['UPDATE_STATUS_CHECKING_FOR_UPDATE', 'UPDATE_STATUS_DOWNLOADING'])
        .default('UPDATE_STATUS_CHECKING_FOR_UPDATE'),
      times: z.int().optional(),
    })
    .optional(),
  noUpdateIsSuccess: z.boolean().optional(),
  phaseMs: z.partialRecord(z.enum(operations), z.number()).optional(),
  selfUpdateMs: z.number().optional(),
  resetRefused: z.boolean().optional(),

  statusHangs: z.boolean().optional(),
  statusForm: z.enum(['Old', 'New']).optional(),
  statusWithout: z.array(z.string()).optional(),
  statusWith: z.record(z.string(), z.string()).optional(),
  statusOnStderr: z.boolean().optional(),
  reportedStatus: z.union([z.int(), z.string()]).optional(),
  newVersionShown: z.string().optional(),
  exitCodesLie: z.boolean().optional(),
  daemonWaitMs: z.number().optional(),

  releaseFile: z.enum(['Missing', 'OtherSystem', 'NoBuild']).optional(),
  osReleaseQuotes: z.enum(['Mixed', 'All', 'None']).optional(),
  systemctlRefusesChroot: z.union([z.boolean(), z.literal('UnlessTold')]).optional(),
});

export type CosFaults = z.infer<typeof cosFaults>;
