/** docs/verify-on-a-real-node.md says what the command prints: what can be known without a node is held against the code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { osAdapters } from '../../../src/adapters/os/index.ts';
import type { OsName } from '../../../src/api/os.ts';
import { defaultNamespace, readArguments } from '../../../src/cli/arguments.ts';
import { answerLines, needsLines } from '../../../src/cli/verify/lines.ts';
import { verifyPod } from '../../../src/cli/verify/pod.ts';
import { whichOs } from '../../../src/cli/verify/which-os.ts';
import { aCosNode, aNode, anAnswer } from '../../support/builders.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/verify-on-a-real-node.md'), 'utf8');

function shown(os: OsName, ...more: readonly string[]): string[] {
  const command = readArguments(['verify', '--node', 'n1', '--image', 'image', ...more]);
  if (command.do !== 'Verify') throw new Error('not a wish');
  const { needs, request } = verifyPod(command.wish, aNode('n1'), osAdapters[os], 'x');
  return needsLines(needs, request);
}

describe('the page', () => {
  it('shows the Pod of a Bottlerocket node as it is', () => {
    for (const line of shown('Bottlerocket')) expect(page).toContain(`${line}\n`);
    const node = aNode('n1', { osImage: 'Bottlerocket OS 1.25.0 (aws-k8s-1.34)' });
    expect(page).toContain(`Recognised: ${whichOs(node, osAdapters).sentence}\n`);
  });

  it('shows what is different on Container-Optimized OS', () => {
    const different = shown('ContainerOptimizedOS').filter((line) => !line.startsWith('  request'));
    for (const line of different) expect(page).toContain(`${line}\n`);
    expect(page).toContain(`Recognised: ${whichOs(aCosNode('n1'), osAdapters).sentence}\n`);
  });

  it('shows what is different with --host-command Nsenter', () => {
    const usual = shown('ContainerOptimizedOS');
    const different = shown('ContainerOptimizedOS', '--host-command', 'Nsenter').filter(
      (line) => !usual.includes(line) && !line.startsWith('  request'),
    );
    expect(different).toHaveLength(2);
    for (const line of different) expect(page).toContain(`${line}\n`);
  });

  it('tells of every field of an answer what it should be', () => {
    const answer = anAnswer(aNode('n1'), {
      available: '1',
      staged: '1',
      variant: 'v',
      version: '1',
      settings: { a: 'b' },
    });
    const names = answerLines(answer, 'b').map((line) => line.slice(2, 16).trim());
    const table = page.slice(page.indexOf('## What to compare'));
    const missing = names.filter((name) => !table.includes(`\`${name}\``) && name !== 'message');
    expect(missing).toEqual([]);
  });

  it('makes the namespace that the command looks for', () => {
    expect(page).toContain(`kubectl create namespace ${defaultNamespace}\n`);
    expect(page).toContain(
      `kubectl label namespace ${defaultNamespace} pod-security.kubernetes.io/enforce=privileged\n`,
    );
  });
});
