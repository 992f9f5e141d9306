/** The two forms of settings: a tree on the wire, dotted keys with single values in the datastore. */
import { settingsShape, type Json } from './settings-model.ts';

export type FlatSettings = ReadonlyMap<string, Json>;

/** `{updates: {seed: 1}}` becomes `settings.updates.seed` = 1. Lists are single values; empty objects leave nothing. */
export function flatten(tree: Json, prefix = 'settings'): Map<string, Json> {
  const flat = new Map<string, Json>();
  if (!isObject(tree)) return flat.set(prefix, tree);
  for (const [key, value] of Object.entries(tree)) {
    for (const [name, leaf] of flatten(value, `${prefix}.${key}`)) flat.set(name, leaf);
  }
  return flat;
}

/** The tree below `settings`, its fields in the order of the model. */
export function unflatten(flat: FlatSettings): Readonly<Record<string, Json>> {
  const tree: Record<string, Json> = {};
  for (const [name, value] of [...flat].toSorted(([a], [b]) => rank(a) - rank(b))) {
    const path = name.split('.').slice(1);
    const leaf = path.pop();
    if (leaf === undefined) continue;
    let branch: Record<string, Json> = tree;
    for (const part of path) branch = (branch[part] ??= {}) as Record<string, Json>;
    branch[leaf] = value;
  }
  return tree;
}

const order = [...modelKeys()];

function rank(name: string): number {
  const place = order.findIndex((key) => name === key || name.startsWith(`${key}.`));
  return place < 0 ? order.length : place;
}

function* modelKeys(): Generator<string> {
  for (const [name, shape] of Object.entries(settingsShape.fields)) {
    if (shape.kind !== 'Struct') yield `settings.${name}`;
    else for (const field of Object.keys(shape.fields)) yield `settings.${name}.${field}`;
  }
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
