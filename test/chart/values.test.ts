import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { durationToMillis } from '../../src/api/duration.ts';
import { countBounds, defaultLeaseTimes, settingNames } from '../../src/config/settings.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import { chart, helm, needed, release, render } from './helm.ts';

const file = (name: string) => readFileSync(join(chart, name), 'utf8');
const schema = z
  .object({
    properties: z.looseObject({
      settings: z.object({
        properties: z.record(
          z.string(),
          z.object({ minimum: z.int().optional(), maximum: z.int().optional() }),
        ),
      }),
    }),
  })
  .parse(JSON.parse(file('values.schema.json'))).properties;

describe('the chart', () => {
  it('has the version of the operator', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(chart, '../../package.json'), 'utf8')));
    expect(parse(file('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });
});

describe('values', () => {
  it('pass the linter', async () => {
    expect(await helm(['lint', chart, '--strict'], needed)).toContain('0 chart(s) failed');
  });

  it('have no way to leave out where the image is', async () => {
    await expect(render({})).rejects.toThrow('image.repository must be set to where you pushed the image');
  });

  it.each<{ name: string; values: object; message: string }>([
    {
      name: 'a misspelt key',
      values: { replcas: 1 },
      message: "additional properties 'replcas' not allowed",
    },
    {
      name: 'a misspelt setting',
      values: { settings: { orderValdity: '5s' } },
      message: "at '/settings': additional properties 'orderValdity' not allowed",
    },
    {
      name: 'a duration without a unit',
      values: { settings: { orderValidity: 5 } },
      message: "at '/settings/orderValidity': got number",
    },
    {
      name: 'a count out of bounds',
      values: { settings: { maxInspects: 0 } },
      message: "at '/settings/maxInspects': minimum: got 0, want 1",
    },
    {
      name: 'a tag in the repository',
      values: { image: { repository: 'example.com/a:v1' } },
      message: "at '/image/repository'",
    },
    {
      name: 'half a digest',
      values: { image: { ...Object(needed['image']), digest: 'sha256:1' } },
      message: "at '/image/digest'",
    },
    {
      name: 'a switch that is a word',
      values: { crds: { enabled: 'always' } },
      message: "at '/crds/enabled': got string, want boolean",
    },
    {
      name: 'an image of two words',
      values: { admissionPolicies: { images: ["a' b"] } },
      message: "at '/admissionPolicies/images/0'",
    },
    {
      name: 'a misspelt right of COS tasks',
      values: { containerOptimizedOS: { nsEnter: true } },
      message: "at '/containerOptimizedOS': additional properties 'nsEnter' not allowed",
    },
    {
      name: 'hooks beside the tasks that touch hosts',
      values: { hooks: { namespace: 'containeros-tasks' } },
      message: "at '/hooks/namespace'",
    },
    {
      name: 'hooks beside the operator',
      values: { hooks: { namespace: release.namespace } },
      message: 'hooks.namespace must not be the namespace of the release',
    },
    {
      name: 'a level that there is not',
      values: { logLevel: 'loud' },
      message: "at '/logLevel': value must be one of 'trace'",
    },
    {
      name: 'requests of task Pods',
      values: { tasks: { requests: { cpu: '1' } } },
      message: "additional properties 'requests' not allowed",
    },
  ])('are refused with $name', async ({ values, message }) => {
    await expect(render({ ...needed, ...values })).rejects.toThrow(message);
  });

  it('are all commented, and all known to the schema', () => {
    const lines = file('values.yaml').split('\n');
    const keys = Object.keys(z.record(z.string(), z.unknown()).parse(parse(file('values.yaml'))));
    expect(
      Object.keys(schema)
        .filter((key) => key !== 'global')
        .toSorted(),
    ).toEqual(keys.toSorted());
    const bare = keys.filter((key) => {
      const at = lines.findIndex((line) => line.startsWith(`${key}:`));
      return (
        !lines[at - 1]?.startsWith('#') &&
        !lines[at + 1]?.trim().startsWith('#') &&
        !lines[at - 1]?.startsWith('pod')
      );
    });
    expect(bare).toEqual(['nodeSelector']);
  });
});

describe('settings', () => {
  it('are in the schema those that the operator knows', () => {
    expect(Object.keys(schema.settings.properties).toSorted()).toEqual(settingNames.toSorted());
  });

  it.each(Object.entries(countBounds))(
    'bound %s in the schema as the operator does',
    (name, [minimum, maximum]) => {
      expect(schema.settings.properties[name]).toEqual({ minimum, maximum });
    },
  );

  it('are described with the defaults that they have', () => {
    const described = file('values.yaml').matchAll(/^# {3}(\w+) +([0-9]\w*) {2,}\w/gm);
    const stated = Object.fromEntries(
      [...described].map(([, name, value = '']) => [
        name,
        /[a-z]/.test(value) ? durationToMillis(value) : Number(value),
      ]),
    );
    expect(stated).toEqual({ ...defaultSettings, ...defaultLeaseTimes });
  });
});
