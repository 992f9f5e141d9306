import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chart, needed, only, render } from './helm.ts';

// Helm shows notes only where there is a cluster. So: a copy of the chart that renders them into an object.
const wrapper = `apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
data:
  text: {{ tpl (.Files.Get "NOTES.txt") . | quote }}
`;

describe('what helm says after the install', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'chart-notes-'));
    cpSync(chart, folder, { recursive: true });
    cpSync(join(chart, 'templates/NOTES.txt'), join(folder, 'NOTES.txt'));
    writeFileSync(join(folder, 'templates/notes.yaml'), wrapper);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const notes = async (values: object): Promise<string> => {
    const manifests = await render({ ...needed, ...values }, folder);
    return JSON.stringify(only(manifests, 'ConfigMap')['data']);
  };

  it('ends with a first policy that changes nothing, and with how to watch it', async () => {
    const text = await notes({});
    expect(text).toContain('mode: Plan');
    expect(text).toContain('kubectl get cosp,cosn');
    expect(text).not.toContain('WARNING');
  });

  it.each<{ values: object; warning: string }>([
    { values: { replicas: 1 }, warning: 'WARNING: with one replica nobody goes on' },
    { values: { replicas: 0 }, warning: 'WARNING: replicas is 0, so no operator runs' },
    {
      values: { admissionPolicies: { enabled: false } },
      warning: "WARNING: admissionPolicies.enabled is false, so whoever steals the operator's token",
    },
    { values: { crds: { enabled: false } }, warning: 'NOTE: crds.enabled is false' },
  ])('warns of $values', async ({ values, warning }) => {
    expect(await notes(values)).toContain(warning);
  });
});
