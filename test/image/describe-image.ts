/** `describe` for tests of the built image. Where it cannot be built they are skipped, and it is said why; in CI they fail. */
import { describe } from '@jest/globals';
import { missingImageTool } from './build/tools.ts';

const missing = missingImageTool(process.env);
const skipped = missing !== undefined && (process.env['CI'] ?? '') === '';
if (skipped) console.warn(`Skipped: ${missing}`);

export const describeImage = skipped ? describe.skip : describe;
