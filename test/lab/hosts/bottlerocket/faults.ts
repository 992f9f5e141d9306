/** The fault switches of the simulated Bottlerocket. What each does is in ../README-faults.md. */
import { z } from 'zod';
import { rebootFaults } from '../reboot-calls.ts';

export const updateCommands = ['refresh', 'prepare', 'activate', 'deactivate'] as const;
export type UpdateCommand = (typeof updateCommands)[number];

const commands = z.array(z.enum(updateCommands)).default([...updateCommands]);

export const bottlerocketFaults = z.strictObject({
  ...rebootFaults,
  rebootCallMs: z.number().optional(),
  rebootCommandMissing: z.boolean().optional(),

  lockHeld: z.enum(['Exclusive', 'Shared']).optional(),
  lockHeldMs: z.number().optional(),
  lockFolderMissing: z.boolean().optional(),
  statusFolderMissing: z.boolean().optional(),
  statusFile: z.enum(['Damaged', 'UnknownState']).optional(),

  updogFails: z
    .strictObject({
      commands,
      exitCode: z.int().default(1),
      signal: z.int().optional(),
      stderr: z.string().optional(),
      times: z.int().optional(),
    })
    .optional(),
  updogStderr: z
    .strictObject({ commands, bytes: z.int().default(0), invalidUtf8: z.boolean().default(false) })
    .optional(),
  noUpdog: z.boolean().optional(),
  noTbu: z.boolean().optional(),
  tbuKilled: z
    .strictObject({ commands, afterMs: z.number().default(20), times: z.int().optional() })
    .optional(),
  whatsGarbage: z.boolean().optional(),

  staleChosenUpdate: z.string().optional(),
  noopPrepare: z.boolean().optional(),
  waveClosesBeforePrepare: z.boolean().optional(),
  imageTruncated: z.union([z.boolean(), z.int()]).optional(),
  imageMissing: z.boolean().optional(),
  noMigrationPath: z.boolean().optional(),
  downloadMs: z.number().optional(),
  downloadBudgetMs: z.number().optional(),

  repository: z
    .enum(['Unavailable', 'NotFound', 'Forbidden', 'Reset', 'Expired', 'BadSignature', 'OtherVariantOnly'])
    .optional(),
  releaseRecalled: z.string().optional(),
  waves: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])).optional(),

  serverRestart: z
    .strictObject({
      how: z.enum(['Stop', 'Kill']).default('Stop'),
      afterMs: z.number().default(0),
      downMs: z.number().default(5000),
      endsCommands: z.boolean().default(false),
    })
    .optional(),
  socketIsDirectory: z.boolean().optional(),
  idleCloseMs: z.number().optional(),

  earlyBoot: z.union([z.boolean(), z.number()]).optional(),
  datastoreGone: z.boolean().optional(),
  lockedDown: z.boolean().optional(),
  noApplier: z.boolean().optional(),
  renderMs: z.number().optional(),
  templateBroken: z.boolean().optional(),

  osRelease: z.enum(['Missing', 'NoVersion', 'BadVersion']).optional(),
  partitionTableBad: z.boolean().optional(),
  activeNotNext: z.boolean().optional(),
  otherClient: z
    .strictObject({
      after: z.enum(updateCommands),
      does: z.enum([...updateCommands, 'commitDefault']),
      times: z.int().default(1),
    })
    .optional(),
});

export type BottlerocketFaults = z.infer<typeof bottlerocketFaults>;
