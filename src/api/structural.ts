/**
 * From a zod schema to the structural schema that a CustomResourceDefinition accepts. What cannot be said structurally is an error
 * here, at build time, and not a surprise at the API server.
 */
import { z } from 'zod';

/** A node of an OpenAPI v3 schema as `apiextensions.k8s.io/v1` has it. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema;
  readonly [keyword: string]: unknown;
}

/** The schema cannot be a structural one; `path` names the offending node. */
export class StructuralError extends Error {
  override readonly name = 'StructuralError';
  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}

type Given = z.core.JSONSchema.BaseSchema;

// The API server drops keywords that it does not know without a word, and with them what they promise. So: only these.
const carried = new Set(
  [
    'type description default enum format pattern required minimum maximum exclusiveMinimum exclusiveMaximum',
    'minLength maxLength minItems maxItems minProperties maxProperties',
    'x-kubernetes-validations x-kubernetes-list-type x-kubernetes-list-map-keys x-kubernetes-map-type',
    'x-kubernetes-int-or-string x-kubernetes-preserve-unknown-fields',
  ].flatMap((line) => line.split(' ')),
);
const combinators = ['anyOf', 'oneOf', 'allOf', 'not', '$ref'];
const lookaround = /\(\?(?:[=!]|<[=!])/;

/** @throws StructuralError */
export function structuralSchema(schema: z.ZodType): JsonSchema {
  // 'input', because 'output' makes defaulted fields required and forbids further properties, which a CRD cannot.
  const options = { target: 'openapi-3.0', io: 'input', reused: 'inline', cycles: 'throw' } as const;
  return rewrite(z.toJSONSchema(schema, options), '(root)');
}

function rewrite(given: Given | boolean, path: string): JsonSchema {
  // `additionalProperties: false` would make every newer object unreadable for an older API server, so Kubernetes forbids it.
  if (typeof given === 'boolean')
    throw new StructuralError(path, `\`${String(given)}\` is no schema of a CRD`);
  if (given['x-kubernetes-int-or-string'] === true) return intOrString(given, path);
  for (const keyword of combinators) {
    if (keyword in given)
      throw new StructuralError(path, `\`${keyword}\` of whole schemas is not structural`);
  }
  const { type, properties, items, additionalProperties, ...others } = given;
  const open = given['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === undefined && !open) throw new StructuralError(path, 'has no `type`');
  if (type === 'array' && given['x-kubernetes-list-type'] === undefined) {
    throw new StructuralError(path, 'a list must say its `x-kubernetes-list-type`');
  }
  if (Array.isArray(type)) throw new StructuralError(path, 'several types in one are not structural');
  if (Array.isArray(items))
    throw new StructuralError(path, 'a list with a schema for each place is not structural');
  return {
    ...(type !== undefined && { type }),
    ...keywords(others, path),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, child]) => [name, rewrite(child, `${path}.${name}`)]),
      ),
    }),
    ...(items !== undefined && { items: rewrite(items, `${path}[]`) }),
    ...(additionalProperties !== undefined &&
      !open && { additionalProperties: rewrite(additionalProperties, `${path}{}`) }),
  };
}

function keywords(given: Given, path: string): Record<string, unknown> {
  const kept = Object.entries(given).filter(([keyword, value]) => !isDropped(given, keyword, value));
  for (const [keyword, value] of kept) {
    if (!carried.has(keyword)) throw new StructuralError(path, `\`${keyword}\` is unknown to a CRD`);
    if (keyword === 'pattern' && lookaround.test(String(value))) {
      throw new StructuralError(path, 'Go knows no lookaround in a `pattern`');
    }
  }
  return Object.fromEntries(kept);
}

/** What zod adds on its own account and a CRD must not or need not have. */
function isDropped(given: Given, keyword: string, value: unknown): boolean {
  switch (keyword) {
    case 'readOnly':
      return true;
    case 'minimum':
      return value === Number.MIN_SAFE_INTEGER;
    case 'maximum':
      return value === Number.MAX_SAFE_INTEGER;
    case 'pattern':
      return given.format === 'date-time';
    default:
      return false;
  }
}

/** The one union that a CRD knows, and only in exactly this form. */
function intOrString(given: Given, path: string): JsonSchema {
  const { anyOf, ...others } = given;
  if (anyOf === undefined) throw new StructuralError(path, 'int-or-string without a union of the two');
  return { ...keywords(others, path), anyOf: [{ type: 'integer' }, { type: 'string' }] };
}
