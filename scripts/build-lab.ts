/** Builds the programs of the lab once (control plane, kubelet, helm), with a progress display; nothing to do where they are cached. */
import { ensurePrograms } from '../test/lab/build/ensure-programs.ts';

try {
  await ensurePrograms();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
