/** What the operator relies on in every operating system's adapter. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { bottlerocketOptions } from '../../src/adapters/os/bottlerocket/options.ts';
import { cosOptions } from '../../src/adapters/os/cos/options.ts';
import { nodeTasks } from '../../src/adapters/os/tasks.ts';
import { osKey } from '../../src/api/keys.ts';
import { osNames } from '../../src/api/os.ts';
import { policySpec } from '../../src/api/policy-spec.ts';
import { taskKinds } from '../../src/api/task.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import { freeTexts } from './free-texts.ts';

function aNode(parts: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name: 'n1',
    uid: 'uid-n1',
    resourceVersion: '1',
    labels: {},
    annotations: {},
    unschedulable: false,
    taints: [],
    deleting: false,
    ready: true,
    readySince: 0,
    conditions: {},
    bootID: 'boot-1',
    osImage: '',
    kubeletVersion: 'v1.33.1',
    architecture: 'amd64',
    ...parts,
  };
}

const ownImage = {
  Bottlerocket: 'Bottlerocket OS 1.26.0 (aws-k8s-1.31)',
  ContainerOptimizedOS: 'Container-Optimized OS from Google',
} as const;

const strangers = [
  '',
  'Ubuntu 24.04.3 LTS',
  'Flatcar Container Linux 4230.2.4',
  'Bottlerocket',
  'Container-Optimized OS',
];

const versions = [
  '1.2.3',
  '1.2.4',
  '1.10.0',
  '2.0.0',
  '18613.164.98',
  '18613.164.100',
  '19000.1.1',
  '',
  'none',
  'v',
  '1..2',
];
const aVersion = fc.oneof(
  fc.constantFrom(...versions),
  fc.string({ maxLength: 12 }),
  fc.array(fc.nat(2000), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
);

const optionsOf = { Bottlerocket: bottlerocketOptions, ContainerOptimizedOS: cosOptions } as const;
/** A COS task compares what is staged with these and hands them to nothing (`src/adapters/os/cos/veto.ts`). */
const onlyCompared = {
  Bottlerocket: [],
  ContainerOptimizedOS: ['allow.approved', 'allow.deny[]', 'allow.old[]'],
} as const;

describe.each(osNames)('the adapter of %s', (os) => {
  const adapter = osAdapters[os];

  it('is registered under its own name, with tasks beside it', () => {
    expect(adapter.os).toBe(os);
    expect(Object.keys(nodeTasks[os]).toSorted()).toEqual(['inspect', 'reboot', 'stage']);
  });

  it('recognises its own nodes', () => {
    expect(adapter.recognise(aNode({ osImage: ownImage[os] })).kind).toBe('Ours');
  });

  it('shows a version at recognition exactly if it says that Nodes show it', () => {
    const recognition = adapter.recognise(aNode({ osImage: ownImage[os] }));
    expect(recognition.kind === 'Ours' && recognition.version !== undefined).toBe(adapter.versionInNodeInfo);
    expect({ kind: 'Ours', ...adapter.shown({ osImage: ownImage[os] }) }).toEqual(recognition);
  });

  it.each([...strangers, ...osNames.filter((other) => other !== os).map((other) => ownImage[other])])(
    'takes no node that says "%s" for its own',
    (osImage) => {
      expect(adapter.recognise(aNode({ osImage }))).toEqual({ kind: 'NotOurs' });
    },
  );

  it.each(osNames)('is alone with its own nodes, also where their label says %s', (word) => {
    const own = aNode({ osImage: ownImage[os], labels: { [osKey]: word } });
    const takers = osNames.filter((name) => osAdapters[name].recognise(own).kind !== 'NotOurs');
    expect(takers).toEqual([os]);
  });

  it('orders versions totally: reflexive, antisymmetric, transitive', () => {
    const { compareVersions } = adapter;
    fc.assert(
      fc.property(aVersion, aVersion, aVersion, (a, b, c) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        const ordered = compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0;
        expect(!ordered || compareVersions(a, c) <= 0).toBe(true);
      }),
    );
  });

  it('sorts texts that are no version below every version, and equal among themselves', () => {
    const { compareVersions } = adapter;
    for (const junk of ['', 'none', '1..2', ' 1.2.3.x', 'latest']) {
      expect(compareVersions(junk, '0.0.1')).toBeLessThan(0);
      expect(compareVersions('0.0.1', junk)).toBeGreaterThan(0);
      expect(compareVersions(junk, 'other')).toBe(0);
    }
  });

  it('calls what is staged as the host says, or by a newer name that was known before', () => {
    const { compareVersions, stagedName } = adapter;
    fc.assert(
      fc.property(aVersion, fc.option(aVersion, { nil: undefined }), (said, before) => {
        const name = stagedName(said, before);
        expect(name === said || (name === before && compareVersions(name, said) > 0)).toBe(true);
      }),
    );
  });

  it('compares the parts of versions as numbers', () => {
    expect(adapter.compareVersions('1.9.0', '1.10.0')).toBeLessThan(0);
    expect(adapter.compareVersions('1.10.0', '1.9.9')).toBeGreaterThan(0);
  });

  it('makes options that its own Pods and claims can carry: short texts and booleans', () => {
    const options = adapter.taskOptions(policySpec.parse({ os }));
    for (const value of Object.values(options)) {
      expect(typeof value === 'boolean' || (typeof value === 'string' && value.length <= 64)).toBe(true);
    }
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  });

  it('takes options of fixed choices only: no text that somebody chose', () => {
    expect(freeTexts(optionsOf[os]).toSorted()).toEqual(onlyCompared[os]);
  });

  it.each(taskKinds)('asks for no more than the least rights for %s, as options stand by default', (task) => {
    const needs = adapter.podNeeds(task, adapter.taskOptions(policySpec.parse({ os })));
    expect(needs.privileged).toBe(false);
    expect(needs.hostPID).toBe(false);
    expect(needs.runAsUser).toBe(0);
    expect(needs.hostPaths.map(({ hostPath }) => hostPath)).toEqual([
      os === 'Bottlerocket' ? '/run/api.sock' : '/',
    ]);
    expect(needs.capabilities).toEqual(os === 'Bottlerocket' ? [] : ['SYS_CHROOT']);
  });

  it('accepts the options of a claim that were made before an option existed', () => {
    expect(() => adapter.podNeeds('Reboot', {})).not.toThrow();
  });
});
