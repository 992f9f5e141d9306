import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { crdFiles } from '../../scripts/crds/files.ts';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { kinds, nodeKind, policyKind } from '../../src/api/kinds.ts';
import type { JsonSchema } from '../../src/api/structural.ts';

const root = join(import.meta.dirname, '..', '..');

function schemaOf(kind: (typeof kinds)[number]): JsonSchema {
  return customResourceDefinition(kind).spec.versions[0].schema.openAPIV3Schema;
}

/** Every schema below `schema`, with its path. */
function* nodesOf(schema: JsonSchema, path = ''): Generator<readonly [path: string, schema: JsonSchema]> {
  yield [path, schema];
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    yield* nodesOf(child, `${path}.${name}`);
  }
  for (const [keyword, suffix] of [
    ['items', '[]'],
    ['additionalProperties', '{}'],
  ] as const) {
    if (schema[keyword] !== undefined) yield* nodesOf(schema[keyword], path + suffix);
  }
}

describe('the generated files', () => {
  it.each(crdFiles())('$path is what `npm run crds` writes', ({ path, text }) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  it.each(['crds', 'charts/container-os-operator/templates/crds'])('%s holds nothing else', (folder) => {
    const generated = crdFiles().map(({ path }) => path);
    expect(generated).toEqual(
      expect.arrayContaining(readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)),
    );
  });
});

describe.each(kinds)('$kind', (kind) => {
  const fields = [...nodesOf(schemaOf(kind))];

  it('describes every field', () => {
    const bare = fields.filter(
      ([path, schema]) =>
        !path.endsWith('[]') && !path.endsWith('{}') && path !== '.metadata' && !schema['description'],
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  it('gives every schema a type or int-or-string, and none both', () => {
    for (const [path, schema] of fields) {
      expect([path, schema['type'] === undefined]).toEqual([
        path,
        schema['x-kubernetes-int-or-string'] === true,
      ]);
    }
  });

  it('uses no default outside of what it accepts', () => {
    const wrong = fields.filter(
      ([, { default: standard, enum: accepted }]) =>
        standard !== undefined && Array.isArray(accepted) && !accepted.includes(standard),
    );
    expect(wrong).toEqual([]);
  });

  it('is cluster-scoped, in the category containeros, with a status of its own', () => {
    const { spec } = customResourceDefinition(kind);
    expect(spec.scope).toBe('Cluster');
    expect(spec.names['categories']).toEqual(['containeros']);
    expect(spec.versions[0].subresources).toEqual({ status: {} });
  });

  it('titles its columns in one word each', () => {
    for (const { name } of kind.columns) expect(name).toMatch(/^[A-Z]+(-[A-Z]+)*$/);
  });
});

const titles = (wide: boolean) =>
  policyKind.columns.filter((column) => 'wide' in column === wide).map(({ name }) => name);

describe('ContainerOSPolicy', () => {
  const schema = schemaOf(policyKind);
  const properties = schema.properties;

  it('requires a spec, and of it the operating system alone', () => {
    expect(schema['required']).toEqual(['spec']);
    expect(properties?.['spec']?.['required']).toEqual(['os']);
  });

  it('is not ready for anybody before we have looked at it', () => {
    expect(properties?.['status']?.['default']).toEqual({ observedGeneration: -1 });
  });

  it('shows the columns that users are promised', () => {
    expect(titles(false)).toEqual(['TARGET', 'PROGRESS', 'UPDATING', 'FAILED', 'READY', 'AGE']);
    expect(titles(true)).toEqual(['OS', 'NEXT-WINDOW', 'PAUSED', 'MESSAGE']);
  });

  it('writes no block of one operating system into policies of the other', () => {
    const spec = properties?.['spec']?.properties;
    expect(spec?.['containerOptimizedOS']).not.toHaveProperty('default');
  });
});

describe('ContainerOSNode', () => {
  it('has nothing that users write', () => {
    expect(Object.keys(schemaOf(nodeKind).properties ?? {})).toEqual([
      'apiVersion',
      'kind',
      'metadata',
      'status',
    ]);
  });

  it('shows the columns that users are promised', () => {
    expect(nodeKind.columns.map(({ name }) => name)).toEqual([
      'POLICY',
      'VERSION',
      'TARGET',
      'STATE',
      'SINCE',
      'BECAUSE',
    ]);
  });
});
