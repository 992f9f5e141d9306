/**
 * The recorder's process: `node test/recorder/main.ts --kubeconfig F --audit-log F --out F [--nodes FOLDER] [--node-sight-ms N]`.
 * Watches from outside what happens until its input ends or SIGTERM comes, judges it, and writes the report to `--out`; the
 * record itself is beside it, in `<out>.history`. Exit code 0: nothing broke; 1: something did; 2: the record is not complete.
 */
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createApiClient } from '../lab/api/api-client.ts';
import { writeFileAtomically } from '../lab/process/write-file-atomically.ts';
import { usualOptions } from './checks/check.ts';
import { collect } from './collect/collector.ts';
import { readHosts } from './collect/journals.ts';
import { readKubeconfig } from './collect/kubeconfig.ts';
import { judge } from './judge.ts';
import type { Answer, CheckRequest, Report } from './protocol.ts';
import type { RebootCall } from './world/event.ts';

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    'audit-log': { type: 'string' },
    out: { type: 'string' },
    nodes: { type: 'string' },
    'node-sight-ms': { type: 'string', default: String(usualOptions.nodeSightMs) },
  },
});
const { kubeconfig, out } = values;
const auditLog = values['audit-log'];
if (kubeconfig === undefined || auditLog === undefined || out === undefined) {
  process.stderr.write('The recorder needs --kubeconfig, --audit-log and --out\n');
  process.exit(2);
}
process.exitCode = await main(kubeconfig, auditLog, out);
// Open watches would hold the process.
process.exit();

async function main(config: string, audit: string, reportFile: string): Promise<number> {
  const { server, credentials } = readKubeconfig(config);
  const historyFile = `${reportFile}.history`;
  const file = createWriteStream(historyFile);
  const collector = collect(createApiClient(server, credentials), audit, (event) => {
    file.write(`${JSON.stringify(event)}\n`);
  });
  const options = { ...usualOptions, nodeSightMs: Number(values['node-sight-ms']) };
  let hostCalls: readonly RebootCall[] = [];

  const report = async (): Promise<Report> => {
    await collector.catchUp();
    await new Promise<void>((resolve, reject) => {
      file.write('', (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    const hosts = readHosts(values.nodes ?? '', hostCalls);
    const verdict = await judge({ historyFile, hosts, options });
    writeFileAtomically(reportFile, `${JSON.stringify(verdict, undefined, 2)}\n`);
    return verdict;
  };
  const requests = async (): Promise<void> => {
    for await (const line of createInterface({ input: process.stdin })) {
      const request: CheckRequest = JSON.parse(line);
      hostCalls = request.rebootCalls;
      answer(await report());
    }
  };
  const terminated = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
  });

  try {
    await Promise.race([collector.ready, collector.broken]);
    answer({ kind: 'Recording' });
    await Promise.race([requests(), terminated, collector.broken]);
    const last = await report();
    return last.violations.length === 0 ? 0 : 1;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    answer({ kind: 'Broken', because });
    writeFileAtomically(reportFile, `${JSON.stringify({ kind: 'Broken', because })}\n`);
    return 2;
  } finally {
    collector.stop();
  }
}

function answer(text: Answer): void {
  process.stdout.write(`${JSON.stringify(text)}\n`);
}
