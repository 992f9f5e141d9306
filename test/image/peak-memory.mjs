/** Loaded before a program: writes the most memory that it ever had, as the kernel counts it, when it ends. */
import { readFileSync, writeSync } from 'node:fs';

process.on('exit', () => {
  const [line = ''] = /^VmHWM:.*$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  writeSync(2, `${line}\n`);
});
